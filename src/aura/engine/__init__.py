"""Runs a stage over many videos: workers, crash isolation, time limits, resume, progress."""

from aura.engine.executor import EngineConfig, Executor, Outcome, Task
from aura.engine.local import LocalExecutor
from aura.engine.run import StageResult, run_stage
from aura.engine.stage import Item, Scalar, Stage, StageOutput

__all__ = [
    "EngineConfig",
    "Executor",
    "Item",
    "LocalExecutor",
    "Outcome",
    "Scalar",
    "Stage",
    "StageOutput",
    "StageResult",
    "Task",
    "run_stage",
]
