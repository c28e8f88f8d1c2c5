"""What a stage is: a pure function of one video and its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aura.fingerprint import fingerprint

Scalar = str | int | float | bool | None
"""What a table cell may hold."""


@dataclass(frozen=True, slots=True)
class Item:
    """One video as a stage meets it.

    Attributes:
        video_id: Names the video in every table; safe as a file name.
        path: Where the video lies.
        key: Changes whenever the content at ``path`` does.
        facts: Further cells of the video's row that the stage may read.
    """

    video_id: str
    path: Path
    key: str
    facts: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])


@dataclass(frozen=True, slots=True)
class StageOutput:
    """What a stage made of one video: table rows, and files it left in the folder it was given."""

    rows: tuple[Mapping[str, Scalar], ...]
    files: tuple[str, ...] = ()


class Stage(Protocol):
    """A pure function of one video and a configuration.

    The engine owns workers, retries, time limits, crash isolation, resume and progress, so a
    stage holds no state, and it must be picklable. ``version`` is raised when the same input and
    configuration begin to give another output.
    """

    @property
    def name(self) -> str:
        """Names the stage in messages and failure rows."""
        ...

    @property
    def version(self) -> int:
        """Changes when the stage's output does."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """All settings the output depends on, as JSON can hold them."""
        ...

    @property
    def columns(self) -> Mapping[str, type]:
        """The table's columns and their types, ``video_id`` among them."""
        ...

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Turn one video into rows and files.

        Args:
            item: The video.
            folder: An empty folder of this call's own; files left here are moved to the stage's
                folder once the whole call has succeeded.

        Raises:
            AuraError: The video cannot be processed; its message becomes the failure's reason.
        """
        ...


def stage_fingerprint(stage: Stage) -> str:
    """Return what names a stage's function: its name, version and configuration."""
    return fingerprint(stage.name, stage.version, dict(stage.settings))


def item_fingerprint(stage_mark: str, item: Item) -> str:
    """Return what one result depends on: the stage's function and the item it is given.

    Args:
        stage_mark: What `stage_fingerprint` returned; it is the same for all items.
        item: The item.
    """
    return fingerprint(stage_mark, item.video_id, item.key, dict(item.facts))
