"""Three ways to divide rows into folds: naively by row, by whole groups, by whole sources.

Each gives one fold number a row, from 0, and -1 for a row that takes no part.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import DataError
from aura.splits import stratified_group_folds
from aura.tables import FAKE, REAL

IntArray = NDArray[np.int64]

SOURCE_COLUMNS = ("source", "platform", "dataset")
"""Where videos come from; the first of these that tells them apart is left out."""

_WORDS = {REAL: "real", FAKE: "fake"}


def row_folds(labels: IntArray, *, n_folds: int, seed: int) -> IntArray:
    """Return folds dealt out row by row, classes balanced, kinship ignored: the naive way.

    Args:
        labels: int64 [N], 0 real and 1 fake.
        n_folds: How many folds; no more than there are rows of the rarer class.
        seed: Fixes the draw.

    Raises:
        DataError: A class has fewer than two rows.
    """
    _require_two(labels, np.arange(len(labels)).astype(str).tolist(), what="row")
    rng = np.random.default_rng(seed)
    n_folds = min(n_folds, *(int(np.count_nonzero(labels == label)) for label in (REAL, FAKE)))
    folds = np.empty(len(labels), dtype=np.int64)
    for label in (REAL, FAKE):
        rows = rng.permutation(np.flatnonzero(labels == label))
        folds[rows] = np.arange(len(rows)) % n_folds
    return folds


def group_folds(labels: IntArray, groups: Sequence[str], *, n_folds: int, seed: int) -> IntArray:
    """Return folds of whole groups, both classes in each; fewer than ``n_folds`` where need be.

    Raises:
        DataError: Not even two folds can be formed; the message says why.
    """
    most = min(n_folds, _require_two(labels, groups, what="group"))
    for n in range(most, 2, -1):
        try:
            return stratified_group_folds(labels, groups, n_folds=n, seed=seed)
        except DataError:
            # Groups too unequal for so many folds may do for fewer; two are the last resort.
            continue
    return stratified_group_folds(labels, groups, n_folds=2, seed=seed)


def source_folds(
    labels: IntArray,
    groups: Sequence[str],
    *,
    sources: Sequence[str | None],
    max_folds: int,
    seed: int,
) -> IntArray:
    """Return one fold for each source; sources share folds where there are more of them.

    A group may lie in several sources; `rows_to_learn_from` keeps it apart. Rows without a source
    take no part.

    Args:
        labels: int64 [N], 0 real and 1 fake.
        groups: One group name a row.
        sources: One source a row, or None.
        max_folds: Most folds.
        seed: Decides which sources share a fold.

    Raises:
        DataError: There are fewer than two sources, or all that is left to learn from when one is
            left out shares a label.
    """
    known = np.array([source is not None for source in sources])
    values = [source for source in sources if source is not None]
    names, codes = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    if len(names) < 2:
        raise DataError("all videos come from one source")
    shuffled = np.random.default_rng(seed).permutation(len(names)) % max_folds
    folds = np.full(len(labels), -1, dtype=np.int64)
    folds[known] = codes if len(names) <= max_folds else shuffled[codes]
    kin = group_codes(groups)
    for fold in np.unique(folds[known]):
        rest = labels[rows_to_learn_from(folds, int(fold), kin=kin)]
        if len(np.unique(rest)) < 2:
            left_out = str(names[codes[folds[known] == fold][0]])
            what = f"all {_WORDS[int(rest[0])]}" if len(rest) else "none"
            raise DataError(
                f"the videos outside the source {left_out!r} and its groups are {what}, so there "
                "is nothing to learn from without it"
            )
    return folds


def rows_to_learn_from(folds: IntArray, fold: int, *, kin: IntArray | None) -> NDArray[np.bool_]:
    """Return the rows that may teach a model of the fold ``fold``, bool [N].

    Args:
        folds: int64 [N], -1 for rows that take no part.
        fold: The fold to be judged.
        kin: The group of each row, int64 [N], where groups may lie in several folds: those of the
            fold to be judged teach nothing. None where kinship is not looked at.
    """
    test = folds == fold
    teaching = (folds >= 0) & ~test
    if kin is not None:
        teaching &= ~np.isin(kin, kin[test])
    return teaching


def group_codes(groups: Sequence[str]) -> IntArray:
    """Return a number for each group name, int64 [N]."""
    ranks = pl.Series("group", groups, dtype=pl.String()).rank("dense")
    return ranks.to_numpy().astype(np.int64)


def source_column(videos: pl.DataFrame) -> str | None:
    """Return the first column that says where videos come from and tells them apart, or None."""
    for name in SOURCE_COLUMNS:
        if name in videos.columns and videos[name].drop_nulls().n_unique() > 1:
            return name
    return None


def drawn_groups(groups: Sequence[str], *, limit: int, seed: int) -> NDArray[np.bool_]:
    """Return which rows to keep so that at most ``limit`` remain, whole groups at random.

    Args:
        groups: One group name a row.
        limit: Most rows.
        seed: Fixes the draw, whatever the order of the rows.

    Returns:
        bool [N], all true where there are no more than ``limit`` rows.
    """
    if len(groups) <= limit:
        return np.ones(len(groups), dtype=np.bool_)
    sizes = pl.Series("group", groups).value_counts(name="n").filter(pl.col("n") <= limit)
    drawn = sizes.sort("group").sample(fraction=1.0, shuffle=True, seed=seed)
    kept = drawn.filter(pl.col("n").cum_sum() <= limit)["group"]
    return pl.Series("group", groups).is_in(kept.implode()).to_numpy()


def _require_two(labels: IntArray, names: Sequence[str], *, what: str) -> int:
    """Return in how many groups the rarer class lies; raise where these are fewer than two."""
    table = pl.DataFrame({"label": labels, "name": names})
    counts = {
        label: table.filter(pl.col("label") == label)["name"].n_unique() for label in (REAL, FAKE)
    }
    label = min(counts, key=lambda one: counts[one])
    if counts[label] < 2:
        raise DataError(
            f"{_WORDS[label]} videos lie in {counts[label]} {what}{'s' * (counts[label] != 1)}; "
            f"two folds need them in at least two"
        )
    return counts[label]
