"""How ``aura run`` scales: 1 and 2 workers; 1, 4 and 16 times the videos.

    python -m benchmarks.run_scaling

Writes ``run_scaling.json`` and ``run_scaling.md`` after each round. Measure on a machine that does
nothing else.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.versions import all_versions
from benchmarks.machine import machine_facts
from benchmarks.process_tree import MEMORY_KIND
from benchmarks.scaling_page import reading, to_markdown
from benchmarks.scaling_run import (
    SAMPLE_INTERVAL_S,
    SETTINGS,
    VIDEOS_PER_GROUP,
    RunRecord,
    demo_config,
    make_videos,
    measure_run,
)
from benchmarks.scaling_summary import summarise

_RESULTS = Path(__file__).parent / "results"
_FEWEST_GROUPS = 4
"""Two folds, and two groups in each for its training and validation part."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    options = _parse(arguments)
    machine = machine_facts()
    scales = sorted(set(options.scales))
    tables: dict[int, Path] = {}
    for scale in scales:
        n_groups = options.base_groups * scale
        print(f"videos of {n_groups} groups", file=sys.stderr, flush=True)
        tables[scale] = make_videos(options.data, n_groups=n_groups, workers=max(options.workers))
    _measure(tables, options, scale=scales[0], workers=max(options.workers), repeat=0)
    records: list[RunRecord] = []
    for repeat in range(1, options.repeats + 1):
        for scale in scales:
            if repeat > _repeats(scale, options):
                continue
            for workers in sorted(set(options.workers)):
                records.append(
                    _measure(tables, options, scale=scale, workers=workers, repeat=repeat)
                )
        _write(records, machine, out=options.out)
    print(reading(summarise(records)))
    print(options.out / "run_scaling.md")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=_RESULTS, help="folder for the results")
    add(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "aura-benchmark-videos",
        help="where generated videos are kept for the next time",
    )
    add(
        "--base-groups", type=int, default=4, help=f"scenes of {VIDEOS_PER_GROUP} videos at scale 1"
    )
    add("--scales", type=int, nargs="+", default=[1, 4, 16], help="multiples of them")
    add("--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers")
    add("--repeats", type=int, default=3, help="runs of each")
    add(
        "--large-repeats",
        type=int,
        default=1,
        help="runs of each at the largest scale, which takes most of the time",
    )
    options = parser.parse_args(arguments)
    numbers = [options.base_groups, *options.scales, *options.workers, options.repeats]
    if min(*numbers, options.large_repeats) < 1:
        parser.error("all numbers must be at least 1")
    if options.base_groups * min(options.scales) < _FEWEST_GROUPS:
        parser.error(f"at least {_FEWEST_GROUPS} groups are needed for two folds")
    return options


def _repeats(scale: int, options: argparse.Namespace) -> int:
    if scale < max(options.scales):
        return options.repeats
    return min(options.repeats, options.large_repeats)


def _measure(
    tables: dict[int, Path], options: argparse.Namespace, *, scale: int, workers: int, repeat: int
) -> RunRecord:
    record = measure_run(
        tables[scale],
        scale=scale,
        n_videos=options.base_groups * scale * VIDEOS_PER_GROUP,
        workers=workers,
        repeat=repeat,
    )
    print(
        f"{'warm-up' if repeat == 0 else f'round {repeat}'}: {record.n_videos} videos, "
        f"{workers} workers: {record.wall_s:.1f} s, {record.peak_bytes / 2**20:.0f} MiB",
        file=sys.stderr,
        flush=True,
    )
    return record


def _write(records: Sequence[RunRecord], machine: dict[str, Any], *, out: Path) -> None:
    clip = demo_config(1)
    result = {
        "machine": machine,
        "versions": all_versions(),
        "videos": f"{clip.widths[0]}x{clip.heights[0]}, {clip.max_duration_s:g} s, "
        f"{clip.frame_rates[0]} frames a second, {VIDEOS_PER_GROUP} a scene",
        "settings": list(SETTINGS),
        "memory_kind": MEMORY_KIND,
        "sample_interval_s": SAMPLE_INTERVAL_S,
        "summary": summarise(records),
        "runs": [asdict(record) for record in records],
    }
    write_text(out / "run_scaling.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "run_scaling.md", to_markdown(result))


if __name__ == "__main__":
    main()
