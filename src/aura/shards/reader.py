"""Samples by number: their bytes checked, and decoded. Needs no PyTorch."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aura.errors import SampleError
from aura.shards.rows import SampleRow
from aura.shards.sample import Clip, decode_sample
from aura.shards.storage import Stretch, open_storage
from aura.shards.table import SampleTable


@dataclass(frozen=True, slots=True)
class ReadSample:
    """A sample as it was read.

    Attributes:
        row: What the index says of it.
        clip: Its frames and sound.
    """

    row: SampleRow
    clip: Clip


class ShardReader:
    """The samples an index names, read by byte offset. May be sent to other processes.

    Args:
        shards_dir: Folder of the shards, or its address for fsspec.
        index_filename: Which index.
        max_samples: Take the first so many samples only.
        storage_options: For fsspec's file system, such as credentials.

    Attributes:
        storage: Where the shards lie.
        table: The samples.

    Raises:
        DataError: The folder or the index cannot be read.
    """

    def __init__(
        self,
        shards_dir: str | Path,
        index_filename: str = "index.csv",
        *,
        max_samples: int | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.storage = open_storage(shards_dir, options=storage_options)
        self.table = SampleTable(self.storage, index_filename, max_samples=max_samples)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, number: int) -> ReadSample:
        """Return one sample; negative numbers count from the end.

        Raises:
            IndexError: There is no such number.
            SampleError: What is stored is not what was written.
            DataError: The shard cannot be read.
        """
        if not -len(self) <= number < len(self):
            raise IndexError(f"sample {number} of {len(self)}")
        row = self.table.row(number % len(self))
        (content,) = self.storage.read([stretch_of(row)])
        return ReadSample(row, self.decode(row, content))

    def decode(self, row: SampleRow, content: bytes | memoryview) -> Clip:
        """Return the clip of a sample whose bytes were read.

        Raises:
            SampleError: What is stored is not what was written.
        """
        where = f"{self.storage.where(row.shard)}: sample {row.sample_id!r}"
        if len(content) != row.size_bytes:
            raise SampleError(
                f"{where}: {len(content)} of its {row.size_bytes} bytes are there, the shard was "
                "cut off; see aura shards verify"
            )
        # Without it, a changed bit in an image gives other pixels and no error.
        if row.crc32 is not None and zlib.crc32(content) != row.crc32:
            raise SampleError(
                f"{where}: its bytes at {row.offset} are not those that were written; see aura "
                "shards verify"
            )
        return decode_sample(
            content,
            folder=row.dir,
            num_frames=row.num_frames,
            where=where,
            is_checked=row.crc32 is not None,
        )


def stretch_of(row: SampleRow) -> Stretch:
    """Return where a sample's bytes lie."""
    return Stretch(row.shard, row.offset, row.size_bytes)


def merged_stretches(rows: Sequence[SampleRow], *, max_bytes: int) -> list[tuple[Stretch, int]]:
    """Return few stretches that hold all rows, and how many rows each holds.

    Args:
        rows: In the order of shards and offsets.
        max_bytes: Longest stretch of several rows.
    """
    merged: list[tuple[Stretch, int]] = []
    for row in rows:
        if merged:
            last, count = merged[-1]
            follows = last.name == row.shard and last.offset + last.size == row.offset
            if follows and last.size + row.size_bytes <= max_bytes:
                longer = Stretch(last.name, last.offset, last.size + row.size_bytes)
                merged[-1] = (longer, count + 1)
                continue
        merged.append((stretch_of(row), 1))
    return merged
