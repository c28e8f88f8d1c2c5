"""The record of what is done, written as it happens: one line of JSON a video.

A process killed while it writes leaves at most one torn line, which reads as "not done".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from aura.atomic import write_text
from aura.engine.stage import Scalar


@dataclass(frozen=True, slots=True)
class Entry:
    """One video's result: rows and files, or the reason why there are none.

    ``fingerprint`` names the stage, configuration and content the result belongs to; ``files``
    maps names in the stage's folder to sizes in bytes.
    """

    video_id: str
    fingerprint: str
    rows: tuple[Mapping[str, Scalar], ...] = ()
    files: Mapping[str, int] | None = None
    failure: str | None = None

    def to_line(self) -> str:
        """Return the entry as one line of JSON."""
        record: dict[str, Any] = {"video_id": self.video_id, "fingerprint": self.fingerprint}
        if self.failure is not None:
            record["failure"] = self.failure
        else:
            record["rows"] = [dict(row) for row in self.rows]
            record["files"] = dict(self.files or {})
        return json.dumps(record, ensure_ascii=True, allow_nan=False) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """Return the entry a line holds, or None when the line is torn."""
        if not line.endswith("\n"):
            return None
        try:
            record = cast("dict[str, Any]", json.loads(line))
            return cls(
                video_id=record["video_id"],
                fingerprint=record["fingerprint"],
                rows=tuple(record.get("rows", ())),
                files=record.get("files"),
                failure=record.get("failure"),
            )
        except (ValueError, KeyError, TypeError):
            return None


class Journal:
    """The entries of one stage's folder; a later entry of a video replaces an earlier one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: IO[str] | None = None

    def read(self) -> dict[str, Entry]:
        """Return the last whole entry of each video; nothing when there is no journal."""
        if not self.path.exists():
            return {}
        entries: dict[str, Entry] = {}
        with self.path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            for line in stream:
                entry = Entry.from_line(line)
                if entry is not None:
                    entries[entry.video_id] = entry
        return entries

    def keep_only(self, entries: Mapping[str, Entry]) -> None:
        """Make these the journal's only entries, atomically; torn and outdated lines go."""
        text = "".join(entry.to_line() for entry in entries.values())
        if self.path.exists() and self.path.read_bytes() != text.encode():
            write_text(self.path, text)

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
