"""Every sample of a folder read again: what is damaged, what is odd, and what there is."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pyarrow as pa

from aura.errors import DataError
from aura.progress import Progress, Silent
from aura.shards.index import checksum
from aura.shards.lookup import read_index
from aura.shards.names import SHARD_SUFFIX, is_plain_name, sidecar_name, split_filename
from aura.shards.shard_check import Expected, Finding, Place, ShardCheck, check_shard
from aura.shards.sidecar import index_chunks, open_sidecar
from aura.shards.split_check import check_splits
from aura.shards.storage import LocalStorage
from aura.splits import TEST, TRAIN, VAL

_NAME = "verify"
_SPLITS = (TRAIN, VAL, TEST)

RowT = TypeVar("RowT", Expected, Place)


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a folder of shards again brought.

    Attributes:
        damage: What is missing, cannot be read or is not what was written.
        remarks: What to look at.
        statistics: Counts and sizes, as JSON can hold them.
    """

    damage: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    statistics: dict[str, Any]

    def record(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            **self.statistics,
            "damage": [asdict(finding) for finding in self.damage],
            "remarks": [asdict(finding) for finding in self.remarks],
        }


def verify_shards(
    folder: Path,
    index_filename: str = "index.csv",
    *,
    n_threads: int = 1,
    progress: Progress | None = None,
) -> Verification:
    """Read and decode every sample and hold shards, index, sidecars and splits against each other.

    Raises:
        DataError: It is no folder of shards.
    """
    storage, progress = LocalStorage(folder), progress or Silent()
    present = {path.name for path in folder.glob(f"[!.]*{SHARD_SUFFIX}")}
    if not present and not storage.exists(index_filename):
        raise DataError(f"{folder}: expected shards and {index_filename}; there are neither")
    index, damage = _read_index(storage, index_filename)
    places, remarks, more = _read_places(storage, index_filename)
    damage += more
    damage += _repeated(index, index_filename)
    named = set(index["shard"])
    damage += [Finding(n, "", "missing shard", "the index names it") for n in named - present]
    shards = sorted(present)
    rows_of, places_of = _parted(index), None if places is None else _parted(places)
    progress.start(_NAME, total=len(shards))
    checks: list[ShardCheck] = []
    with ThreadPoolExecutor(n_threads) as pool:
        for check in pool.map(
            lambda name: check_shard(
                folder / name,
                _by_dir(rows_of.get(name), Expected),
                places=None if places_of is None else _by_dir(places_of.get(name), Place),
            ),
            shards,
        ):
            checks.append(check)
            damage += check.damage
            progress.advance(_NAME, note=f"{len(damage)} findings" if damage else "")
    progress.finish(_NAME)
    remarks += _same_frames(checks)
    remarks += [
        Finding(path.name, "", "unfinished", "an interrupted writer left it; resuming removes it")
        for path in sorted(folder.glob(".*.partial*"))
    ]
    for split in _SPLITS:
        name = split_filename(index_filename, split)
        if storage.exists(name):
            remarks += _read_places(storage, name)[1]
    damage += check_splits(storage, index, index_filename)
    return Verification(
        tuple(sorted(damage)), tuple(sorted(remarks)), _statistics(folder, index, checks, damage)
    )


def _read_index(storage: LocalStorage, name: str) -> tuple[pl.DataFrame, list[Finding]]:
    try:
        return read_index(storage, name), []
    except DataError as error:
        empty = {"sample_id": pl.String, "shard": pl.String, "dir": pl.String}
        empty |= {"num_frames": pl.Int32, "label": pl.Int8, "metadata": pl.String}
        return pl.DataFrame(schema=empty), [Finding(name, "", "no index", str(error))]


def _read_places(
    storage: LocalStorage, index_filename: str
) -> tuple[pl.DataFrame | None, list[Finding], list[Finding]]:
    """Return what a sidecar that fits its index says, with remarks and damage."""
    name = sidecar_name(index_filename)
    if not storage.exists(name):
        hint = "opening walks through all shards; make it with: aura shards index DIR"
        return None, [Finding(name, "", "no sidecar", hint)], []
    try:
        batches, facts = open_sidecar(storage, name)
        size, crc = checksum(index_chunks(storage, index_filename))
    except DataError as error:
        return None, [], [Finding(name, "", "sidecar", str(error))]
    if facts != {"csv_size_bytes": str(size), "csv_crc32": str(crc)}:
        hint = f"{index_filename} was changed since; make it anew with: aura shards index DIR"
        return None, [Finding(name, "", "stale sidecar", hint)], []
    if not batches:
        return None, [], []
    columns = pa.Table.from_batches(batches).select(
        ["shard", "dir", "offset", "size_bytes", "crc32"]
    )
    return pl.DataFrame(pl.from_arrow(columns)), [], []


def _parted(table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the rows of each shard."""
    parts = table.partition_by("shard", as_dict=True, include_key=False)
    return {str(key[0]): part for key, part in parts.items()}


def _by_dir(rows: pl.DataFrame | None, kind: Callable[..., RowT]) -> dict[str, RowT]:
    """Return the rows of one shard by the samples' folders."""
    if rows is None:
        return {}
    names = [name for name in rows.columns if name != "dir"]
    return {
        row["dir"]: kind(**{name: row[name] for name in names})
        for row in rows.iter_rows(named=True)
    }


def _repeated(index: pl.DataFrame, name: str) -> Iterator[Finding]:
    for columns, kind in ((["sample_id"], "repeated id"), (["shard", "dir"], "repeated sample")):
        repeated = index.filter(pl.struct(columns).is_duplicated())
        for sample_id in repeated["sample_id"].unique().sort():
            yield Finding(name, sample_id, kind, f"{' and '.join(columns)} stand there twice")
    for shard in index["shard"].unique():
        if not is_plain_name(shard):
            yield Finding(name, "", "strange shard", f"{shard!r} is no file beside the index")


def _same_frames(checks: list[ShardCheck]) -> Iterator[Finding]:
    """Yield a finding for each sample whose frames are those of an earlier one."""
    parts = [
        pl.DataFrame(
            {"digest": check.digests, "dir": check.dirs, "shard": [check.shard] * len(check.dirs)},
            schema={"digest": pl.UInt64, "dir": pl.String, "shard": pl.String},
        )
        for check in checks
    ]
    if not parts:
        return
    every = pl.concat(parts)
    for _, group in every.filter(pl.col("digest").is_duplicated()).group_by("digest"):
        first, *others = group.sort("shard", "dir").iter_rows(named=True)
        for other in others:
            detail = f"the frames of {first['dir']} in {first['shard']}"
            yield Finding(other["shard"], other["dir"], "same frames", detail)


def _statistics(
    folder: Path, index: pl.DataFrame, checks: list[ShardCheck], damage: list[Finding]
) -> dict[str, Any]:
    resolutions: Counter[str] = Counter()
    for check in checks:
        resolutions.update(check.resolutions)
    labels = Counter(index["label"].to_list())
    return {
        "folder": str(folder),
        "n_samples": len(index),
        "n_read": sum(len(check.dirs) for check in checks),
        "n_shards": len(checks),
        "n_frames": sum(check.n_frames for check in checks),
        "n_with_sound": sum(check.n_with_sound for check in checks),
        "size_bytes": sum(check.size_bytes for check in checks),
        "classes": {"real": labels[0], "fake": labels[1]},
        "resolutions": dict(resolutions.most_common()),
        "findings": dict(sorted(Counter(finding.kind for finding in damage).items())),
    }
