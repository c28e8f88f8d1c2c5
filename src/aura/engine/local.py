"""Worker processes on this machine, each task isolated from the others.

Pebble restarts a worker that dies or exceeds its time limit and tells which task it was on;
``concurrent.futures`` would lose the whole pool. See docs/decisions/0002-engine.md.
"""

import multiprocessing
import shutil
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from typing import Any, Self, cast

from pebble import ProcessExpired, ProcessPool

from aura.engine import worker
from aura.engine.executor import EngineConfig, Outcome, Task
from aura.engine.stage import Stage

_QUEUED_PER_WORKER = 2
"""Tasks handed out ahead, so that no worker waits and the queue stays short."""


class LocalExecutor:
    """Runs tasks in processes of this machine; one pool serves several stages.

    Use as a context manager. Worker processes start when the first task does.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    @property
    def time_limit_s(self) -> float:
        """The longest time one task may take."""
        return self._config.time_limit_s

    def run(self, stage: Stage, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Process ``tasks`` with a bounded queue and yield outcomes as they come."""
        pool = self._started_pool()
        waiting = iter(tasks)
        pending: dict[Future[Any], tuple[Task, int]] = {}

        def schedule(task: Task, *, attempt: int) -> None:
            future = pool.schedule(
                worker.process, args=[stage, task], timeout=self._config.time_limit_s
            )
            pending[cast("Future[Any]", future)] = (task, attempt)

        while True:
            while len(pending) < self._config.workers * _QUEUED_PER_WORKER:
                task = next(waiting, None)
                if task is None:
                    break
                schedule(task, attempt=0)
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                task, attempt = pending.pop(future)
                outcome = self._outcome(future, task)
                if outcome is not None:
                    yield outcome
                elif attempt < self._config.crash_retries:
                    shutil.rmtree(task.folder, ignore_errors=True)
                    schedule(task, attempt=attempt + 1)
                else:
                    yield Outcome(task, None, self._crash_reason(future, attempt + 1))

    def _started_pool(self) -> ProcessPool:
        if self._pool is None:
            methods = multiprocessing.get_all_start_methods()
            # Not fork: FFmpeg, OpenCV and Arrow hold threads and locks in the parent.
            method = "forkserver" if "forkserver" in methods else "spawn"
            self._pool = ProcessPool(
                max_workers=self._config.workers,
                initializer=worker.prepare,
                context=multiprocessing.get_context(method),
            )
        return self._pool

    def _outcome(self, future: Future[Any], task: Task) -> Outcome | None:
        """Return how a task ended; None when its worker died."""
        try:
            return cast("Outcome", future.result())
        except TimeoutError:
            return Outcome(
                task,
                None,
                f"took longer than {self._config.time_limit_s:g} s and was stopped "
                "(raise engine.time_limit_s to allow more)",
                time_limit_s=self._config.time_limit_s,
            )
        except ProcessExpired:
            return None

    @staticmethod
    def _crash_reason(future: Future[Any], attempts: int) -> str:
        error = cast("ProcessExpired", future.exception())
        code = error.exitcode
        if code < 0:
            cause = f"signal {-code}, {signal.strsignal(-code) or 'unknown'}"
        else:
            cause = f"exit code {code}"
        times = "once" if attempts == 1 else f"{attempts} times"
        return f"the worker process died on this video ({cause}), tried {times}"
