"""From a manifest and a scheme to folds, splits and groups."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import DataError
from aura.leakage import UNUSED, group_ids, merged_groups
from aura.splits.config import TEST, TRAIN, VAL, SplitConfig, SplitScheme
from aura.splits.folds import (
    hashed_positions,
    held_out_groups,
    leave_one_out_folds,
    stratified_group_folds,
)
from aura.splits.persons import NOWHERE, divided_persons

_USUAL_BALANCE: tuple[str, ...] = SplitConfig().balance
"""Columns to balance that a table may lack."""

_JUDGED, _LEARNED = 0, 1
"""Folds of a single division: models are judged on fold 0, the val split, and never on fold 1."""


def assign_folds(videos: pl.DataFrame, *, split: SplitConfig) -> pl.DataFrame:
    """Return ``videos`` with the columns ``group_id``, ``fold`` and ``split`` as a scheme says.

    Videos of the test split have no fold, nor have those a scheme leaves out (split ``unused``).
    With a single division, the val split is fold 0 and the train split fold 1.

    Args:
        videos: A table with ``video_id``, ``label`` and the columns `aura.leakage.ties_of` reads.
        split: The scheme.

    Raises:
        DataError: The groups do not allow it, or a column the scheme needs is absent.
    """
    scheme = split.scheme
    bare = videos.drop("split", "fold", strict=False)
    if scheme in (SplitScheme.FFPP_OFFICIAL, SplitScheme.CELEBDF_OFFICIAL):
        identities = "ignored" if scheme is SplitScheme.CELEBDF_OFFICIAL else split.identities
        split = split.model_copy(update={"identities": identities})
        return _SCHEMES[scheme](_grouped(bare, split), split)
    if scheme is SplitScheme.GIVEN:
        return _grouped(_given(bare), split)
    if scheme is SplitScheme.FAKEAVCELEB_IDENTITY:
        split = split.model_copy(update={"identities": "divided"})
    if split.identities == "divided":
        return _grouped(_persons_divided(bare, split), split)
    grouped = _grouped(bare, split)
    try:
        return _SCHEMES[scheme](grouped, split)
    except DataError as error:
        raise DataError(f"{error}{_person_hint(grouped, split)}") from error


def _grouped(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    return videos.with_columns(
        group_ids(videos, identities=split.identities != "ignored").alias("group_id")
    )


def _person_hint(videos: pl.DataFrame, split: SplitConfig) -> str:
    """Return a way out where persons tie more than half of the videos together."""
    if split.identities != "together" or "identities" not in videos.columns:
        return ""
    biggest = videos.group_by("group_id").len()["len"].max()
    if not isinstance(biggest, int) or 2 * biggest <= len(videos):
        return ""
    return (
        f". {biggest} of {len(videos)} videos are tied together, many through shared persons: set "
        "split.identities=divided to deal persons to folds and leave out the videos that join them"
    )


def _with_folds(
    videos: pl.DataFrame, folds: NDArray[np.int64], test: NDArray[np.bool_]
) -> pl.DataFrame:
    kept_out = pl.Series(test)
    return videos.with_columns(
        fold=pl.when(kept_out).then(None).otherwise(pl.Series(folds)).cast(pl.Int64()),
        split=pl.when(kept_out).then(pl.lit(TEST)).otherwise(pl.lit(TRAIN)),
    )


def _with_splits(videos: pl.DataFrame, splits: pl.Series) -> pl.DataFrame:
    """Return ``videos`` with a single division, the val split as the fold models are judged on."""
    fold = pl.when(pl.col("split") == VAL).then(_JUDGED).when(pl.col("split") == TRAIN)
    return videos.with_columns(splits.alias("split")).with_columns(
        fold=fold.then(_LEARNED).cast(pl.Int64())
    )


def _group_k_fold(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    labels, groups = videos["label"].to_numpy(), videos["group_id"]
    strata = _strata(videos, split)
    test = held_out_groups(labels, groups, share=split.test, seed=split.seed, strata=strata)
    folds = np.full(len(groups), -1, dtype=np.int64)
    inside = pl.Series(~test)
    folds[~test] = stratified_group_folds(
        labels[~test],
        groups.filter(inside),
        n_folds=split.folds,
        seed=split.seed,
        strata=None if strata is None else strata.filter(inside),
    )
    return _with_folds(videos, folds, test)


def _ratio(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    labels, groups = videos["label"].to_numpy(), videos["group_id"]
    strata = _strata(videos, split)
    test = held_out_groups(labels, groups, share=split.test, seed=split.seed, strata=strata)
    splits = np.where(test, TEST, TRAIN).astype(object)
    rest = pl.Series(~test)
    val = held_out_groups(
        labels[~test],
        groups.filter(rest),
        share=split.val / (1 - split.test),
        seed=split.seed,
        strata=None if strata is None else strata.filter(rest),
    )
    splits[np.flatnonzero(~test)[val]] = VAL
    return _with_splits(videos, pl.Series(splits, dtype=pl.String()))


def _hash(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    own = videos["video_id"]
    if "declared_group" in videos.columns:
        own = videos.select(pl.coalesce("declared_group", "video_id")).to_series()
    places = hashed_positions(videos["group_id"], members=own, seed=split.seed)
    test = places < split.test
    rest = (places - split.test) / (1 - split.test)
    return _with_folds(videos, np.floor(rest * split.folds).astype(np.int64), test)


def _leave_one_out(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    folds = leave_one_out_folds(_left_out(videos, split), column=split.by)
    return _with_folds(videos, folds, np.zeros(len(videos), dtype=np.bool_))


def _left_out(videos: pl.DataFrame, split: SplitConfig) -> list[str | None]:
    """Return the value to leave out for each video, groups that span several values tied."""
    if split.by not in videos.columns:
        raise DataError(
            f"split.by={split.by}: no such column; set split.by to one of "
            f"{', '.join(videos.columns)}"
        )
    values = videos.get_column(split.by).cast(pl.String()).to_list()
    if any(value is None for value in values):
        return values
    return list(merged_groups(values, videos.get_column("group_id").to_list()))


def _official(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    """Return the data set's own split; where it has no val list, its train list in folds."""
    if "official_split" not in videos.columns or not videos["official_split"].is_not_null().any():
        raise DataError(
            f"split.scheme={split.scheme.value}: the videos name no official split; list them with "
            "their own layout (aura data scan --dataset faceforensics or celeb-df)"
        )
    official = videos["official_split"].fill_null(UNUSED)
    strange = sorted(set(official.unique()) - {TRAIN, VAL, TEST, UNUSED})
    if strange:
        raise DataError(
            f"split.scheme={split.scheme.value}: official_split holds {', '.join(strange)}; "
            f"expected {TRAIN}, {VAL} or {TEST}"
        )
    if (official == VAL).any():
        return _with_splits(videos, official)
    in_train = (official == TRAIN).to_numpy()
    train = videos.filter(pl.Series(in_train))
    folds = np.full(len(videos), -1, dtype=np.int64)
    folds[in_train] = stratified_group_folds(
        train["label"].to_numpy(),
        train["group_id"],
        n_folds=split.folds,
        seed=split.seed,
        strata=_strata(train, split),
    )
    return videos.with_columns(
        official.alias("split"),
        fold=pl.when(pl.Series(in_train)).then(pl.Series(folds)).cast(pl.Int64()),
    )


_SCHEMES: Mapping[SplitScheme, Callable[[pl.DataFrame, SplitConfig], pl.DataFrame]] = {
    SplitScheme.GROUP_K_FOLD: _group_k_fold,
    SplitScheme.RATIO: _ratio,
    SplitScheme.HASH: _hash,
    SplitScheme.LEAVE_ONE_OUT: _leave_one_out,
    SplitScheme.FFPP_OFFICIAL: _official,
    SplitScheme.CELEBDF_OFFICIAL: _official,
}


def _persons_divided(videos: pl.DataFrame, split: SplitConfig) -> pl.DataFrame:
    if "identities" not in videos.columns or not videos["identities"].is_not_null().any():
        raise DataError(
            "split.identities=divided: no video names its persons; give the table a column "
            "identities, or list the data set with its own layout"
        )
    if split.scheme is SplitScheme.GROUP_K_FOLD:
        inside = (1 - split.test) / split.folds
        shares = [split.test, *[inside] * split.folds] if split.test else [inside] * split.folds
        parts = divided_persons(videos, shares=shares, seed=split.seed)
        folds = parts - 1 if split.test else parts
        return _marked(_with_folds(videos, folds, (parts == 0) & (split.test > 0)), parts)
    if split.scheme in (SplitScheme.RATIO, SplitScheme.FAKEAVCELEB_IDENTITY):
        names = [name for name in (TRAIN, VAL, TEST) if name != TEST or split.test]
        shares = {TRAIN: 1 - split.val - split.test, VAL: split.val, TEST: split.test}
        parts = divided_persons(videos, shares=[shares[name] for name in names], seed=split.seed)
        splits = pl.Series(np.array([*names, UNUSED], dtype=object)[parts], dtype=pl.String())
        return _with_splits(videos, splits)
    raise DataError(
        f"split.identities=divided goes with group-k-fold and ratio, not with {split.scheme.value}"
    )


def _marked(videos: pl.DataFrame, parts: NDArray[np.int64]) -> pl.DataFrame:
    """Return ``videos`` with those that are in no part out of use."""
    out = pl.Series(parts == NOWHERE)
    return videos.with_columns(
        fold=pl.when(~out).then("fold"),
        split=pl.when(out).then(pl.lit(UNUSED)).otherwise("split"),
    )


def _strata(videos: pl.DataFrame, split: SplitConfig) -> pl.Series | None:
    """Return what is to be spread evenly, one name a video, or None where nothing varies."""
    absent = set(split.balance) - set(videos.columns) - set(_USUAL_BALANCE)
    if absent:
        raise DataError(
            f"split.balance: there is no column {', '.join(sorted(absent))}; the columns are "
            f"{', '.join(videos.columns)}"
        )
    present = [
        column
        for column in split.balance
        if column in videos.columns and videos[column].n_unique() > 1
    ]
    if not present:
        return None
    cells = [pl.col(column).cast(pl.String).fill_null("") for column in present]
    return videos.select(pl.concat_str(cells, separator="\0")).to_series()


def _given(videos: pl.DataFrame) -> pl.DataFrame:
    """Return ``videos`` with the folds and splits the table came with."""
    absent = [c for c in ("declared_fold", "declared_split") if c not in videos.columns]
    if absent:
        raise DataError(
            "split.scheme=given: the table needs the columns fold and split; "
            "assign them with aura data split"
        )
    # Through fractions: other programs write 0.0 as soon as one cell is empty.
    number = videos.get_column("declared_fold").cast(pl.Float64(), strict=False)
    wrong = videos["declared_fold"].is_not_null() & (number.is_null() | (number % 1 != 0))
    if wrong.any():
        raise DataError(
            f"split.scheme=given: the fold of video {videos.filter(wrong).item(0, 'video_id')} is "
            f"{videos.filter(wrong).item(0, 'declared_fold')!r}, expected a whole number or nothing"
        )
    videos = videos.with_columns(fold=number.cast(pl.Int64()), split=pl.col("declared_split"))
    require_consistent(videos, where="split.scheme=given")
    return videos.drop("declared_fold", "declared_split")


def require_consistent(videos: pl.DataFrame, *, where: str) -> None:
    """Raise unless splits bear known names, train and val videos alone have folds, not shared."""
    known = pl.col("split").is_in([TRAIN, VAL, TEST, UNUSED])
    folded = pl.col("split").is_in([TRAIN, VAL])
    agreeing = (folded & pl.col("fold").is_not_null()) | (~folded & pl.col("fold").is_null())
    wrong = videos.filter(~(known & agreeing).fill_null(value=False))
    if len(wrong):
        raise DataError(
            f"{where}: video {wrong.item(0, 'video_id')} has the split "
            f"{wrong.item(0, 'split')!r} and the fold {wrong.item(0, 'fold')}; a {TRAIN} or {VAL} "
            f"video has a fold, a {TEST} or {UNUSED} video has none"
        )
    shared = set(videos.filter(pl.col("split") == TRAIN)["fold"])
    shared &= set(videos.filter(pl.col("split") == VAL)["fold"])
    if shared:
        raise DataError(
            f"{where}: fold {min(shared)} holds {TRAIN} and {VAL} videos; models are judged on "
            "the folds of the val split, so give it folds of its own"
        )


def judged_folds(folds: Sequence[int], *, splits: Sequence[str]) -> tuple[int, ...]:
    """Return the folds models are judged on: all, or with a val split only that.

    Args:
        folds: One fold a video.
        splits: One split a video.

    >>> judged_folds([0, 1, 1], splits=["val", "train", "train"])
    (0,)
    """
    if VAL in splits:
        pairs = zip(folds, splits, strict=True)
        return tuple(sorted({fold for fold, split in pairs if split == VAL}))
    return tuple(sorted(set(folds)))
