"""What every way of running tasks offers the engine."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, Field

from aura.engine.stage import Item, Stage, StageOutput


class EngineConfig(BaseModel, extra="forbid", frozen=True):
    """How the work is spread and when it is given up.

    No result depends on these settings, except that a video may exceed the time limit on a slower
    machine.
    """

    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="Worker processes; by default one a core.",
    )
    time_limit_s: float = Field(
        default=300.0, gt=0, description="Longest time one stage may spend on one video."
    )
    crash_retries: int = Field(
        default=1,
        ge=0,
        le=10,
        description="How often a video is tried again after its worker died.",
    )
    max_failed_share: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="The run stops when a larger share of the videos fails.",
    )


@dataclass(frozen=True, slots=True)
class Task:
    """One item to process and the folder of its own to leave files in."""

    item: Item
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one task ended: with an output, or with the reason why there is none.

    ``trace`` is the traceback of an error nobody foresaw.
    """

    task: Task
    output: StageOutput | None
    reason: str | None = None
    trace: str | None = None


class Executor(Protocol):
    """Runs tasks somewhere and yields each one's outcome once, in any order."""

    def run(self, stage: Stage, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Process ``tasks``, taken from the iterable as workers become free."""
        ...
