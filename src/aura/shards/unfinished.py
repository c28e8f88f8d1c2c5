"""The shard that is being written; nobody sees it before it is whole."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from aura.errors import DataError
from aura.shards.rows import SampleRow, batch_of
from aura.shards.tar_format import end_bytes

_ROWS_HELD = 4096
"""Rows kept as Python objects; Arrow holds the others in a fifth of the space."""


class UnfinishedShard:
    """A shard under a name that no reader looks for.

    Attributes:
        name: What it will be called.
        path: Where it lies until then.
        size_bytes: Written so far.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.path = folder / f".{name}.partial"
        self.size_bytes = 0
        self._rows: list[SampleRow] = []
        self._batches: list[pa.RecordBatch] = []
        try:
            self._stream: BinaryIO = self.path.open("wb")
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written: {error.strerror}") from error

    def has_room(self, n_bytes: int, *, max_bytes: int) -> bool:
        """Say whether the shard stays within its limit with ``n_bytes`` more."""
        size = self.size_bytes + n_bytes
        return size + len(end_bytes(size)) <= max_bytes

    def append(self, content: bytes) -> int:
        """Write whole members and return where they begin.

        Raises:
            DataError: The disk refuses.
        """
        offset = self.size_bytes
        try:
            self._stream.write(content)
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be written: {error.strerror}; the shards before it are "
                "whole: make room and go on with resume"
            ) from error
        self.size_bytes += len(content)
        return offset

    def add_row(self, row: SampleRow) -> None:
        """Note what lies in the shard."""
        self._rows.append(row)
        if len(self._rows) >= _ROWS_HELD:
            self._batches.append(batch_of(self._rows))
            self._rows = []

    def batches(self) -> list[pa.RecordBatch]:
        """Return what lies in the shard."""
        return [*self._batches, batch_of(self._rows)] if self._rows else list(self._batches)

    def finish(self) -> None:
        """End the archive and have all of it on the disk, still under its hidden name.

        Raises:
            DataError: The disk refuses.
        """
        self.append(end_bytes(self.size_bytes))
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written: {error.strerror}") from error

    def discard(self) -> None:
        """Remove it, if it is still under its hidden name."""
        with contextlib.suppress(OSError):  # what could not be written is about to be removed
            self._stream.close()
        self.path.unlink(missing_ok=True)
