"""Folds and splits that never divide a group.

All functions are pure: the same labels, groups and seed give the same folds, in any order of
calls and on any machine.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, Field

from aura.errors import DataError
from aura.tables import FAKE, REAL

_SHUFFLES = 32
"""Greedy assignments tried with different orders; the best balanced one is kept."""

_MAX_DEALT = 20_000
"""Groups dealt out in all; many groups balance well at the first attempt."""

_CLASS_NAMES = {REAL: "real", FAKE: "fake"}

TRAIN, TEST = "train", "test"


class SplitScheme(StrEnum):
    """How videos are divided into folds."""

    GROUP_K_FOLD = "group-k-fold"
    LEAVE_ONE_OUT = "leave-one-out"
    GIVEN = "given"


class SplitConfig(BaseModel, extra="forbid", frozen=True):
    """How videos are divided into folds and a test split."""

    scheme: SplitScheme = Field(
        default=SplitScheme.GROUP_K_FOLD,
        description="group-k-fold: balanced folds of whole groups; leave-one-out: one fold for "
        "each value of the column named in `by`; given: the columns fold and split of the table.",
    )
    folds: int = Field(default=5, ge=2, le=100, description="Number of folds of group-k-fold.")
    test: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="Share of the videos kept out of all folds, in whole groups; 0 for none.",
    )
    by: str = Field(
        default="source", description="The column whose values leave-one-out leaves out."
    )
    seed: int = Field(default=42, ge=0, description="Seed of the assignment.")


def stratified_group_folds(
    labels: ArrayLike, groups: Sequence[str], *, n_folds: int, seed: int
) -> NDArray[np.int64]:
    """Return a fold number for each video, whole groups together, classes balanced.

    Groups are dealt out from the most unequal to the least, each to the fold where it leaves the
    class counts most even (the greedy rule of scikit-learn's ``StratifiedGroupKFold``); of
    several random orders among equals, the best balanced result is kept.

    Args:
        labels: int [N], 0 real and 1 fake.
        groups: One group name a video.
        n_folds: Number of folds, at least 2.
        seed: Decides between equally good assignments.

    Returns:
        int64 [N] in ``range(n_folds)``. Every fold holds both classes.

    Raises:
        DataError: The groups do not suffice to give every fold both classes.

    >>> stratified_group_folds([0, 1, 0, 1], ["a", "a", "b", "b"], n_folds=2, seed=0).tolist()
    [0, 0, 1, 1]
    """
    truth = np.asarray(labels, dtype=np.int64)
    names, members = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    if truth.shape != members.shape:
        raise DataError(f"{truth.size} labels and {members.size} groups: one of each a video")
    counts = np.zeros((len(names), 2), dtype=np.int64)
    np.add.at(counts, (members, truth), 1)
    _require_enough_groups(counts, n_folds)
    rng = np.random.default_rng(seed)
    best: NDArray[np.int64] | None = None
    best_imbalance = np.inf
    for _ in range(max(1, min(_SHUFFLES, _MAX_DEALT // len(names)))):
        assigned = _deal(counts, n_folds, order=rng.permutation(len(names)))
        in_fold = _fold_counts(counts, assigned, n_folds)
        imbalance = _imbalance(in_fold)
        if (in_fold > 0).all() and imbalance < best_imbalance:
            best, best_imbalance = assigned, imbalance
    if best is None:
        raise DataError(_uneven_message(counts, n_folds))
    return best[members]


def _require_enough_groups(counts: NDArray[np.int64], n_folds: int) -> None:
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
            way_out = f"set split.folds={n_groups} or less, or " if n_groups > 1 else ""
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
    counts: NDArray[np.int64], n_folds: int, *, order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the fold of each group; ``counts`` is [G, 2], ``order`` breaks ties.

    The spread of a class over the folds is compared through F Σx² - (Σx)², in whole numbers, so
    that equally good folds are seen to be equal.
    """
    totals: list[int] = counts.sum(axis=0).tolist()
    share = counts / counts.sum(axis=0)
    shuffled = order[np.argsort(-share.std(axis=1)[order], kind="stable")]
    in_fold = [[0, 0] for _ in range(n_folds)]
    sums, squares = [0, 0], [0, 0]
    assigned = np.zeros(len(counts), dtype=np.int64)
    rows: list[list[int]] = counts[shuffled].tolist()
    for group, added in zip(shuffled.tolist(), rows, strict=True):

        def unevenness(fold: list[int], added: list[int] = added) -> float:
            total = 0.0
            for label in (REAL, FAKE):
                more = added[label]
                squared = squares[label] + more * (2 * fold[label] + more)
                spread = n_folds * squared - (sums[label] + more) ** 2
                total += math.sqrt(spread) / totals[label]
            return total

        def fullness(fold: list[int]) -> float:
            return fold[REAL] / totals[REAL] + fold[FAKE] / totals[FAKE]

        best = min(range(n_folds), key=lambda f: (unevenness(in_fold[f]), fullness(in_fold[f])))
        assigned[group] = best
        for label in (REAL, FAKE):
            more = added[label]
            squares[label] += more * (2 * in_fold[best][label] + more)
            sums[label] += more
            in_fold[best][label] += more
    return assigned


def _fold_counts(
    counts: NDArray[np.int64], assigned: NDArray[np.int64], n_folds: int
) -> NDArray[np.int64]:
    in_fold = np.zeros((n_folds, 2), dtype=np.int64)
    np.add.at(in_fold, assigned, counts)
    return in_fold


def _imbalance(in_fold: NDArray[np.int64]) -> float:
    share = in_fold / in_fold.sum(axis=0)
    return float(share.std(axis=0).sum())


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
    names, folds = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"split.by={column}: all videos have the value {names[0]!r}; "
            "leaving one out needs at least two values"
        )
    return folds.astype(np.int64)


def held_out_groups(
    labels: ArrayLike, groups: Sequence[str], *, share: float, seed: int
) -> NDArray[np.bool_]:
    """Return which videos form the test split: about ``share`` of them, whole groups, both classes.

    Args:
        labels: int [N], 0 real and 1 fake.
        groups: One group name a video.
        share: Wanted share of the videos, 0 ≤ share < 1.
        seed: Decides between equally good choices.

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
        dealt = stratified_group_folds(truth, groups, n_folds=parts.denominator, seed=seed)
    except DataError as error:
        raise DataError(
            f"no test split of {share:.0%} (split.test={share}): {error}, or set split.test=0"
        ) from error
    return dealt < parts.numerator
