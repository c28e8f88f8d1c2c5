"""The indices of the splits held against the whole index and against each other."""

import json
from collections.abc import Iterator

import polars as pl

from aura.errors import DataError
from aura.shards.lookup import read_index
from aura.shards.names import split_filename
from aura.shards.rows import INDEX_COLUMNS, group_of
from aura.shards.shard_check import Finding
from aura.shards.storage import LocalStorage
from aura.splits import TEST, TRAIN, VAL


def check_splits(storage: LocalStorage, index: pl.DataFrame, filename: str) -> Iterator[Finding]:
    """Yield what is wrong with the splits' indices that are there.

    Args:
        storage: The folder.
        index: The whole index.
        filename: Its name.
    """
    parts: list[pl.DataFrame] = []
    for split in (TRAIN, VAL, TEST):
        name = split_filename(filename, split)
        if not storage.exists(name):
            continue
        try:
            part = read_index(storage, name)
        except DataError as error:
            yield Finding(name, "", "no index", str(error))
            continue
        strange = part.join(index, on=list(INDEX_COLUMNS), how="anti")
        for sample_id in strange["sample_id"]:
            yield Finding(name, sample_id, "other row", f"{filename} has no such row")
        parts.append(part.with_columns(file=pl.lit(name), group=_groups(part)))
    if parts:
        yield from _shared(pl.concat(parts), "sample_id", "in two splits")
        yield from _shared(pl.concat(parts), "group", "divided group")


def _groups(part: pl.DataFrame) -> pl.Series:
    groups: list[str] = []
    for sample_id, metadata in part.select("sample_id", "metadata").iter_rows():
        try:
            groups.append(group_of(sample_id, json.loads(metadata)))
        except (ValueError, AttributeError):
            groups.append(group_of(sample_id, {}))
    return pl.Series("group", groups, dtype=pl.String)


def _shared(rows: pl.DataFrame, column: str, kind: str) -> Iterator[Finding]:
    files = rows.group_by(column).agg(pl.col("file").unique().sort())
    for value, names in files.filter(pl.col("file").list.len() > 1).sort(column).iter_rows():
        yield Finding(names[1], value, kind, f"is in {names[0]} as well")
