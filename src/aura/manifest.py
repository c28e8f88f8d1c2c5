"""From a listing and what the files say to the table every later step goes by."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from aura.datasets import ListedVideo
from aura.errors import DataError
from aura.leakage import label_conflicts, merged_groups, require_whole_groups
from aura.splits import (
    TEST,
    TRAIN,
    SplitConfig,
    SplitScheme,
    held_out_groups,
    leave_one_out_folds,
    stratified_group_folds,
)
from aura.tables import VIDEOS, Failure, Video

STAGE = "leakage"
"""Names this step in failure rows."""

_RESERVED = frozenset(field.name for field in fields(Video)) - {"platform", "method", "source"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A data set ready for work.

    Attributes:
        videos: A checked table of `aura.tables.Video`, in the order of the listing.
        failures: Videos left out for what the comparison of files brought to light.
        notes: Remarks for the user.
    """

    videos: pl.DataFrame
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]


def build_manifest(
    listed: Sequence[ListedVideo], facts: pl.DataFrame, *, split: SplitConfig
) -> Manifest:
    """Return the manifest of the listed videos whose facts are known.

    Exact duplicates share a group; those with conflicting labels are left out as failures.

    Args:
        listed: The videos of one or several data sets.
        facts: A table with ``video_id``, ``sha256`` and what the container says of each file.
        split: How to assign folds and the test split.

    Raises:
        DataError: No video is left, or folds with both classes cannot be formed.
    """
    videos = _joined(listed, facts)
    conflicts = label_conflicts(videos)
    conflicting = {video_id for conflict in conflicts for video_id in conflict.video_ids}
    failures = tuple(
        Failure(
            video_id=row["video_id"],
            path=row["path"],
            stage=STAGE,
            reason="another file with the same bytes has the other label; remove the wrong one",
        )
        for row in videos.filter(pl.col("video_id").is_in(conflicting)).iter_rows(named=True)
    )
    videos = videos.filter(~pl.col("video_id").is_in(conflicting))
    if videos.is_empty():
        raise DataError("no usable video is left; the table of failures gives the reasons")
    declared = videos.get_column("group_id").to_list()
    groups = merged_groups(declared, videos.get_column("sha256").to_list())
    videos = assign_folds(videos.with_columns(group_id=pl.Series(groups)), split=split)
    require_whole_groups(videos)
    notes = _merge_notes(videos, n_declared=len(set(declared)))
    if "declared_fold" in videos.columns and split.scheme is not SplitScheme.GIVEN:
        notes += ("the table's fold column is not used; set split.scheme=given to use it",)
    return Manifest(VIDEOS.check(videos, where="manifest"), failures, notes)


def _joined(listed: Sequence[ListedVideo], facts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a video with facts; a user's column never replaces one of ours."""
    names = list(dict.fromkeys(name for video in listed for name in video.extras))
    known = {row["video_id"]: row for row in facts.iter_rows(named=True)}
    records = [
        {
            "video_id": video.video_id,
            "path": str(video.path),
            "label": video.label,
            "dataset": video.dataset,
            "group_id": video.group_id or video.video_id,
            **{k: v for k, v in known[video.video_id].items() if k != "video_id"},
            **{_kept_name(name): video.extras.get(name) for name in names},
        }
        for video in listed
        if video.video_id in known
    ]
    if not records:
        raise DataError("no usable video is left; the table of failures gives the reasons")
    frame = pl.DataFrame(records, infer_schema_length=None)
    texts = {_kept_name(name): pl.String() for name in names}
    return frame.with_columns(pl.col(name).cast(kind) for name, kind in texts.items())


def _kept_name(column: str) -> str:
    """Return the name under which a user's column is kept.

    >>> _kept_name("platform"), _kept_name("codec")
    ('platform', 'declared_codec')
    """
    return f"declared_{column}" if column in _RESERVED else column


def assign_folds(videos: pl.DataFrame, *, split: SplitConfig) -> pl.DataFrame:
    """Return ``videos`` with the columns ``fold`` (empty in the test split) and ``split``.

    Raises:
        DataError: The groups do not allow it, or ``split.by`` names no column.
    """
    labels = videos.get_column("label").to_numpy()
    groups = videos.get_column("group_id").to_list()
    if split.scheme is SplitScheme.GIVEN:
        return _given_folds(videos)
    if split.scheme is SplitScheme.LEAVE_ONE_OUT:
        test = np.zeros(len(groups), dtype=bool)
        folds = leave_one_out_folds(_left_out(videos, split), column=split.by)
    else:
        test = held_out_groups(labels, groups, share=split.test, seed=split.seed)
        inside = [group for group, out in zip(groups, test, strict=True) if not out]
        folds = np.full(len(groups), -1, dtype=np.int64)
        folds[~test] = stratified_group_folds(
            labels[~test], inside, n_folds=split.folds, seed=split.seed
        )
    fold = pl.Series("fold", folds).cast(pl.Int64())
    kept_out = pl.Series("split", np.where(test, TEST, TRAIN))
    return videos.with_columns(
        fold=pl.when(pl.Series(test)).then(None).otherwise(fold), split=kept_out
    )


def _given_folds(videos: pl.DataFrame) -> pl.DataFrame:
    """Return ``videos`` with the folds and splits the table came with."""
    absent = [c for c in ("declared_fold", "declared_split") if c not in videos.columns]
    if absent:
        raise DataError(
            "split.scheme=given: the table needs the columns fold and split; "
            "assign them with aura data split"
        )
    try:
        fold = videos.get_column("declared_fold").cast(pl.Int64())
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"split.scheme=given: the column fold is not of numbers: {error}"
        ) from error
    videos = videos.with_columns(fold=fold, split=pl.col("declared_split"))
    known = pl.col("split").is_in([TRAIN, TEST])
    agreeing = (pl.col("split") == TEST) == pl.col("fold").is_null()
    wrong = videos.filter(~(known & agreeing))
    if len(wrong):
        raise DataError(
            f"split.scheme=given: video {wrong.item(0, 'video_id')} has the split "
            f"{wrong.item(0, 'split')!r} and the fold {wrong.item(0, 'fold')}; a {TRAIN} video "
            f"has a fold, a {TEST} video has none"
        )
    return videos.drop("declared_fold", "declared_split")


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


def _merge_notes(videos: pl.DataFrame, *, n_declared: int) -> tuple[str, ...]:
    n_groups = videos.get_column("group_id").n_unique()
    n_copies = len(videos) - videos.get_column("sha256").n_unique()
    notes: list[str] = []
    if n_copies:
        notes.append(f"{n_copies} files are exact copies of others; copies share a group")
    if n_groups < n_declared:
        notes.append(
            f"{n_declared - n_groups} groups were merged with others they share files with"
        )
    return tuple(notes)
