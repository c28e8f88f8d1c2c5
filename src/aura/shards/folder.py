"""The folder of shards on disk: what is whole, what comes next, and who may write.

A shard becomes whole in three steps, each on the disk before the next: the tar under a hidden
name, the record of what it holds, the tar under its own name. So a shard with its name has its
record, and what a killed writer leaves is hidden and swept away by the next.
"""

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import pyarrow as pa

from aura.atomic import write_text
from aura.errors import ConfigError, DataError
from aura.shards.names import SHARD_SUFFIX, SIDECAR_SUFFIX, shard_name, shard_number
from aura.shards.rows import batch_of, open_rows, row_of, write_rows
from aura.shards.scan import encoded_samples
from aura.shards.unfinished import UnfinishedShard

RECORDS = ".records"
_SETTINGS = "settings.json"
_SIZE = "shard_size_bytes"


class ShardFolder:
    """A folder that shards of one prefix and one set of settings are written to.

    Args:
        path: The folder.
        prefix: Of the shards' names.
        settings: What all shards in it have in common.
    """

    def __init__(self, path: Path, prefix: str, *, settings: dict[str, Any]) -> None:
        self.path = path
        self.settings = settings
        self._prefix = prefix
        self._records = path / RECORDS
        self._lock: filelock.BaseFileLock | None = None
        self.n_shards = 0

    def claim(self, *, resume: bool) -> None:
        """Become the only writer; sweep away what an interrupted one left.

        Raises:
            ConfigError: Its shards were written with other settings.
            DataError: It holds shards and is not to be resumed, a shard is missing, the disk
                refuses, or another writer is at it.
        """
        try:
            self._records.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._records / "lock")
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise DataError(f"{self.path}: another process writes shards there") from error
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written to: {error.strerror}") from error
        self._lock = lock
        try:
            self._require_usable(resume=resume)
            self._sweep()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let other writers at it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all whole shards in their order."""
        for number in range(self.n_shards):
            yield from self._record(shard_name(self._prefix, number))

    def open_next(self) -> UnfinishedShard:
        """Begin the next shard."""
        return UnfinishedShard(self.path, shard_name(self._prefix, self.n_shards))

    def commit(self, shard: UnfinishedShard) -> None:
        """Make a shard whole.

        Raises:
            DataError: The disk refuses.
        """
        shard.finish()
        try:
            facts = {_SIZE: shard.size_bytes}
            write_rows(self._record_path(shard.name), shard.batches(), facts=facts)
            _sync_folder(self._records)
            shard.path.replace(self.path / shard.name)
            _sync_folder(self.path)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written to: {error.strerror}") from error
        self.n_shards += 1

    def _require_usable(self, *, resume: bool) -> None:
        held = sorted(
            path.name
            for path in self.path.iterdir()
            if path.suffix in (SHARD_SUFFIX, SIDECAR_SUFFIX, ".csv") and path.name[0] != "."
        )
        if held and not resume:
            raise DataError(
                f"{self.path}: holds {held[0]} and {len(held) - 1} more files of shards; go on "
                "with them by resume=True, or choose another folder"
            )
        settings_file = self._records / _SETTINGS
        text = json.dumps(self.settings, indent=1, sort_keys=True) + "\n"
        numbers = {n for name in held if (n := shard_number(name, prefix=self._prefix)) is not None}
        if settings_file.exists() and resume and settings_file.read_text(encoding="utf-8") != text:
            self._require_same(json.loads(settings_file.read_text(encoding="utf-8")))
        if numbers != set(range(len(numbers))):
            lost = min(set(range(len(numbers))) - numbers)
            raise DataError(
                f"{self.path / shard_name(self._prefix, lost)}: is gone, later shards are there; "
                "put it back or write all of them anew in another folder"
            )
        self.n_shards = len(numbers)
        write_text(settings_file, text)

    def _require_same(self, before: dict[str, Any]) -> None:
        for key, value in self.settings.items():
            if before.get(key) != value:
                raise ConfigError(
                    f"{self.path}: its shards were written with {key}={before.get(key)!r}, not "
                    f"{value!r}; go on with the same settings or choose another folder"
                )

    def _sweep(self) -> None:
        for folder in (self.path, self._records):
            for path in folder.glob(".*.partial*"):
                path.unlink()
        for path in self._records.glob(f"*{SIDECAR_SUFFIX}"):
            if not (self.path / path.with_suffix(SHARD_SUFFIX).name).exists():
                path.unlink()

    def _record_path(self, shard: str) -> Path:
        return (self._records / shard).with_suffix(SIDECAR_SUFFIX)

    def _record(self, shard: str) -> tuple[pa.RecordBatch, ...]:
        """Return the rows of a whole shard; from the shard itself where its record is lost."""
        path, size_bytes = self._record_path(shard), (self.path / shard).stat().st_size
        if path.exists():
            with pa.OSFile(str(path), "rb") as source:
                batches, facts = open_rows(pa.BufferReader(source.read_buffer()), where=str(path))
            if facts.get(_SIZE) == str(size_bytes):
                return batches
        self._rebuild(shard, size_bytes)
        return self._record(shard)

    def _rebuild(self, shard: str, size_bytes: int) -> None:
        rows, offset = [], 0
        for sample in encoded_samples(self.path / shard):
            crc32 = zlib.crc32(sample.content)
            rows.append(row_of(sample, shard=shard, offset=offset, crc32=crc32))
            offset += len(sample.content)
        write_rows(self._record_path(shard), [batch_of(rows)], facts={_SIZE: size_bytes})


def _sync_folder(path: Path) -> None:
    """Have the names in a folder on the disk, where the system knows how."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
