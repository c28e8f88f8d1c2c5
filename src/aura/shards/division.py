"""Which samples train and which validate: whole groups, both classes."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import DataError, LeakageError
from aura.splits import SPLITS, TEST, TRAIN, VAL, held_out_groups


def divide_samples(
    samples: pl.DataFrame, *, val_share: float, seed: int
) -> tuple[NDArray[np.object_] | None, str]:
    """Return the split of each sample, or None and the reason why there can be no division.

    Splits that come with the samples are kept; where they name no ``val``, it is divided off what
    would train. Every split holds whole groups.

    Args:
        samples: The columns ``label``, ``group_id`` and ``split`` (null where none is known).
        val_share: Share of the training samples to validate with; 0 for none.
        seed: Decides between equally good divisions.

    Raises:
        DataError: A split has an unknown name.
        LeakageError: The splits that came with the samples divide a group.
    """
    given = samples["split"].fill_null(TRAIN)
    strange = sorted(set(given.unique()) - set(SPLITS))
    if strange:
        raise DataError(
            f"samples come with the split {strange[0]!r}; expected one of {', '.join(SPLITS)}"
        )
    _require_whole(samples)
    splits = given.to_numpy().astype(object)
    if VAL in splits or val_share == 0:
        return splits, ""
    train = given == TRAIN
    inside = samples.filter(train)
    try:
        held_out = held_out_groups(
            inside["label"].to_numpy(), inside["group_id"], share=val_share, seed=seed
        )
    except DataError as error:
        n_groups = inside["group_id"].n_unique()
        return None, (
            f"{len(inside)} samples in {n_groups} groups cannot be divided into training and "
            f"{val_share:.0%} validation, each with whole groups of both classes: "
            f"{error.__cause__ or error}"
        )
    splits[np.flatnonzero(train.to_numpy())[held_out]] = VAL
    return splits, ""


def _require_whole(samples: pl.DataFrame) -> None:
    used = samples.filter(pl.col("split").is_in([TRAIN, VAL, TEST]))
    divided = (
        used.group_by("group_id")
        .agg(pl.col("split").n_unique().alias("n"))
        .filter(pl.col("n") > 1)["group_id"]
        .sort()
    )
    if len(divided):
        raise LeakageError(
            f"{len(divided)} groups lie in two of the splits that samples came with, first "
            f"{divided[0]!r}; divide the manifest anew (aura data split)"
        )
