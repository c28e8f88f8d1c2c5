"""What an extraction tells while it runs: a progress file, a log, and a stop when the disk is full.

The engine does the work; what stands here listens.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aura.atomic import write_text
from aura.engine import Executor, Outcome, Stage, Task
from aura.errors import AccessError
from aura.frames.disk import RESERVE_BYTES, free_bytes, in_words
from aura.progress import Progress
from aura.stages.frames import DISK_FULL

_INTERVAL_S = 1.0
"""Shortest time between two states of the progress file, and between two looks at the disk."""


def now() -> str:
    """Return the time as ISO 8601, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class RunLog:
    """Lines with time and level, added to a file: ``2026-01-31T12:00:00+00:00 ERROR …``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def info(self, message: str) -> None:
        """Add a line that something happened."""
        self._add("INFO", message)

    def failure(self, message: str) -> None:
        """Add a line that something failed."""
        self._add("ERROR", message)

    def _add(self, level: str, message: str) -> None:
        line = f"{now()} {level} {' '.join(message.splitlines())}\n"
        with self._path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(line)


@dataclass(slots=True)
class ProgressFile:
    """A `Progress` that keeps a file up to date and hands everything on.

    Attributes:
        path: The file; it is whole at any moment.
        shown: Who is told as well.
        n_failed: Videos without frames, in earlier runs too; whoever learns of one counts it.
    """

    path: Path
    shown: Progress
    n_failed: int = 0
    _total: int = 0
    _reused: int = 0
    _done: int = 0
    _started: str = field(default_factory=now)
    _start_s: float = field(default_factory=time.monotonic)
    _written_s: float = 0.0

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        """Begin; what is done already counts neither for the rate nor for the time left."""
        self._total, self._reused, self._start_s = total or 0, done, time.monotonic()
        self.write("running")
        self.shown.start(name, total=total, done=done)

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        """Count, and write when the last state is old enough."""
        self._done += steps
        if time.monotonic() - self._written_s >= _INTERVAL_S:
            self.write("running")
        self.shown.advance(name, steps=steps, note=note)

    def finish(self, name: str, *, note: str = "") -> None:
        """Hand on; the end of a stage is not yet that of the extraction."""
        self.shown.finish(name, note=note)

    def log(self, message: str) -> None:
        """Hand on."""
        self.shown.log(message)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first video was begun."""
        return time.monotonic() - self._start_s

    def write(self, state: str) -> None:
        """Write how it stands: ``running``, ``done`` or ``stopped``."""
        self._written_s = time.monotonic()
        elapsed_s = self.elapsed_s
        rate = self._done / elapsed_s if elapsed_s > 0 else 0.0
        left = self._total - self._reused - self._done
        record = {
            "state": state,
            "total": self._total,
            "done": self._reused + self._done,
            "reused": self._reused,
            "failed": self.n_failed,
            "started": self._started,
            "updated": now(),
            "elapsed_s": round(elapsed_s, 1),
            "videos_per_s": round(rate, 3),
            "eta_s": round(left / rate, 1) if rate else None,
        }
        write_text(self.path, json.dumps(record, indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class WatchedExecutor:
    """An executor whose outcomes are seen as they come.

    Attributes:
        inner: Does the work.
        folder: Where files end up; the work stops when its disk is full.
        seen: Told each outcome.
    """

    inner: Executor
    folder: Path
    seen: Callable[[Outcome], None]

    @property
    def time_limit_s(self) -> float:
        """The longest time one task may take."""
        return self.inner.time_limit_s

    def run(self, stage: Stage, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Hand on tasks and outcomes.

        Raises:
            AccessError: The disk is full. Without this, every further video would fail.
        """
        looked_s = 0.0
        for outcome in self.inner.run(stage, tasks):
            is_full = _names_full_disk(outcome.reason or "")
            if is_full or time.monotonic() - looked_s >= _INTERVAL_S:
                looked_s, free = time.monotonic(), free_bytes(self.folder)
                if is_full or free < RESERVE_BYTES:
                    raise disk_full(self.folder, free=free)
            self.seen(outcome)
            yield outcome


def _names_full_disk(reason: str) -> bool:
    return DISK_FULL in reason or "No space left on device" in reason


def disk_full(folder: Path, *, free: int) -> AccessError:
    """Return the error that ends an extraction for want of space."""
    return AccessError(
        f"{folder}: the disk is full ({in_words(free)} free); what was extracted is kept. Make "
        "room and give the same command again: it goes on where it stopped"
    )
