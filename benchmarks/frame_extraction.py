"""``aura frames`` against the plain OpenCV-and-threads version: time, memory, identical frames.

    python -m benchmarks.frame_extraction [--clips DIR] [--rounds 3] [--quick]

Whole commands are measured from outside, interpreter and imports included, over a folder of clips
and over five copies of it. Writes ``frame_extraction.json`` and ``frame_extraction.md``. Measure on
a machine that does nothing else.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.versions import all_versions
from benchmarks.frame_extraction_page import to_markdown
from benchmarks.frame_identity import compare
from benchmarks.machine import machine_facts
from benchmarks.process_tree import MEMORY_KIND, measure
from benchmarks.processor_time import processor_time

_RESULTS = Path(__file__).parent / "results"
_CLIPS = Path(
    os.environ.get("AURA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"), "clips"
)
_COPIES = 5
_INTERVAL_S = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """One measured command.

    Attributes:
        who: ``aura`` or ``opencv``.
        workers: Processes of ours, threads of the opponent's.
        n_videos: Videos it was given.
        wall_s: From the command's start to its end.
        work_s: The same without the interpreter's start, imports and the listing, as the program
            itself says; workers are started within it.
        cpu_s: Processor time of all its processes.
        peak_bytes: Most memory of all its processes together.
    """

    who: str
    workers: int
    n_videos: int
    wall_s: float
    work_s: float
    cpu_s: float
    peak_bytes: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    options = _parse(arguments)
    machine = machine_facts()
    with tempfile.TemporaryDirectory(prefix="aura-frames-") as scratch:
        folder = Path(scratch)
        small = _copies(options.clips, folder / "small", n=1)
        large = _copies(options.clips, folder / "large", n=_COPIES)
        runs: list[Run] = []
        n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
        plan = [(small, ("opencv", n_cores)), (small, ("opencv", 2 * n_cores))]
        plan += [(small, ("aura", workers)) for workers in (1, n_cores)]
        if not options.quick:
            plan += [(large, ("opencv", 2 * n_cores))]
            plan += [(large, ("aura", workers)) for workers in (1, n_cores)]
        written: dict[str, Any] = {}
        for number in range(1, (1 if options.quick else options.rounds) + 1):
            for videos, (who, workers) in plan:
                if videos is large and number > options.large_rounds:
                    continue
                run, record = _measure(videos, folder / "out" / who, who=who, workers=workers)
                runs.append(run)
                if videos is small:
                    written[who] = record
                    _keep(folder / "out" / who, folder / "kept" / who)
                print(f"round {number}: {run}", file=sys.stderr, flush=True)
        identity = compare(
            folder / "kept" / "aura",
            _moved(written["opencv"]["frames"], folder / "out", folder / "kept"),
            videos=small,
        )
    result = {
        "machine": machine,
        "versions": all_versions(),
        "memory_kind": MEMORY_KIND,
        "identity": asdict(identity),
        "summary": _summary(runs),
        "runs": [asdict(run) for run in runs],
    }
    write_text(options.out / "frame_extraction.json", json.dumps(result, indent=1) + "\n")
    write_text(options.out / "frame_extraction.md", to_markdown(result))
    print(to_markdown(result))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--clips", type=Path, default=_CLIPS, help="folder with real/ and fake/")
    add("--out", type=Path, default=_RESULTS, help="folder for the results")
    add("--rounds", type=int, default=3, help="runs of each command over the clips")
    add("--large-rounds", type=int, default=2, help="runs of each command over the copies")
    add("--quick", action="store_true", help="one round over the clips alone")
    options = parser.parse_args(arguments)
    if min(options.rounds, options.large_rounds) < 1:
        parser.error("all numbers must be at least 1")
    return options


def _copies(clips: Path, folder: Path, *, n: int) -> Path:
    """Copy the clips ``n`` times: no cache of ours may know one file from another."""
    for label in ("real", "fake"):
        for copy in range(n):
            shutil.copytree(clips / label, folder / label / f"copy{copy}")
    return folder


def _measure(videos: Path, out: Path, *, who: str, workers: int) -> tuple[Run, dict[str, Any]]:
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    stdout = out.parent / f"{who}.json"
    module = "benchmarks.frame_opponent" if who == "opencv" else "aura"
    command = [sys.executable, "-m", module]
    if who == "aura":
        command += ["frames", str(videos), "--out", str(out), "--json", "-q"]
    else:
        command += [str(videos), str(out)]
    command += ["--workers", str(workers)]
    with processor_time() as cpu:
        measured = measure(command, stdout=stdout, interval_s=_INTERVAL_S)
    record = json.loads(stdout.read_text(encoding="utf-8"))
    work_s = record["work_s"] if who == "opencv" else record["timings"]["elapsed_s"]
    run = Run(
        who=who,
        workers=workers,
        n_videos=record["n_videos"],
        wall_s=round(measured.wall_s, 3),
        work_s=round(work_s, 3),
        cpu_s=round(cpu.total_s, 2),
        peak_bytes=max((sample.total_bytes for sample in measured.memory), default=0),
    )
    return run, record


def _keep(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _moved(
    frames: dict[str, list[dict[str, Any]]], source: Path, target: Path
) -> dict[str, list[dict[str, Any]]]:
    """Return the opponent's frames with their files where they were kept."""
    return {
        path: [f | {"file": str(target / Path(f["file"]).relative_to(source))} for f in found]
        for path, found in frames.items()
    }


def _summary(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return medians over rounds for each command, and how much faster than the best opponent."""
    groups: dict[tuple[int, str, int], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.n_videos, run.who, run.workers), []).append(run)
    lines: list[dict[str, Any]] = []
    for (n_videos, who, workers), own in groups.items():
        lines.append(
            {
                "n_videos": n_videos,
                "who": who,
                "workers": workers,
                "n_runs": len(own),
                "wall_s": statistics.median(run.wall_s for run in own),
                "work_s": statistics.median(run.work_s for run in own),
                "cpu_s": statistics.median(run.cpu_s for run in own),
                "peak_bytes": max(run.peak_bytes for run in own),
            }
        )
    for line in lines:
        rivals = [r for r in lines if r["n_videos"] == line["n_videos"] and r["who"] == "opencv"]
        for kind in ("wall", "work", "cpu"):
            best = min(rival[f"{kind}_s"] for rival in rivals)
            line[f"{kind}_ratio"] = round(best / line[f"{kind}_s"], 2)
    return lines


if __name__ == "__main__":
    main()
