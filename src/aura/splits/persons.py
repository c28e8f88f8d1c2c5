"""Persons dealt to folds where fakes join nearly all of them.

A fake with two persons ties both; in data sets that swap everybody with everybody, all videos end
in one group that no split can divide. Dealing persons to parts and leaving out the videos whose
persons lie in different parts keeps the promise that matters: nobody is in two parts.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import DataError
from aura.leakage import IDENTITY, components, ties_of
from aura.tables import FAKE

_TRIES = 64
"""Random orders of persons; the division that keeps the most videos in balance wins."""

NOWHERE = -1
"""The part of a video that is left out."""


def divided_persons(
    videos: pl.DataFrame, *, shares: Sequence[float], seed: int
) -> NDArray[np.int64]:
    """Return the part of each video, -1 for those left out.

    Videos without a person count as one of their own, together with what they are tied to. Ties
    of other kinds stay whole too: where they cross parts, the smaller side is left out.

    Args:
        videos: A table with ``label`` and the columns `aura.leakage.ties_of` reads.
        shares: Wanted share of the persons' videos in each part; they add up to 1.
        seed: Decides between equally good divisions.

    Raises:
        DataError: No division gives every part both classes.
    """
    ties = ties_of(videos)
    others = ties.filter(pl.col("kind") != IDENTITY)
    rows, persons, n_persons = _persons(videos, ties, others)
    labels = videos["label"].to_numpy()
    weights = np.bincount(persons, minlength=n_persons)
    best: NDArray[np.int64] | None = None
    best_score = -1.0
    rng = np.random.default_rng(seed)
    for _ in range(_TRIES):
        part_of = _dealt(weights, shares, order=rng.permutation(n_persons))
        parts = _one_part(rows, part_of[persons], n_videos=len(videos))
        score = _score(labels, parts, shares)
        if score > best_score:
            best, best_score = parts, score
    if best is None or best_score <= 0:
        raise DataError(
            f"no division of {n_persons} persons into {len(shares)} parts leaves every part real "
            "and fake videos: set fewer parts (split.folds), or split.identities=ignored and see "
            "what leaks"
        )
    return _without_straddlers(best, others)


def _persons(
    videos: pl.DataFrame, ties: pl.DataFrame, others: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return (video row, person number) pairs sorted by row, and how many persons there are."""
    named = ties.filter(pl.col("kind") == IDENTITY).select("row", pl.col("value"))
    tied = components(others, n_videos=len(videos))
    alone = (
        pl.DataFrame({"row": np.arange(len(videos), dtype=np.uint32), "part": tied})
        .join(named, on="row", how="anti")
        .select("row", pl.format("\0{}", "part").alias("value"))
    )
    pairs = pl.concat([named, alone]).unique().sort("row", "value")
    numbers = pairs["value"].rank("dense").to_numpy().astype(np.int64) - 1
    return pairs["row"].to_numpy().astype(np.int64), numbers, int(numbers.max()) + 1


def _dealt(
    weights: NDArray[np.int64], shares: Sequence[float], *, order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the part of each person: heavy ones first, each to the part that lacks the most."""
    wanted = np.asarray(shares) * weights.sum()
    ranked = order[np.argsort(-weights[order], kind="stable")]
    # Heavy persons alone go by size; an order among near equals is what the tries vary.
    blurred = ranked[np.argsort(-np.log2(weights[ranked] + 1.0).round(), kind="stable")]
    part_of = np.zeros(len(weights), dtype=np.int64)
    held = np.zeros(len(wanted))
    for person in blurred.tolist():
        part = int(np.argmax((wanted - held) / wanted))
        part_of[person] = part
        held[part] += weights[person]
    return part_of


def _one_part(
    rows: NDArray[np.int64], parts: NDArray[np.int64], *, n_videos: int
) -> NDArray[np.int64]:
    """Return the part all of a video's persons share, or -1."""
    starts = np.searchsorted(rows, np.arange(n_videos))
    low, high = np.minimum.reduceat(parts, starts), np.maximum.reduceat(parts, starts)
    return np.where(low == high, low, NOWHERE)


def _score(labels: NDArray[np.int64], parts: NDArray[np.int64], shares: Sequence[float]) -> float:
    """Return how many videos are kept, less for parts that lack a class; 0 where one has none."""
    kept = parts >= 0
    wanted = np.asarray(shares)
    score = float(kept.sum())
    for label in (1 - FAKE, FAKE):
        held = np.bincount(parts[kept & (labels == label)], minlength=len(wanted))
        if not held.all():
            return 0.0
        score *= float(np.minimum(1.0, held / (wanted * held.sum())).min())
    return score


def _without_straddlers(parts: NDArray[np.int64], others: pl.DataFrame) -> NDArray[np.int64]:
    """Leave out the smaller sides of whatever ties other than persons join across parts."""
    kept = parts >= 0
    tied = components(others.filter(pl.Series(kept).gather(others["row"])), n_videos=len(parts))
    table = pl.DataFrame({"component": tied, "part": parts}).with_columns(
        part=pl.when(pl.Series(kept)).then("part")
    )
    sizes = table.drop_nulls().group_by("component", "part").len()
    biggest = (
        sizes.sort("component", "len", "part", descending=[False, True, False])
        .group_by("component", maintain_order=True)
        .first()
        .select("component", pl.col("part").alias("biggest"))
    )
    joined = table.join(biggest, on="component", how="left", maintain_order="left")
    stays = joined.select((pl.col("part") == pl.col("biggest")).fill_null(value=False))
    return np.where(stays.to_series().to_numpy(), parts, NOWHERE)
