"""What is written once all samples are in: the splits' indices and the statistics."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from aura.atomic import write_text
from aura.shards.division import divide_samples
from aura.shards.index import Batches, write_index
from aura.shards.names import sidecar_name, split_filename
from aura.shards.statistics import ShardStatistics
from aura.splits import TEST, TRAIN, VAL


def write_division(
    folder: Path,
    filename: str,
    batches: Batches,
    *,
    val_share: float,
    seed: int,
    statistics_file: Path,
    settings: Mapping[str, Any],
) -> str:
    """Write the indices of the splits, and the statistics of all samples.

    Returns:
        Why there are no splits; empty where there are.

    Raises:
        LeakageError: The splits that came with the samples divide a group.
    """
    for split in (TRAIN, VAL, TEST):
        name = split_filename(filename, split)
        (folder / name).unlink(missing_ok=True)
        (folder / sidecar_name(name)).unlink(missing_ok=True)
    samples = _columns(batches)
    splits, undivided = divide_samples(samples, val_share=val_share, seed=seed)
    if splits is not None:
        for split in (TRAIN, VAL, TEST):
            chosen = splits == split
            if chosen.any():
                write_index(folder, split_filename(filename, split), batches, chosen=chosen)
    _write_statistics(statistics_file, batches, splits, undivided, settings)
    return undivided


def _columns(batches: Batches) -> pl.DataFrame:
    """Return what a division goes by."""
    schema = {"label": pl.Int8, "group_id": pl.String, "split": pl.String}
    parts = [pl.DataFrame(schema=schema)]
    for batch in batches():
        table = pa.Table.from_batches([batch.select(list(schema))])
        parts.append(pl.DataFrame(pl.from_arrow(table)))
    return pl.concat(parts)


def _write_statistics(
    path: Path,
    batches: Batches,
    splits: NDArray[np.object_] | None,
    undivided: str,
    settings: Mapping[str, Any],
) -> None:
    statistics, begin = ShardStatistics(), 0
    for batch in batches():
        end = begin + len(batch)
        statistics.add(batch, [None] * len(batch) if splits is None else splits[begin:end])
        begin = end
    record = {**statistics.record(), "undivided": undivided, "settings": dict(settings)}
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
