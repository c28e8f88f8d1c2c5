"""The index on disk: the CSV people read, and the sidecar of offsets that machines open.

The sidecar carries the CSV's size and checksum, so that one that was edited is never paired with
offsets and labels of before.
"""

import csv
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aura.atomic import atomic_path
from aura.shards.names import sidecar_name
from aura.shards.rows import INDEX_COLUMNS, SCHEMA, write_rows

_CHUNK_BYTES = 1 << 22

Batches = Callable[[], Iterable[pa.RecordBatch]]
"""Gives the rows as often as asked."""


def write_index(
    folder: Path, filename: str, batches: Batches, *, chosen: NDArray[np.bool_] | None = None
) -> int:
    """Write an index and its sidecar; return how many samples it names.

    Args:
        folder: The folder of shards.
        filename: Of the index.
        batches: The rows in their order; read twice.
        chosen: bool [N], which of them to name; by default all.
    """
    # Without its index the sidecar says nothing, and the two never contradict each other.
    (folder / sidecar_name(filename)).unlink(missing_ok=True)
    n_rows = 0
    with atomic_path(folder / filename) as partial, partial.open("wb") as stream:
        stream.write(_csv_bytes([INDEX_COLUMNS]))
        for batch in _chosen(batches(), chosen):
            columns = (batch.column(name).to_pylist() for name in INDEX_COLUMNS)
            stream.write(_csv_bytes(zip(*columns, strict=True)))
            n_rows += len(batch)
    write_sidecar(folder, filename, _chosen(batches(), chosen))
    return n_rows


def write_sidecar(folder: Path, filename: str, batches: Iterable[pa.RecordBatch]) -> None:
    """Write the sidecar of an index that is there."""
    with (folder / filename).open("rb") as stream:
        size, crc = checksum(iter(lambda: stream.read(_CHUNK_BYTES), b""))
    facts = {"csv_size_bytes": size, "csv_crc32": crc}
    write_rows(folder / sidecar_name(filename), batches, facts=facts)


def _csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _chosen(
    batches: Iterable[pa.RecordBatch], chosen: NDArray[np.bool_] | None
) -> Iterator[pa.RecordBatch]:
    begin = 0
    for batch in batches:
        end = begin + len(batch)
        yield batch if chosen is None else batch.filter(pa.array(chosen[begin:end]))
        begin = end


def checksum(chunks: Iterable[bytes]) -> tuple[int, int]:
    """Return the size and the CRC-32 of what the chunks make up.

    >>> checksum([b"ab", b"c"]) == checksum([b"abc"])
    True
    """
    size = crc = 0
    for chunk in chunks:
        size += len(chunk)
        crc = zlib.crc32(chunk, crc)
    return size, crc


def column_of(batches: Iterable[pa.RecordBatch], name: str) -> pa.ChunkedArray:
    """Return one column of all batches, without copying it."""
    arrays = [batch.column(name) for batch in batches]
    return pa.chunked_array(arrays, type=SCHEMA.field(name).type)


def codes_of(batches: Iterable[pa.RecordBatch], name: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return a column of texts as numbers, and the text of each number, in the order of text."""
    column = column_of(batches, name).dictionary_encode().unify_dictionaries()
    if not column.num_chunks:
        return np.empty(0, dtype=np.int64), []
    names = column.chunk(0).dictionary.to_pylist()
    ranks = np.argsort(np.argsort(np.array(names, dtype=object)))
    codes = [ranks[chunk.indices.to_numpy()] for chunk in column.chunks]
    return np.concatenate(codes).astype(np.int64), sorted(names)
