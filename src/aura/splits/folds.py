"""The arithmetic of folds: which group goes where.

All functions are pure: the same labels, groups and seed give the same folds, in any order of
calls and on any machine.
"""

import hashlib
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from aura.errors import DataError
from aura.tables import FAKE, REAL

Names = Sequence[str] | pl.Series
"""One name a video."""

_SHUFFLES = 32
"""Greedy assignments tried with different orders; the best balanced one is kept."""

_MAX_DEALT = 20_000
"""Groups dealt out in all; many groups balance well at the first attempt."""

_MAX_STRATA = 64
"""Strata balanced one by one; free text would otherwise make one of every video."""

_FEWER_FOLDS = "set split.folds={} or less, or "
_LARGER_SHARE = "set a share of 1/{} or more, or "

_CLASS_NAMES = {REAL: "real", FAKE: "fake"}


def stratified_group_folds(
    labels: ArrayLike,
    groups: Names,
    *,
    n_folds: int,
    seed: int,
    strata: Names | None = None,
) -> NDArray[np.int64]:
    """Return a fold number for each video, whole groups together, classes balanced.

    Groups are dealt out from the most unequal to the least, each to the fold where it leaves the
    counts most even (the greedy rule of scikit-learn's ``StratifiedGroupKFold``); of several
    random orders among equals, the best balanced result is kept. The two classes count in full,
    all strata together as much as one class, so that strata decide between divisions that leave
    the classes about equally even. Many groups of equal content are dealt in equal numbers at
    once, which changes no balance.

    Args:
        labels: int [N], 0 real and 1 fake.
        groups: One group name a video.
        n_folds: Number of folds, at least 2.
        seed: Decides between equally good assignments.
        strata: One name a video, of what is to be spread evenly within each class.

    Returns:
        int64 [N] in ``range(n_folds)``. Every fold holds both classes.

    Raises:
        DataError: The groups do not suffice to give every fold both classes.

    >>> stratified_group_folds([0, 1, 0, 1], ["a", "a", "b", "b"], n_folds=2, seed=0).tolist()
    [0, 0, 1, 1]
    """
    truth = np.asarray(labels, dtype=np.int64)
    return _dealt(truth, groups, n_folds, seed=seed, strata=strata, remedy=_FEWER_FOLDS)


def _dealt(
    truth: NDArray[np.int64],
    groups: Names,
    n_parts: int,
    *,
    seed: int,
    strata: Names | None,
    remedy: str,
) -> NDArray[np.int64]:
    """Return the part of each video; ``remedy`` says what to do where groups are too few."""
    names, members = _numbered(groups)
    if truth.shape != members.shape:
        raise DataError(f"{truth.size} labels and {members.size} groups: one of each a video")
    counts = np.zeros((len(names), 2), dtype=np.int64)
    np.add.at(counts, (members, truth), 1)
    _require_enough_groups(counts, n_parts, remedy=remedy)
    content, weights = _content(counts, truth, members, strata, n_folds=n_parts)
    rng = np.random.default_rng(seed)
    best: NDArray[np.int64] | None = None
    best_imbalance = np.inf
    for _ in range(max(1, min(_SHUFFLES, _MAX_DEALT // len(names)))):
        assigned = _deal(content, weights, n_parts, order=rng.permutation(len(names)))
        in_fold = _fold_counts(content, assigned, n_parts)
        imbalance = _imbalance(in_fold, weights)
        if (in_fold[:, :2] > 0).all() and imbalance < best_imbalance:
            best, best_imbalance = assigned, imbalance
    if best is None:
        raise DataError(_uneven_message(counts, n_parts))
    return best[members]


def _numbered(names: Names) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct names, sorted, and for each video the place of its own among them."""
    series = pl.Series("name", names, dtype=pl.String())
    members = series.rank("dense").to_numpy().astype(np.int64) - 1
    return series.unique().sort().to_list(), members


def _content(
    counts: NDArray[np.int64],
    truth: NDArray[np.int64],
    members: NDArray[np.int64],
    strata: Names | None,
    *,
    n_folds: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what each group holds, int64 [G, 2 + S], and how much each column weighs.

    Strata too rare for every fold, and all but the largest, count as one.
    """
    if strata is None:
        return counts, np.ones(2)
    named = pl.DataFrame({"label": truth, "stratum": pl.Series(strata, dtype=pl.String())})
    keys = named.select(pl.format("{}:{}", "label", "stratum").alias("key"))
    sizes = keys.group_by("key").len().filter(pl.col("len") >= n_folds)
    common = sizes.sort("len", "key", descending=[True, False]).head(_MAX_STRATA)["key"]
    pooled = pl.when(pl.col("key").is_in(common.to_list())).then("key").otherwise(pl.lit(""))
    values, column = _numbered(keys.select(pooled).to_series())
    if len(values) <= 2:  # nothing beyond the classes
        return counts, np.ones(2)
    further = np.zeros((len(counts), len(values)), dtype=np.int64)
    np.add.at(further, (members, column), 1)
    weights = np.concatenate([np.ones(2), np.full(len(values), 1 / len(values))])
    return np.hstack([counts, further]), weights


def _require_enough_groups(counts: NDArray[np.int64], n_folds: int, *, remedy: str) -> None:
    """Raise unless each class occurs in at least ``n_folds`` groups; ``counts`` is [G, 2]."""
    total = counts.sum(axis=0)
    for label, name in _CLASS_NAMES.items():
        if total[label] == 0:
            other = _CLASS_NAMES[1 - label]
            raise DataError(
                f"all {total.sum()} videos are {other}; both real and fake videos are needed. "
                f"Add {name} videos, or check the labels"
            )
        n_groups = int((counts[:, label] > 0).sum())
        if n_groups < n_folds:
            way_out = remedy.format(n_groups) if n_groups > 1 else ""
            raise DataError(
                f"{n_folds} folds need {name} videos in at least {n_folds} groups, there are "
                f"{n_groups}: {way_out}add groups with {name} videos"
            )


def _uneven_message(counts: NDArray[np.int64], n_folds: int) -> str:
    biggest = int(counts.sum(axis=1).max())
    return (
        f"no division of {len(counts)} groups into {n_folds} folds gives every fold both classes "
        f"(the largest group holds {biggest} of {int(counts.sum())} videos): "
        "set a smaller split.folds, or check group_id"
    )


def _deal(
    content: NDArray[np.int64],
    weights: NDArray[np.float64],
    n_folds: int,
    *,
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the fold of each group; ``content`` is [G, C], ``order`` breaks ties."""
    share = content / content.sum(axis=0)
    shuffled = order[np.argsort(-share[:, :2].std(axis=1)[order], kind="stable")]
    assigned = np.full(len(content), -1, dtype=np.int64)
    if len(content) > _MAX_DEALT:
        _deal_alike(content, n_folds, assigned, order=shuffled)
    table = _Table(content.sum(axis=0), weights, n_folds)
    for fold, row in enumerate(_fold_counts(content, assigned, n_folds)):
        table.add(fold, row.tolist())
    left = shuffled[assigned[shuffled] < 0]
    rows: list[list[int]] = content[left].tolist()
    for group, row in zip(left.tolist(), rows, strict=True):
        fold = table.best_fold(row)
        assigned[group] = fold
        table.add(fold, row)
    return assigned


def _deal_alike(
    content: NDArray[np.int64],
    n_folds: int,
    assigned: NDArray[np.int64],
    *,
    order: NDArray[np.int64],
) -> None:
    """Give every fold the same number of each kind of group; what is left over stays at -1."""
    _, kind = np.unique(content[order], axis=0, return_inverse=True)
    by_kind = np.argsort(kind, kind="stable")
    counts = np.bincount(kind)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    even = place < np.repeat(counts // n_folds * n_folds, counts)
    assigned[order[by_kind[even]]] = place[even] % n_folds


class _Table:
    """The folds while groups are dealt out.

    The spread of a column over the folds is F Σx² - (Σx)², in whole numbers, so that equally good
    folds are seen to be equal.
    """

    def __init__(
        self, totals: NDArray[np.int64], weights: NDArray[np.float64], n_folds: int
    ) -> None:
        self._folds = [[0] * len(totals) for _ in range(n_folds)]
        self._sums = [0] * len(totals)
        self._squares = [0] * len(totals)
        self._totals: list[int] = totals.tolist()
        self._scale: list[float] = (weights / np.maximum(totals, 1)).tolist()

    def add(self, fold: int, row: list[int]) -> None:
        """Put a group into a fold."""
        held = self._folds[fold]
        for column, more in enumerate(row):
            if more:
                self._squares[column] += more * (2 * held[column] + more)
                self._sums[column] += more
                held[column] += more

    def best_fold(self, row: list[int]) -> int:
        """Return the fold where a group leaves the counts most even, of equals the emptiest."""
        n_folds = len(self._folds)
        # Columns the group does not touch add the same for every fold, and are left out.
        touched = [(column, more) for column, more in enumerate(row) if more]
        best, least = 0, (math.inf, math.inf)
        for fold, held in enumerate(self._folds):
            unevenness = 0.0
            for column, more in touched:
                squared = self._squares[column] + more * (2 * held[column] + more)
                spread = n_folds * squared - (self._sums[column] + more) ** 2
                unevenness += math.sqrt(spread) * self._scale[column]
            fullness = held[REAL] / self._totals[REAL] + held[FAKE] / self._totals[FAKE]
            if (unevenness, fullness) < least:
                best, least = fold, (unevenness, fullness)
        return best


def _fold_counts(
    content: NDArray[np.int64], assigned: NDArray[np.int64], n_folds: int
) -> NDArray[np.int64]:
    """Return what each fold holds, int64 [F, C]; groups assigned to -1 are in none."""
    in_fold = np.zeros((n_folds, content.shape[1]), dtype=np.int64)
    placed = assigned >= 0
    np.add.at(in_fold, assigned[placed], content[placed])
    return in_fold


def _imbalance(in_fold: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    share = in_fold / in_fold.sum(axis=0)
    return float((share.std(axis=0) * weights).sum())


def leave_one_out_folds(values: Sequence[str | None], *, column: str) -> NDArray[np.int64]:
    """Return one fold for each distinct value, numbered in sorted order.

    A fold may then hold a single class; figures over all folds remain defined.

    Args:
        values: One value a video.
        column: The values' name, for messages.

    Raises:
        DataError: A value is missing, or there are fewer than two.

    >>> leave_one_out_folds(["b", "a", "b"], column="source").tolist()
    [1, 0, 1]
    """
    empty = [row for row, value in enumerate(values) if value is None]
    if empty:
        raise DataError(
            f"split.by={column}: the column is empty for {len(empty)} videos, first in row "
            f"{empty[0]}; fill it, or choose another column"
        )
    names, folds = _numbered([value for value in values if value is not None])
    if len(names) < 2:
        raise DataError(
            f"split.by={column}: all videos have the value {names[0]!r}; "
            "leaving one out needs at least two values"
        )
    return folds


def held_out_groups(
    labels: ArrayLike,
    groups: Names,
    *,
    share: float,
    seed: int,
    strata: Names | None = None,
) -> NDArray[np.bool_]:
    """Return which videos form the test split: about ``share`` of them, whole groups, both classes.

    Args:
        labels: int [N], 0 real and 1 fake.
        groups: One group name a video.
        share: Wanted share of the videos, 0 ≤ share < 1.
        seed: Decides between equally good choices.
        strata: As for `stratified_group_folds`.

    Returns:
        bool [N], true for videos of the test split.

    Raises:
        DataError: The groups do not suffice for a test split and a rest with both classes.
    """
    truth = np.asarray(labels, dtype=np.int64)
    if share == 0:
        return np.zeros(truth.shape, dtype=np.bool_)
    parts = Fraction(share).limit_denominator(max(10, math.ceil(1 / min(share, 1 - share))))
    try:
        dealt = _dealt(
            truth, groups, parts.denominator, seed=seed, strata=strata, remedy=_LARGER_SHARE
        )
    except DataError as error:
        raise DataError(
            f"{share:.0%} of the videos cannot be kept out (split.test, split.val): {error}, or "
            "set split.test=0"
        ) from error
    return dealt < parts.numerator


def hashed_positions(
    groups: Names, *, seed: int, members: Names | None = None
) -> NDArray[np.float64]:
    """Return a place in [0, 1) for each video that its group and the seed alone decide.

    Places are spread evenly and do not move when other groups come or go. A group that grows by
    one to n members keeps its place with probability 1 - 1/n: one of its members, chosen by
    another hash, gives the place.

    Args:
        groups: One group name a video.
        seed: Another seed gives other places.
        members: One name a video, by which it is known within its group; the group's by default.

    >>> hashed_positions(["a", "b", "a"], seed=1).round(3).tolist()
    [0.564, 0.842, 0.564]
    """
    own = pl.Series("own", groups if members is None else members, dtype=pl.String())
    names, number = _numbered(own)
    salt = f"{seed}\0".encode()
    digests = b"".join(
        hashlib.blake2b(salt + name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for name in names
    )
    halves = np.frombuffer(digests, dtype=">u8").reshape(-1, 2)
    # 53 bits fill a float64 exactly.
    places = (halves[:, 0] >> np.uint64(11)) / 2.0**53
    table = pl.DataFrame(
        {
            "group": pl.Series(groups, dtype=pl.String()),
            "rank": halves[number, 1].astype(np.uint64),
            "place": places[number],
        }
    )
    first = pl.col("place").sort_by("rank").first().over("group")
    return table.select(first).to_series().to_numpy()
