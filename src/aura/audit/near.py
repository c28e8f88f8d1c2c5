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


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """What is known of near-duplicates.

    Attributes:
        groups: Columns ``video_id`` and ``near_group``, missing for a video without a likeness.
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
    ids: list[str] = fingerprints["video_id"].to_list()
    marks: list[str] = fingerprints["fingerprint"].fill_null("").to_list()
    pairs = near_duplicate_pairs(ids, marks, config=config)
    groups = pl.DataFrame(
        {"video_id": ids, "near_group": groups_of(ids, pairs)},
        schema={"video_id": pl.String, "near_group": pl.String},
    )
    return NearDuplicates(groups, pairs, dict(zip(ids, marks, strict=True)), config)


def with_near_groups(videos: pl.DataFrame, near: NearDuplicates) -> pl.DataFrame:
    """Return ``videos`` with the groups of ``near`` in place of any they had."""
    kept = videos.drop("near_group", strict=False)
    return kept.join(near.groups, on="video_id", how="left", maintain_order="left")


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
