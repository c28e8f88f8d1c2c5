"""What every way of running tasks offers the engine."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, Field

from aura.engine.stage import Item, Stage, StageOutput


def usable_cores() -> int:
    """Return how many cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class EngineConfig(BaseModel, extra="forbid", frozen=True):
    """How the work is spread and when it is given up.

    No result depends on these settings, except that a video may exceed the time limit on a slower
    machine.
    """

    workers: int = Field(
        default_factory=usable_cores,
        ge=1,
        description="Worker processes; by default one a core this process may use.",
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

    Attributes:
        task: The task.
        output: What the stage made, or None.
        reason: Why there is no output.
        trace: The traceback of an error nobody foresaw.
        is_final: Whether the reason lies in the video itself, so that trying again is in vain.
        time_limit_s: The limit that was exceeded, when that is the reason; a later run with a
            longer one tries again.
    """

    task: Task
    output: StageOutput | None
    reason: str | None = None
    trace: str | None = None
    is_final: bool = False
    time_limit_s: float | None = None


class Executor(Protocol):
    """Runs tasks somewhere and yields each one's outcome once, in any order."""

    @property
    def time_limit_s(self) -> float:
        """The longest time one task may take."""
        ...

    def run(self, stage: Stage, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Process ``tasks``, taken from the iterable as workers become free."""
        ...
