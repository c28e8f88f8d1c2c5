"""The part of the engine that runs inside a worker process."""

import math
import os
import signal
import traceback

from aura.engine.executor import Outcome, Task
from aura.engine.stage import Stage, StageOutput
from aura.errors import AccessError, AuraError


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
    try:
        task.folder.mkdir(parents=True, exist_ok=True)
        output = stage.process(task.item, task.folder)
        _check_rows(stage, output)
        return Outcome(task, output)
    except AccessError as error:
        return Outcome(task, None, str(error))
    except AuraError as error:
        return Outcome(task, None, str(error), is_final=True)
    except MemoryError:
        return Outcome(task, None, "the worker ran out of memory on this video")
    except Exception as error:  # noqa: BLE001  recorded with its traceback, never swallowed
        reason = f"internal error in stage {stage.name}: {type(error).__name__}: {error}"
        return Outcome(task, None, reason, traceback.format_exc())


def _check_rows(stage: Stage, output: StageOutput) -> None:
    """Raise unless each row has the stage's columns and only numbers that a table can hold."""
    for row in output.rows:
        if row.keys() != stage.columns.keys():
            odd = sorted(row.keys() ^ stage.columns.keys())
            raise ValueError(f"a row and the stage's columns differ in {', '.join(odd)}")
        for name, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name} is {value}")
