"""The same reading by one worker a core at once."""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

from benchmarks.decoding_clips import wanted
from benchmarks.decoding_readers import READERS, Clip, use_one_thread


class Workers:
    """Processes that each read all clips when told to."""

    def __init__(self, clips: Sequence[Clip], *, n: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(n):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, list(clips)), daemon=True)
            process.start()
            self._ends.append(here)
            self._processes.append(process)
        for end in self._ends:
            end.recv()

    def time_s(self, reader: str, *, n: int, size: tuple[int, int] | None) -> float:
        """Return how long all of them take together."""
        started = time.perf_counter()
        for end in self._ends:
            end.send((reader, n, size))
        for end in self._ends:
            end.recv()
        return time.perf_counter() - started

    def close(self) -> None:
        """Let them end."""
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join()


def _serve(end: Connection, clips: Sequence[Clip]) -> None:
    use_one_thread()
    for reader in READERS.values():
        reader(clips[0], wanted(clips[0], 3), None)
    end.send("ready")
    while (order := end.recv()) is not None:
        name, n, size = order
        for clip in clips:
            READERS[name](clip, wanted(clip, n), size)
        end.send("done")
