"""Reading frames: AURA beside what else there is, and beside the least that can be done.

    python -m benchmarks.decoding [--data DIR] [--quick]

Needs torchcodec, decord and the ``ffmpeg`` program. Writes ``decoding.json`` and ``decoding.md``;
takes up to ten minutes on a machine that does nothing else, which is where it should be run.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.versions import all_versions
from benchmarks.decoding_clips import find_clips
from benchmarks.decoding_dense import (
    ffmpeg_program,
    measure_dense,
    measure_memory,
    measure_probe,
)
from benchmarks.decoding_measure import LIMIT, OURS, measure_clip, ratio
from benchmarks.decoding_page import to_markdown
from benchmarks.decoding_readers import READERS, Clip, use_one_thread
from benchmarks.decoding_summary import summarise
from benchmarks.decoding_workers import Workers
from benchmarks.machine import machine_facts

_RESULTS = Path(__file__).parent / "results"
_CLIPS = Path(__file__).parents[2] / "shared" / "data" / "clips"
_SMALL = (224, 224)
_SCALING = (OURS, "torchcodec exact", "torchcodec approximate", "decord")
_SHARED = (OURS, "torchcodec exact", "decord")


@dataclass(frozen=True)
class Setting:
    """What is asked of the readers, of which clips, and how often.

    Attributes:
        n: Frames a clip.
        size: Height and width, or None for the clip's own.
        readers: Who is asked.
        every: Of how many clips one takes part.
    """

    n: int
    size: tuple[int, int] | None
    readers: tuple[str, ...]
    every: int


_SLOW_FOR_MANY = ("OpenCV seeking", "decord")
"""Never the fastest at 16 frames of a clip's own size (12 and 1.8 times AURA's time)."""
SETTINGS = (
    Setting(n=3, size=None, readers=tuple(READERS), every=1),
    Setting(
        n=16,
        size=None,
        readers=tuple(name for name in READERS if name not in _SLOW_FOR_MANY),
        every=1,
    ),
    Setting(n=3, size=_SMALL, readers=_SCALING, every=3),
    Setting(n=16, size=_SMALL, readers=_SCALING, every=3),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    options = _parse(arguments)
    machine = machine_facts()
    use_one_thread()
    clips = find_clips(options.data)
    if not clips:
        sys.exit(f"{options.data} holds no videos; give their folder with --data")
    thin = 6 if options.quick else 1
    result: dict[str, Any] = {"machine": machine, "versions": _versions(), "n_clips": len(clips)}
    result["rows"] = _measure_readers(clips[::thin], rounds=options.rounds)
    result["shared"] = _measure_workers(clips[:: 4 * thin], rounds=options.rounds)
    result["dense"] = _measure_dense(clips[:: 4 * thin], rounds=options.rounds)
    result["probe_ms"] = {
        clip.path.name: 1e3 * measure_probe(clip.path, rounds=options.rounds)
        for clip in clips[::thin]
    }
    folder = Path(tempfile.gettempdir()) / "aura-benchmark-decoding"
    folder.mkdir(exist_ok=True)
    result["memory"] = measure_memory(folder)
    result["summary"] = summarise(result)
    if not options.quick:
        write_text(options.out / "decoding.json", json.dumps(result, indent=1) + "\n")
        write_text(options.out / "decoding.md", to_markdown(result))
    print(to_markdown(result))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=_CLIPS, help="folder of videos")
    add("--out", type=Path, default=_RESULTS, help="folder for the results")
    add("--rounds", type=int, default=3, help="timed rounds, each of every reader once")
    add("--quick", action="store_true", help="one clip in six; prints, and writes nothing")
    return parser.parse_args(arguments)


def _versions() -> dict[str, str]:
    import cv2
    import decord

    return all_versions() | {
        "torchcodec": version("torchcodec"),
        "decord": str(decord.__version__),
        "OpenCV": str(cv2.__version__),
    }


def _measure_readers(clips: Sequence[Clip], *, rounds: int) -> list[dict[str, Any]]:
    rows = []
    for setting in SETTINGS:
        started = time.monotonic()
        for clip in clips[:: setting.every]:
            readers = {name: READERS[name] for name in setting.readers}
            if setting.size is None:
                readers[LIMIT] = READERS[LIMIT]
            readings = measure_clip(clip, readers, n=setting.n, size=setting.size, rounds=rounds)
            ours = readings[OURS]
            rows.append(
                {
                    "clip": clip.path.name,
                    "group": clip.group,
                    "n": setting.n,
                    "size": setting.size,
                    "readers": {
                        name: asdict(reading)
                        | {
                            "counts": reading.counts,
                            "ratio": ratio(reading, ours),
                            "cpu_ratio": ratio(reading, ours, of_cpu=True),
                        }
                        for name, reading in readings.items()
                    },
                }
            )
        _say(f"{setting.n} frames, {setting.size or 'own size'}", started)
    return rows


def _measure_workers(clips: Sequence[Clip], *, rounds: int) -> list[dict[str, Any]]:
    started = time.monotonic()
    # A reader that fails on a clip would be timed for failing.
    clips = [clip for clip in clips if clip.codec == "h264"]
    workers = Workers(clips, n=os.cpu_count() or 1)
    rows = []
    for n, size in ((3, None), (3, _SMALL), (16, _SMALL)):
        times: dict[str, list[float]] = {name: [] for name in _SHARED}
        for _ in range(rounds):
            for name in _SHARED:
                times[name].append(workers.time_s(name, n=n, size=size))
        rows.append({"n": n, "size": size, "n_workers": os.cpu_count(), "times_s": times})
    workers.close()
    _say("one worker a core", started)
    return rows


def _measure_dense(clips: Sequence[Clip], *, rounds: int) -> list[dict[str, Any]]:
    if ffmpeg_program() is None:
        sys.exit("the ffmpeg program is not installed: apt-get install ffmpeg")
    started = time.monotonic()
    rows = [
        {"group": clip.group} | measure_dense(clip.path, rounds=rounds)
        for clip in clips
        if clip.codec == "h264"
    ]
    _say("every frame", started)
    return rows


def _say(what: str, started: float) -> None:
    print(f"{what}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
