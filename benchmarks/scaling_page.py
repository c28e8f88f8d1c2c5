"""The page of text that a summary of runs is read as."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.phases import PHASES
from benchmarks.process_tree import MAX_SAMPLER_SHARE

_MIB = 1 << 20


def to_markdown(result: Mapping[str, Any]) -> str:
    """Return the page: what the figures say, the figures, and what they were made on."""
    summary = result["summary"]
    paragraphs = (
        "# Scaling of `aura run`",
        reading(summary),
        _time_table(summary["cells"]),
        _memory_table(summary["cells"]),
        _method(result),
        _origin(result),
    )
    return "\n\n".join(paragraphs) + "\n"


def reading(summary: Mapping[str, Any]) -> str:
    """Return in words what the figures say; nothing in it is fixed beforehand."""
    parts = [_growth_in_words(row) for row in summary["growth"] if len(row["n_videos"]) > 1]
    for row in summary["speed_up"][-1:]:
        few, many = row["workers"]
        parts.append(
            f"At {row['n_videos']} videos, going from {few} to {many} workers makes the stages "
            f"{row['stages']:.2f} times and the whole run {row['whole']:.2f} times as fast."
        )
    parts.append(
        "Predictions were the same bytes in every run of the same videos."
        if summary["same_predictions"]
        else "Predictions DIFFERED between runs of the same videos."
    )
    return " ".join(parts)


def _growth_in_words(row: Mapping[str, Any]) -> str:
    n = row["n_videos"]
    in_stages = row["peak_ratio_by_phase"].get("stages")
    text = (
        f"With {row['workers']} worker{'s' if row['workers'] > 1 else ''}, {n[-1] / n[0]:g} times "
        f"the videos take {row['peak_ratio']:.2f} times the memory"
    )
    if in_stages is not None:
        text += f" ({in_stages:.2f} times in the stages)"
    costs = [
        f"{cost:.3f} s between {less} and {more}"
        for cost, (less, more) in zip(row["marginal_s"], pairwise(n), strict=True)
    ]
    return f"{text}; one further video costs {' and '.join(costs)}."


def _time_table(cells: Sequence[Mapping[str, Any]]) -> str:
    head = ["videos", "workers", "runs", "videos/s", "s a video", "whole run, s (range)"]
    head += [f"{name.replace('_', '-')}, s" for name in PHASES]
    rows = [
        [
            cell["n_videos"],
            cell["workers"],
            cell["n_runs"],
            f"{cell['videos_per_s']:.2f}",
            f"{cell['s_per_video']:.3f}",
            "{:.1f} ({:.1f} to {:.1f})".format(cell["wall_s"], *cell["wall_s_range"]),
            *(f"{cell['phases_s'][name]:.1f}" for name in PHASES),
        ]
        for cell in cells
    ]
    return _table(head, rows)


def _memory_table(cells: Sequence[Mapping[str, Any]]) -> str:
    head = ["videos", "workers", "peak memory, MiB"]
    head += [f"in {name.replace('_', '-')}" for name in PHASES]
    head += ["largest process, MiB"]
    rows = [
        [
            cell["n_videos"],
            cell["workers"],
            f"{cell['peak_bytes'] / _MIB:.0f}",
            *(f"{cell['peak_bytes_by_phase'][name] / _MIB:.0f}" for name in PHASES),
            f"{cell['largest_process_rss_bytes'] / _MIB:.0f}",
        ]
        for cell in cells
    ]
    return _table(head, rows)


def _method(result: Mapping[str, Any]) -> str:
    shared = "once" if result["memory_kind"] == "pss" else "nowhere"
    return (
        "Medians. Stages are the steps from `scan` to `clips`, which workers share; training "
        "begins with the import of torch and uses one thread by design. Peak memory is the "
        f"{result['memory_kind'].upper()} of all processes together, sampled every "
        f"{result['sample_interval_s']:g} s, less often where that would take more than "
        f"{MAX_SAMPLER_SHARE:.0%} of a core; pages that they share count {shared}. The largest "
        "process is its resident size. Each run is a process and a folder of its own; repeats "
        "are interleaved, after one run that is not counted."
    )


def _origin(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        f"Videos: {result['videos']}. Settings: `{' '.join(result['settings'])}`, all others as "
        f"they are by default. Machine: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}, load average "
        f"{machine['load_average_before']} before. Versions: {versions}. Made by "
        "`python -m benchmarks.run_scaling`; all figures are in `run_scaling.json`."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
