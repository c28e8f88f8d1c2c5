"""The part of the engine that runs inside a worker process."""

import os
import signal
import traceback

from aura.engine.executor import Outcome, Task
from aura.engine.stage import Stage
from aura.errors import AuraError


def prepare() -> None:
    """Give the worker one thread; the engine's parallelism is that of processes."""
    for variable in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
        "POLARS_MAX_THREADS",
    ):
        os.environ[variable] = "1"
    # Ctrl-C reaches the whole process group; the parent alone decides what stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def process(stage: Stage, task: Task) -> Outcome:
    """Return how a task ended; an unexpected exception costs this one video as well."""
    task.folder.mkdir(parents=True, exist_ok=True)
    try:
        return Outcome(task, stage.process(task.item, task.folder))
    except AuraError as error:
        return Outcome(task, None, str(error))
    except MemoryError:
        return Outcome(task, None, "the worker ran out of memory on this video")
    except Exception as error:  # noqa: BLE001  recorded with its traceback, never swallowed
        reason = f"internal error in stage {stage.name}: {type(error).__name__}: {error}"
        return Outcome(task, None, reason, traceback.format_exc())
