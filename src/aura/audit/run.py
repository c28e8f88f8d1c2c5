"""The whole audit of one table of videos."""

import dataclasses

import polars as pl

from aura.audit.composition import compositions
from aura.audit.config import AuditConfig
from aura.audit.findings import Audit
from aura.audit.leaks import find_leaks, find_places
from aura.audit.near import (
    NearDuplicates,
    find_near_duplicates,
    moments_of,
    pairs_explain,
    with_near_groups,
)
from aura.audit.panels import fit_panels
from aura.audit.thumbnails import with_frames as decoded
from aura.duplicates import DuplicateConfig
from aura.errors import DataError, TableError
from aura.leakage import UNUSED, group_ids, label_conflicts
from aura.media import MediaLimits
from aura.progress import Progress, Silent
from aura.splits import TEST, TRAIN
from aura.splits.assign import require_consistent
from aura.tables import FAKE, REAL, VIDEOS


def run_audit(
    videos: pl.DataFrame,
    *,
    config: AuditConfig | None = None,
    near: pl.DataFrame | None = None,
    features: pl.DataFrame | None = None,
    duplicates: DuplicateConfig | None = None,
    with_frames: bool = False,
    limits: MediaLimits | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Return what is wrong, and what is merely suspicious, about a table of videos.

    Files are opened only ``with_frames``. Equal input gives equal findings.

    Args:
        videos: A table of `aura.tables.VIDEOS`; it may lack the columns ``fold`` and ``split``,
            and is then audited for all but leakage.
        config: The settings.
        near: Perceptual fingerprints with ``video_id`` and ``fingerprint``; what they show is
            joined to what the column ``near_group`` says.
        features: A table of measured features with ``video_id`` (``id~name`` for versions).
        duplicates: How alike near-duplicates must be.
        with_frames: Decode a frame of both videos of each pair to be shown.
        limits: What a video may claim of this machine.
        progress: Told what is under way, by the name ``audit``.

    Raises:
        TableError: A table is not as promised.
        DataError: There is no video to audit.
    """
    config, progress = config or AuditConfig(), progress or Silent()
    progress.start("audit", total=None)
    everything = audited_videos(videos, where="the audited table")
    found: NearDuplicates | None = None
    if near is not None:
        progress.advance("audit", note="near-duplicates")
        found = find_near_duplicates(near, config=duplicates or DuplicateConfig())
        everything = with_near_groups(everything, found)
    used = videos_in_use(everything)
    used = used.with_columns(group=group_ids(used))
    progress.advance("audit", note="ties")
    leaks = find_leaks(used, n_pairs=config.n_pairs_shown)
    if with_frames:
        moments = {} if found is None else moments_of(leaks.pairs, found)
        shown = decoded(
            leaks.pairs, moments=moments, limits=limits or MediaLimits(), progress=progress
        )
        leaks = dataclasses.replace(leaks, pairs=shown)
    progress.advance("audit", note="composition")
    composition = compositions(used, config=config)
    panels = fit_panels(
        used,
        # Where the table knows more than was found, its groups are the evidence.
        pairs=found.pairs if found is not None and pairs_explain(found, everything) else None,
        features=features,
        config=config,
        progress=progress,
    )
    progress.finish("audit")
    n_fake = int((used["label"] == FAKE).sum())
    return Audit(
        config=config,
        n_real=used.height - n_fake,
        n_fake=n_fake,
        n_groups=used["group"].n_unique(),
        n_unused=everything.height - used.height,
        places=find_places(used),
        leaks=leaks,
        conflicts=tuple(label_conflicts(everything)),
        n_mixed_near_groups=_mixed_near_groups(used, was_looked_for=found is not None),
        composition=composition,
        fitting=panels.fitting,
        judgements=panels.judgements,
        facts=panels.facts,
        inconsistency=_inconsistency(everything),
        n_looked_at=None if found is None else _n_looked_at(used, found),
    )


def videos_in_use(videos: pl.DataFrame) -> pl.DataFrame:
    """Return the videos that take part.

    Where none does, the table was scanned and never divided, and all are looked at.

    Raises:
        DataError: The table has no rows.
    """
    if videos.is_empty():
        raise DataError("there is no video to audit: the table has no rows")
    used = videos.filter(pl.col("split") != UNUSED)
    if used.is_empty():
        return videos.with_columns(split=pl.lit(TRAIN))
    return used


def _inconsistency(videos: pl.DataFrame) -> str:
    """Return how folds and splits contradict each other; they cannot where there are no folds."""
    if videos["fold"].null_count() == videos.height:
        return ""
    try:
        require_consistent(videos, where="Folds and splits contradict each other")
    except DataError as reason:
        # What keeps a run from starting is a finding here.
        return str(reason)
    return ""


def _n_looked_at(videos: pl.DataFrame, near: NearDuplicates) -> int:
    return videos.join(near.groups, on="video_id", how="semi").height


def audited_videos(videos: pl.DataFrame, *, where: str) -> pl.DataFrame:
    """Return a checked table, all in one place where it names no folds or splits.

    Where it names folds and no splits, videos without a fold are those of the test split.

    Args:
        videos: A table of `aura.tables.VIDEOS`, perhaps without ``fold`` and ``split``.
        where: Where it came from, for messages.

    Raises:
        TableError: It is not as promised, or holds a label that is neither 0 nor 1.
    """
    if "fold" not in videos.columns:
        videos = videos.with_columns(fold=pl.lit(None, pl.Int64))
    if "split" not in videos.columns:
        is_test = pl.col("fold").is_null() & pl.col("fold").is_not_null().any()
        videos = videos.with_columns(
            split=pl.when(is_test).then(pl.lit(TEST)).otherwise(pl.lit(TRAIN))
        )
    table = VIDEOS.check(videos, where=where)
    wrong = table.filter(~pl.col("label").is_in([REAL, FAKE]))
    if len(wrong):
        raise TableError(
            f"{where}: video {wrong['video_id'][0]} has the label {wrong['label'][0]}; "
            f"expected {REAL} (real) or {FAKE} (fake)"
        )
    return table


def _mixed_near_groups(videos: pl.DataFrame, *, was_looked_for: bool) -> int | None:
    known = "near_group" in videos.columns and videos["near_group"].null_count() < videos.height
    if not known:
        return 0 if was_looked_for else None
    labels = videos.drop_nulls("near_group").group_by("near_group")
    return labels.agg(pl.col("label").n_unique().alias("n")).filter(pl.col("n") > 1).height
