"""Processor time of everything this process starts, which other work on the machine hardly alters.

Wall time of two programs compares them on a quiet machine only; where something else runs, the one
with more threads gets the larger share.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

_INTERVAL_S = 0.1
"""What a process uses after it was last looked at is lost: at most this long."""


@dataclass(slots=True)
class ProcessorTime:
    """Seconds by process; complete once the block of `processor_time` has ended."""

    seconds: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def total_s(self) -> float:
        """Of all processes together."""
        return sum(self.seconds.values())


@contextmanager
def processor_time() -> Iterator[ProcessorTime]:
    """Count the processor time of the processes that start and end within the block."""
    found, ended = ProcessorTime(), threading.Event()

    def watch() -> None:
        here = psutil.Process()
        while not ended.wait(_INTERVAL_S):
            for process in here.children(recursive=True):
                try:
                    used = process.cpu_times()
                    key = (process.pid, process.create_time())
                except psutil.NoSuchProcess:
                    continue
                found.seconds[key] = used.user + used.system

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()
