"""Progress on stderr: bars on a terminal, lines in a log."""

import sys
import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from aura.progress import Progress, Silent

_LOG_INTERVAL_S = 10.0


def show_progress(*, quiet: bool, verbose: bool) -> Progress:
    """Return the progress display that fits the terminal and the user's wish."""
    if quiet:
        return Silent()
    if sys.stderr.isatty() and not verbose:
        return Bars(Console(stderr=True))
    return Lines(interval_s=0.0 if verbose else _LOG_INTERVAL_S)


class Bars:
    """One bar a step, kept on the screen when it is full."""

    def __init__(self, console: Console) -> None:
        self._bars = RichProgress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._open: set[str] = set()

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        """Show a bar."""
        if not self._open:
            self._bars.start()
        self._open.add(name)
        self._tasks[name] = self._bars.add_task(name, total=total, completed=done, note="")

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        """Move a bar."""
        self._bars.update(self._tasks[name], advance=steps, note=note)

    def finish(self, name: str, *, note: str = "") -> None:
        """Fill a bar; the display rests when none is moving."""
        self._bars.update(self._tasks[name], note=note)
        self._bars.stop_task(self._tasks[name])
        self._open.discard(name)
        if not self._open:
            self._bars.stop()
            for task in self._bars.task_ids:
                self._bars.remove_task(task)

    def log(self, message: str) -> None:
        """Print above the bars."""
        self._bars.console.print(message, markup=False, highlight=False)


class Lines:
    """One line every few seconds, for logs and pipes."""

    def __init__(self, *, interval_s: float) -> None:
        self._interval_s = interval_s
        self._done: dict[str, int] = {}
        self._total: dict[str, int | None] = {}
        self._last: dict[str, float] = {}

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        """Print what begins."""
        self._done[name], self._total[name] = done, total
        self._last[name] = time.monotonic()
        if total is None or done < total:
            self._print(name, "starts" if not done else "goes on")

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        """Count, and print when it is time to."""
        self._done[name] += steps
        now = time.monotonic()
        if now - self._last[name] >= self._interval_s:
            self._last[name] = now
            self._print(name, note)

    def finish(self, name: str, *, note: str = "") -> None:
        """Print what ended."""
        self._print(name, " ".join(("done", note)).strip())

    def log(self, message: str) -> None:
        """Print a sentence."""
        print(message, file=sys.stderr, flush=True)  # noqa: T201  the terminal is this file's job

    def _print(self, name: str, note: str) -> None:
        total = self._total[name]
        count = f"{self._done[name]}/{total}" if total is not None else str(self._done[name])
        self.log(f"{name}: {count} {note}".rstrip())
