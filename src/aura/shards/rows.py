"""What is known of each stored sample, and the Arrow files that hold it.

The same columns serve twice: a record beside the shards says what a whole shard holds, and the
sidecar beside an index says where each of its samples lies.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from aura.atomic import atomic_path
from aura.errors import DataError
from aura.shards.names import fallback_group
from aura.shards.sample import EncodedSample

BATCH_ROWS = 1 << 16
"""Rows of every batch but the last, so that a row is found by arithmetic."""

INDEX_COLUMNS = ("sample_id", "shard", "dir", "num_frames", "label", "metadata")
"""The columns of the index that people read."""

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("dir", pa.string(), nullable=False),
        pa.field("num_frames", pa.int32(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("group_id", pa.string(), nullable=False),
        pa.field("split", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("has_mel", pa.bool_()),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("size_bytes", pa.int64(), nullable=False),
        pa.field("crc32", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One stored sample.

    Attributes:
        sample_id: Unique in a folder of shards.
        shard: File name of its shard.
        dir: What its members' names begin with.
        num_frames: Frames of the clip.
        label: 0 real, 1 fake.
        metadata: As JSON.
        group_id: What must never be divided between splits.
        split: As its metadata say; None where they do not.
        width: Of its frames, in pixels; None where the shard was not written by us.
        height: Of its frames, in pixels; likewise.
        has_mel: Whether it has a mel spectrogram; likewise.
        offset: Where its members begin in the shard.
        size_bytes: How far they reach.
        crc32: Checksum over these bytes; None where nobody knows it.
    """

    sample_id: str
    shard: str
    dir: str
    num_frames: int
    label: int
    metadata: str
    group_id: str
    split: str | None
    width: int | None
    height: int | None
    has_mel: bool | None
    offset: int
    size_bytes: int
    crc32: int | None

    def facts(self) -> dict[str, Any]:
        """Return its metadata."""
        return json.loads(self.metadata)


def row_of(sample: EncodedSample, *, shard: str, offset: int, crc32: int) -> SampleRow:
    """Return the row of a sample that lies at ``offset`` of ``shard``."""
    metadata = json.loads(sample.metadata)
    return SampleRow(
        sample_id=sample.sample_id,
        shard=shard,
        dir=sample.dir,
        num_frames=sample.num_frames,
        label=sample.label,
        metadata=sample.metadata,
        group_id=group_of(sample.sample_id, metadata),
        split=_split_of(metadata),
        width=sample.width,
        height=sample.height,
        has_mel=sample.has_mel,
        offset=offset,
        size_bytes=len(sample.content),
        crc32=crc32,
    )


def group_of(sample_id: str, metadata: Mapping[str, Any]) -> str:
    """Return what ties a sample to others: its group, else its video, else its id's first part.

    >>> group_of("v_3", {"video_id": "v", "group_id": "g"}), group_of("v_3", {})
    ('g', 'v')
    """
    for key in ("group_id", "video_id"):
        if metadata.get(key) not in (None, ""):
            return str(metadata[key])
    return fallback_group(sample_id)


def _split_of(metadata: Mapping[str, Any]) -> str | None:
    split = metadata.get("split")
    return split if isinstance(split, str) else None


def batch_of(rows: Sequence[SampleRow]) -> pa.RecordBatch:
    """Return rows as one Arrow batch."""
    return pa.RecordBatch.from_pylist([asdict(row) for row in rows], schema=SCHEMA)


def row_at(batch: pa.RecordBatch, position: int) -> SampleRow:
    """Return one row of a batch."""
    return SampleRow(*(column[position].as_py() for column in batch.columns))


def write_rows(
    path: Path, batches: Iterable[pa.RecordBatch], *, facts: Mapping[str, str | int]
) -> None:
    """Store rows at ``path``, whole or not at all, in batches of `BATCH_ROWS`.

    Args:
        path: The file.
        batches: The rows, in batches of any size; few are held at once.
        facts: What the file says about itself.
    """
    schema = SCHEMA.with_metadata({key: str(value) for key, value in facts.items()})
    with (
        atomic_path(path) as partial,
        pa.OSFile(str(partial), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        for batch in _evenly(batches):
            writer.write_batch(batch)


def _evenly(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of `BATCH_ROWS`, the last one smaller."""
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in batches:
        held.append(batch)
        n_held += len(batch)
        while n_held >= BATCH_ROWS:
            table = pa.Table.from_batches(held)
            yield _one_batch(table.slice(0, BATCH_ROWS))
            held = table.slice(BATCH_ROWS).to_batches()
            n_held -= BATCH_ROWS
    if n_held:
        yield _one_batch(pa.Table.from_batches(held))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def open_rows(source: Any, *, where: str) -> tuple[tuple[pa.RecordBatch, ...], dict[str, str]]:
    """Return the batches in a file of rows, and what it says about itself.

    Args:
        source: An Arrow file; batches of a memory-mapped one occupy memory as they are read.
        where: What it is, for the message.

    Raises:
        DataError: It is no such file.
    """
    try:
        reader = pa.ipc.open_file(source)
        if not reader.schema.equals(SCHEMA, check_metadata=False):
            raise DataError(f"{where}: holds other columns than expected; {_REMAKE}")
        batches = tuple(reader.get_batch(i) for i in range(reader.num_record_batches))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{where}: cannot be read: {error}; {_REMAKE}") from error
    if any(len(batch) != BATCH_ROWS for batch in batches[:-1]):
        raise DataError(f"{where}: its rows lie in uneven batches; {_REMAKE}")
    facts = reader.schema.metadata or {}
    return batches, {key.decode(): value.decode() for key, value in facts.items()}


_REMAKE = "make it anew with: aura shards index DIR"
