"""The record of what is done, written as it happens: one line of JSON a video.

A process killed while it writes leaves at most one torn line, which reads as "not done".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from aura.atomic import atomic_path
from aura.engine.stage import Scalar


@dataclass(frozen=True, slots=True)
class Entry:
    """One video's result: rows and files, or the reason why there are none.

    Attributes:
        video_id: Of the item.
        fingerprint: Names the stage, configuration and content the result belongs to.
        rows: Cells in the order of the stage's columns.
        files: Sizes in bytes by name in the stage's folder.
        failure: Why there is no result.
        is_final: Whether a failure lies in the video itself.
        time_limit_s: The limit that was exceeded, when that is the failure.
    """

    video_id: str
    fingerprint: str
    rows: tuple[tuple[Scalar, ...], ...] = ()
    files: Mapping[str, int] = field(default_factory=dict[str, int])
    failure: str | None = None
    is_final: bool = False
    time_limit_s: float | None = None

    def holds(self, *, time_limit_s: float) -> bool:
        """Say whether doing it again, with this time limit, could only end the same."""
        if self.failure is None or self.is_final:
            return True
        return self.time_limit_s is not None and time_limit_s <= self.time_limit_s

    def to_line(self) -> str:
        """Return the entry as one line of JSON; what has its default value is left out."""
        record: dict[str, Any] = {"video_id": self.video_id, "fingerprint": self.fingerprint}
        if self.failure is None:
            record |= {"rows": self.rows, "files": dict(self.files)}
        else:
            record |= {"failure": self.failure, "is_final": self.is_final}
            record |= {"time_limit_s": self.time_limit_s}
        return json.dumps(record, ensure_ascii=True, allow_nan=False) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """Return the entry a line holds, or None when the line is torn."""
        if not line.endswith("\n"):
            return None
        try:
            record = cast("dict[str, Any]", json.loads(line))
            rows = tuple(tuple(row) for row in record.pop("rows", ()))
            return cls(rows=rows, **record)
        except (ValueError, TypeError):
            return None


class Journal:
    """The entries of one stage's folder; a later entry of a video replaces an earlier one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: IO[str] | None = None
        self._n_lines = 0

    def read(self) -> dict[str, Entry]:
        """Return the last whole entry of each video; nothing when there is no journal."""
        self._n_lines = 0
        if not self.path.exists():
            return {}
        entries: dict[str, Entry] = {}
        with self.path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            for line in stream:
                self._n_lines += 1
                entry = Entry.from_line(line)
                if entry is not None:
                    entries[entry.video_id] = entry
        return entries

    def keep_only(self, entries: Mapping[str, Entry]) -> None:
        """Make these, of those last read, the only entries; torn and outdated lines go."""
        if len(entries) == self._n_lines:
            return
        with (
            atomic_path(self.path) as partial,
            partial.open("w", encoding="utf-8", newline="\n") as stream,
        ):
            stream.writelines(entry.to_line() for entry in entries.values())

    def append(self, entry: Entry) -> None:
        """Add an entry; it survives the end of this process from here on."""
        if self._stream is None:
            raise RuntimeError("the journal is appended to within its context")
        self._stream.write(entry.to_line())
        self._stream.flush()

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self.path.open("a", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
