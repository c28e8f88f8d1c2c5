"""Damages media files, reads them in the engine's workers and counts what came of it."""

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mutations import mutate
from reading_stage import PATCHED, WAYS, ReadingStage
from specimens import EVERYTHING, generate

from aura.engine import EngineConfig, Item, LocalExecutor, Stage
from aura.engine.executor import Outcome, Task
from aura.media import MediaLimits

CLIPS = (
    Path(os.environ.get("AURA_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "clips"
)
_MOST_CLIP_BYTES = 400_000
_TIME_LIMIT_S = 60.0
_LIMITS = MediaLimits(max_pixels=1 << 22, max_call_s=10.0, max_gap_bytes=64 << 20)
_MEMORY_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged file: the name its damage follows from, and what was done."""

    name: str
    path: Path
    mutations: tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """What came of many damaged files.

    Attributes:
        n_files: How many there were.
        outcomes: How each way of reading ended: "read", or the kind of error.
        failed_videos: Files the engine made a failure row of, by the kind of reason.
        containers: Files by the suffix of what was damaged.
        mutations: Files by what was done; one may count several times.
        findings: What must not be: the file's name and what happened.
        patched: Files whose damage a decoder patched without a word, so that a frame asked for
            alone differs from the same frame in sequence.
        crashes: Files on which a decoder took its worker with it.
        slowest_s: Longest time one way of reading one file took.
        most_mib: Largest resident memory of a worker.
    """

    n_files: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    failed_videos: Counter[str] = field(default_factory=Counter)
    containers: Counter[str] = field(default_factory=Counter)
    mutations: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, str]] = field(default_factory=list)
    patched: list[str] = field(default_factory=list)
    crashes: list[tuple[str, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    most_mib: int = 0

    def as_json(self) -> str:
        """Return it as a JSON text."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values, indent=2)


def originals(folder: Path, *, with_clips: bool) -> list[Path]:
    """Return undamaged files: all generated ones, and small real clips where they are at hand."""
    paths = [generate(specimen, folder) for specimen in EVERYTHING]
    clips = sorted(CLIPS.glob("*/*")) if with_clips else []
    return paths + [path for path in clips if path.stat().st_size < _MOST_CLIP_BYTES]


def damaged_files(paths: Sequence[Path], folder: Path, *, n: int, seed: int) -> Iterator[Damaged]:
    """Write damaged files one by one; the originals take turns."""
    for number in range(n):
        path = paths[number % len(paths)]
        name = f"{seed}:{number}:{path.name}"
        pick = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % len(paths)
        content, mutations = mutate(path.read_bytes(), paths[pick].read_bytes(), seed=name)
        damaged = folder / f"{seed}_{number:05d}_{path.name}"
        damaged.write_bytes(content)
        yield Damaged(name, damaged, mutations)


def fuzz(
    *,
    n: int,
    seed: int,
    workers: int,
    with_clips: bool = True,
    stage: Stage | None = None,
    keep: Path | None = None,
) -> Summary:
    """Read damaged files and return what came of it.

    Args:
        n: How many.
        seed: Names the damage.
        workers: Processes that read.
        with_clips: Whether to damage real clips too, where they are at hand.
        stage: What reads them.
        keep: A folder for the files that led to a finding or a crash.
    """
    stage = stage or ReadingStage(_LIMITS, _MEMORY_BYTES)
    config = EngineConfig(workers=workers, time_limit_s=_TIME_LIMIT_S, crash_retries=0)
    summary = Summary(outcomes={way: Counter() for way in WAYS})
    with tempfile.TemporaryDirectory() as folder, LocalExecutor(config) as executor:
        root = Path(folder)
        (root / "originals").mkdir()
        (root / "damaged").mkdir()
        paths = originals(root / "originals", with_clips=with_clips)
        made: dict[str, Damaged] = {}

        def tasks() -> Iterator[Task]:
            for damaged in damaged_files(paths, root / "damaged", n=n, seed=seed):
                video_id = damaged.path.name
                made[video_id] = damaged
                item = Item(video_id, damaged.path, damaged.name)
                yield Task(item, root / "work" / video_id)

        for outcome in executor.run(stage, tasks()):
            damaged = made.pop(outcome.task.item.video_id)
            listed = len(summary.findings) + len(summary.crashes)
            _count(summary, damaged, outcome)
            if keep is not None and len(summary.findings) + len(summary.crashes) > listed:
                shutil.copy(damaged.path, keep)
            damaged.path.unlink()
    return summary


def _count(summary: Summary, damaged: Damaged, outcome: Outcome) -> None:
    summary.n_files += 1
    summary.containers[damaged.path.suffix] += 1
    summary.mutations.update(damaged.mutations)
    if outcome.output is None:
        reason = outcome.reason or ""
        if "the worker process died" in reason:
            summary.failed_videos["died"] += 1
            summary.crashes.append((damaged.name, reason))
        else:
            summary.failed_videos["stopped" if outcome.time_limit_s else "error"] += 1
            summary.findings.append((damaged.name, outcome.trace or reason))
        return
    (row,) = outcome.output.rows
    for way in WAYS:
        summary.outcomes[way][str(row[way]).split(":")[0]] += 1
    if row["stream"] == PATCHED:
        summary.patched.append(damaged.name)
    longest_s, peak_mib = row["longest_s"], row["peak_mib"]
    assert isinstance(longest_s, float)
    assert isinstance(peak_mib, int)
    if longest_s > 2 * _LIMITS.max_call_s:
        summary.findings.append((damaged.name, f"one call took {longest_s:.1f} s"))
    summary.slowest_s = max(summary.slowest_s, longest_s)
    summary.most_mib = max(summary.most_mib, peak_mib)
