"""The rows of an index that has no sidecar: a selection made by hand, or another program's shards.

Offsets come from the sidecars there are; shards that none of them knows are walked through once.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from aura.errors import DataError, TableError
from aura.shards.index import write_sidecar
from aura.shards.names import is_plain_name
from aura.shards.rows import BATCH_ROWS, INDEX_COLUMNS, SCHEMA, group_of
from aura.shards.scan import map_shard, stored_samples
from aura.shards.sidecar import index_chunks, open_sidecar
from aura.shards.storage import LocalStorage, RemoteStorage

_PLACE = {
    "shard": pl.String,
    "dir": pl.String,
    "split": pl.String,
    "width": pl.Int32,
    "height": pl.Int32,
    "has_mel": pl.Boolean,
    "offset": pl.Int64,
    "size_bytes": pl.Int64,
    "crc32": pl.Int64,
}
"""What the CSV does not say of a sample, and the two columns that tell which one it is."""


def read_index(storage: LocalStorage | RemoteStorage, filename: str) -> pl.DataFrame:
    """Return an index as people see it, its columns checked.

    Raises:
        DataError: It cannot be read.
        TableError: It lacks a column, or a column holds something else.
    """
    where = storage.where(filename)
    content = b"".join(index_chunks(storage, filename))
    try:
        index = pl.read_csv(content, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{where}: cannot be read as a table: {error}") from error
    absent = [name for name in INDEX_COLUMNS if name not in index.columns]
    if absent:
        raise TableError(
            f"{where}: an index has the columns {', '.join(INDEX_COLUMNS)}; it lacks "
            f"{', '.join(absent)}"
        )
    index = index.select(INDEX_COLUMNS).with_columns(pl.col("metadata").fill_null("{}"))
    empty = [name for name in INDEX_COLUMNS if index[name].null_count()]
    if empty:
        raise TableError(f"{where}: the column {empty[0]} has empty cells")
    numbers = [pl.col("num_frames").cast(pl.Int32), pl.col("label").cast(pl.Int8)]
    try:
        return index.with_columns(numbers)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{where}: num_frames and label are numbers: {error}") from error


def looked_up(
    storage: LocalStorage | RemoteStorage, filename: str, *, walk: bool = False
) -> tuple[pa.RecordBatch, ...]:
    """Return the rows of an index that has no sidecar of its own.

    Args:
        storage: Where it lies.
        filename: Its name.
        walk: Walk through all shards, whatever sidecars there are.

    Raises:
        DataError: A sample is in no shard, or a shard cannot be read.
        TableError: It is no index.
    """
    index = read_index(storage, filename)
    places = _known_places(storage, set(index["shard"]), walk=walk)
    joined = index.join(places, on=["shard", "dir"], how="left", maintain_order="left")
    lost = joined.filter(pl.col("offset").is_null())
    if len(lost):
        raise DataError(
            f"{storage.where(filename)}: {len(lost)} of {len(joined)} samples are in no shard, "
            f"first {lost.item(0, 'dir')} of {lost.item(0, 'shard')}; see aura shards verify"
        )
    return tuple(_even_batches(joined))


def _even_batches(rows: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    for part in rows.iter_slices(BATCH_ROWS):
        yield pa.RecordBatch.from_pylist(
            [_completed(row) for row in part.iter_rows(named=True)], schema=SCHEMA
        )


def _completed(row: dict[str, object]) -> dict[str, object]:
    """Return a row with its group, which no column of the CSV names."""
    try:
        metadata = json.loads(str(row["metadata"]))
    except ValueError as error:
        raise TableError(
            f"sample {row['sample_id']!r}: its metadata are no JSON: {error}"
        ) from error
    return row | {"group_id": group_of(str(row["sample_id"]), metadata)}


def _known_places(
    storage: LocalStorage | RemoteStorage, shards: set[str], *, walk: bool
) -> pl.DataFrame:
    """Return where the samples of ``shards`` lie: from sidecars, else from the shards."""
    parts: list[pl.DataFrame] = [pl.DataFrame(schema=_PLACE)]
    for name in () if walk else storage.sidecars():
        batches, _ = open_sidecar(storage, name)
        if batches:
            columns = pa.Table.from_batches(batches).select(list(_PLACE))
            parts.append(pl.DataFrame(pl.from_arrow(columns)))
    known = pl.concat(parts).unique(["shard", "dir"], keep="first", maintain_order=True)
    unknown = sorted(shards - set(known["shard"]))
    if isinstance(storage, RemoteStorage):
        if not unknown:
            return known
        raise DataError(
            f"{storage.address}: no sidecar tells where the samples of {unknown[0]} lie; run aura "
            "shards index on the folder before it goes there"
        )
    for name in unknown:
        if not is_plain_name(name):
            raise DataError(f"{storage.where('')}: {name!r} is no name of a shard beside an index")
        known = pl.concat([known, scanned_places(storage.folder / name)])
    return known


def remake_sidecar(folder: Path, index_filename: str) -> int:
    """Walk through the shards of an index and write its sidecar; return how many samples it has.

    Raises:
        DataError: The index names what is nowhere to be found, or a shard is damaged.
    """
    batches = looked_up(LocalStorage(folder), index_filename, walk=True)
    write_sidecar(folder, index_filename, batches)
    return sum(len(batch) for batch in batches)


def scanned_places(shard: Path) -> pl.DataFrame:
    """Return where the samples of a shard lie, found by walking through it.

    Raises:
        DataError: It is absent or damaged.
    """
    rows = [
        {
            "shard": shard.name,
            "dir": stored.dir,
            "has_mel": stored.has_mel,
            "offset": stored.offset,
            "size_bytes": stored.size_bytes,
            "crc32": stored.crc32,
        }
        for stored in stored_samples(map_shard(shard), where=str(shard))
    ]
    return pl.DataFrame(rows, schema=_PLACE)
