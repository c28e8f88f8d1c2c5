"""Near-duplicates: versions of real clips found, and a million fingerprints grouped.

    python -m benchmarks.near_duplicates --clips FOLDER

Writes ``near_duplicates.json`` and ``near_duplicates.md``. FOLDER holds videos in folders and a
``clips.csv`` with the columns ``file`` and ``group``. Measure on a machine that does nothing else.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.versions import all_versions
from benchmarks.machine import machine_facts
from benchmarks.near_duplicate_clips import (
    ORIGINAL,
    Name,
    fingerprints_of,
    judge,
    measure_cost,
    read_groups,
)
from benchmarks.near_duplicate_scale import measure_file, plant_file
from benchmarks.near_duplicate_versions import make_versions
from benchmarks.near_duplicates_page import to_markdown

_RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    options = _parse(arguments)
    result: dict[str, Any] = {"machine": machine_facts(), "versions": all_versions()}
    if options.clips.is_dir():
        result |= _measure_clips(options)
    else:
        _say(f"{options.clips} is absent: real clips are left out")
    scale: list[dict[str, Any]] = []
    for n_videos in sorted(options.videos):
        _say(f"{n_videos} fingerprints: drawing")
        path = plant_file(options.data, n_videos)
        scale.append(measure_file(path))
        _say(f"{n_videos} fingerprints: {scale[-1]['wall_s']:.1f} s")
    if scale:
        result["scale"] = scale
    options.out.mkdir(parents=True, exist_ok=True)
    write_text(options.out / "near_duplicates.json", json.dumps(result, indent=1) + "\n")
    write_text(options.out / "near_duplicates.md", to_markdown(result))
    print(options.out / "near_duplicates.md")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=_RESULTS, help="folder for the results")
    add(
        "--clips",
        type=Path,
        default=Path(__file__).parents[2] / "shared" / "data" / "clips",
        help="folder of real clips",
    )
    add(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "aura-near-duplicates",
        help="where versions and fingerprints are kept for the next time",
    )
    add(
        "--videos",
        type=int,
        nargs="*",
        default=[10_000, 100_000, 1_000_000],
        help="numbers of fingerprints to group",
    )
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes that make versions")
    return parser.parse_args(arguments)


def _measure_clips(options: argparse.Namespace) -> dict[str, Any]:
    groups = read_groups(options.clips / "clips.csv")
    clips = {name: options.clips / name for name in sorted(groups)}
    _say(f"{len(clips)} clips: cost")
    cost = measure_cost(list(clips.values()))
    _say(f"{len(clips)} clips: making versions")
    made = make_versions(list(clips.values()), options.data, workers=options.workers)
    paths: dict[Name, Path] = {(name, ORIGINAL): path for name, path in clips.items()}
    for (clip, kind), path in made.items():
        paths[clip.relative_to(options.clips).as_posix(), kind] = path
    _say(f"{len(paths)} files: fingerprints")
    texts = fingerprints_of(paths)
    return {"clips": judge(texts, groups), "cost": cost}


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
