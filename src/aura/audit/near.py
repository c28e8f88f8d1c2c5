"""Near-duplicates of an audit: groups, pairs and matching moments from a table of fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from aura.audit.findings import LeakPair
from aura.audit.thumbnails import Moments
from aura.duplicates import (
    DuplicateConfig,
    groups_of,
    matched_moments,
    near_duplicate_pairs,
)
from aura.errors import TableError
from aura.leakage import components

NEAR_COLUMN = "near_group"


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """What is known of near-duplicates.

    Attributes:
        groups: Columns ``video_id`` and ``near_group``, missing for a video without a likeness;
            one row for each video that was looked at.
        pairs: Columns ``first``, ``second``, ``share``.
        fingerprints: The fingerprint of each video, by id.
        config: How fingerprints are compared.
    """

    groups: pl.DataFrame
    pairs: pl.DataFrame
    fingerprints: dict[str, str] = field(repr=False)
    config: DuplicateConfig


def find_near_duplicates(fingerprints: pl.DataFrame, *, config: DuplicateConfig) -> NearDuplicates:
    """Return the near-duplicates among fingerprinted videos.

    Args:
        fingerprints: What `aura.stages.FingerprintStage` made: ``video_id``, ``fingerprint``.
        config: How alike two videos must be.

    Raises:
        TableError: A column is absent.
    """
    absent = {"video_id", "fingerprint"} - set(fingerprints.columns)
    if absent:
        raise TableError(
            f"a table of fingerprints needs the columns video_id and fingerprint; "
            f"{' and '.join(sorted(absent))} is absent. aura data audit --near-duplicates makes one"
        )
    # An empty fingerprint is that of a video without pictures to compare, none is no look at all.
    known = fingerprints.drop_nulls("fingerprint")
    ids: list[str] = known["video_id"].to_list()
    marks: list[str] = known["fingerprint"].to_list()
    pairs = near_duplicate_pairs(ids, marks, config=config)
    groups = pl.DataFrame(
        {"video_id": ids, NEAR_COLUMN: groups_of(ids, pairs)},
        schema={"video_id": pl.String, NEAR_COLUMN: pl.String},
    )
    return NearDuplicates(groups, pairs, dict(zip(ids, marks, strict=True)), config)


def with_near_groups(videos: pl.DataFrame, near: NearDuplicates) -> pl.DataFrame:
    """Return ``videos`` with the groups of ``near`` joined to those they had.

    A tie that the table knows stays: its file may be gone, or have been looked at in more depth. A
    group of several videos bears the smallest id in it; a video alone has none.
    """
    fresh = videos.select("video_id").join(
        near.groups, on="video_id", how="left", maintain_order="left"
    )
    ties = pl.concat(
        table.select(NEAR_COLUMN).with_row_index("row").with_columns(kind=pl.lit(kind))
        for kind, table in (("known", videos), ("found", fresh))
        if NEAR_COLUMN in table.columns
    ).with_columns(value=pl.col(NEAR_COLUMN).cast(pl.String).str.strip_chars())
    filled = ties.filter(pl.col("value") != "").select("row", "kind", "value")
    joined = videos.select("video_id").with_columns(
        component=pl.Series(components(filled, n_videos=videos.height))
    )
    names = joined.select(
        pl.when(pl.len().over("component") > 1).then(pl.col("video_id").min().over("component"))
    )
    return videos.with_columns(names.to_series().alias(NEAR_COLUMN))


def pairs_explain(near: NearDuplicates, videos: pl.DataFrame) -> bool:
    """Return whether the pairs found are all that ties near-duplicates among ``videos``.

    Args:
        near: What was found.
        videos: What `with_near_groups` returned.
    """
    found = videos.select("video_id").join(
        near.groups, on="video_id", how="left", maintain_order="left"
    )
    return found[NEAR_COLUMN].equals(videos[NEAR_COLUMN], check_names=False)


def moments_of(pairs: Sequence[LeakPair], near: NearDuplicates | None) -> Moments:
    """Return for each pair of near-duplicates when both show the same, in the midst of it."""
    if near is None:
        return {}
    moments: dict[tuple[str, str], tuple[float, float]] = {}
    for pair in pairs:
        ids = (pair.first.video_id, pair.second.video_id)
        marks = [near.fingerprints.get(video_id, "") for video_id in ids]
        found = matched_moments(*marks, config=near.config) if all(marks) else []
        if len(found):
            first, second = found[len(found) // 2]
            moments[ids] = (float(first), float(second))
    return moments
