"""The page of the shards benchmark."""

import statistics
from collections.abc import Mapping
from typing import Any

_NAMES = {
    "raw": "OpenCV decodes the images in memory, nothing else",
    "raw_stacked": "the same, the frames of a clip put together",
    "dataset": "`ShardClipDataset`",
    "stream": "`ShardClipIterable`",
    "webdataset": "webdataset library, its own decoder",
    "webdataset_opencv": "webdataset library, OpenCV as decoder",
}


def to_markdown(result: Mapping[str, Any]) -> str:
    """Return the results as a page."""
    machine, reading, writing = result["machine"], result["reading"], result["writing"]
    opening = result["opening"]
    lines = [
        "# Shards",
        "",
        "Written by `python -m benchmarks.shards`; do not edit.",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; load "
        f"before: {machine['load_average_before']}. {result['n_clips']} clips of 16 frames, "
        f"224x224, WebP quality 90; medians of {result['n_rounds']} rounds, rivals in turn, one "
        "thread. Speeds and ratios by processor time.",
        "",
        "## Reading",
        "",
        "| reader | clips/s | of bare decoding | of decoding to clips | wall, s a round |",
        "|---|---|---|---|---|",
    ]
    for name, own in reading.items():
        lines.append(
            f"| {_NAMES[name]} | {result['n_clips'] / own['cpu_s']:.0f} | "
            f"{ratio(reading, 'raw', name):.3f} | {ratio(reading, 'raw_stacked', name):.3f} | "
            f"{own['wall_s']:.2f} |"
        )
    library = ratio(reading, "webdataset", "dataset")
    opencv = ratio(reading, "webdataset_opencv", "dataset")
    lines += [
        "",
        f"- {_verdict(ratio(reading, 'raw_stacked', 'dataset'), 0.95)}: share of raw decoding to "
        "a clip's array",
        f"- {_verdict(library, 1.15)}: times the webdataset library with its own decoder "
        f"({opencv:.2f} times the library with OpenCV)",
        "",
        "## Opening and memory",
        "",
        f"An index of {opening['n_rows']:,.0f} rows ({opening['csv_bytes'] / 1e6:.0f} MB of CSV, "
        f"{opening['arrow_bytes'] / 1e6:.0f} MB of offsets) opens in {opening['open_s']:.2f} s. "
        "After reading 1000 rows here and there the process holds "
        f"{opening['rss_bytes'] / 2**20:.0f} MiB, mapped pages of the file included, right after "
        f"opening {opening['rss_opened_bytes'] / 2**20:.0f}, of which imports are "
        f"{opening['rss_before_bytes'] / 2**20:.0f}; a row takes {opening['row_us']:.0f} µs. "
        "The target is 2 s and 1 GiB.",
        "",
        "| samples written, then streamed | peak memory, MiB |",
        "|---|---|",
        *(f"| {run['n_samples']} | {run['peak_bytes'] / 2**20:.0f} |" for run in result["memory"]),
        "",
        "## Writing",
        "",
        f"`ShardWriter` reaches {ratio(writing, 'encode', 'write'):.3f} of the speed of encoding "
        f"alone by processor time; wall time {writing['encode']['wall_s']:.2f} s encoding, "
        f"{writing['write']['wall_s']:.2f} s writing, flushes to the disk included.",
        "",
    ]
    return "\n".join(lines)


def ratio(times: Mapping[str, Any], rival: str, name: str) -> float:
    """Return how many times as fast as its rival something is: the median over rounds."""
    pairs = zip(times[rival]["rounds_cpu_s"], times[name]["rounds_cpu_s"], strict=True)
    return statistics.median(theirs / ours for theirs, ours in pairs)


def _verdict(value: float, target: float) -> str:
    return f"{value:.3f}, which {'meets' if value >= target else 'misses'} the target of {target}"
