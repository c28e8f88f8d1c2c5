"""What crosses folds and splits: how much of each kind, and pairs to look at."""

from collections.abc import Iterator

import polars as pl

from aura.audit.findings import LeakKind, LeakPair, Leaks, Place, Side
from aura.leakage import (
    COPY,
    GROUP,
    IDENTITY,
    NEAR,
    URL,
    leak_pairs,
    leaks,
    places,
    straddling_groups,
    ties_of,
)
from aura.tables import FAKE, REAL

_ORDER = (COPY, URL, NEAR, GROUP, IDENTITY)
"""The surest evidence first; kinds that a data set names itself follow."""


def find_leaks(videos: pl.DataFrame, *, n_pairs: int) -> Leaks:
    """Return what ties videos of different folds or splits.

    Args:
        videos: The videos in use, with ``fold``, ``split``, ``group`` (all ties merged) and the
            columns `aura.leakage.ties_of` reads.
        n_pairs: Most pairs to return; kinds take turns, so that each is seen.
    """
    if places(videos).n_unique() < 2:
        return Leaks(has_places=False, kinds=(), groups=(), pairs=())
    kinds = _kinds(videos)
    return Leaks(
        has_places=True,
        kinds=tuple(kinds),
        groups=tuple(straddling_groups(videos.with_columns(group_id=pl.col("group")))),
        pairs=_pairs(videos, kinds, n_pairs=n_pairs) if kinds and n_pairs else (),
    )


def find_places(videos: pl.DataFrame) -> tuple[Place, ...]:
    """Return the folds and splits of the videos in use, in their order.

    Args:
        videos: Columns ``label``, ``fold``, ``split`` and ``group``.
    """
    counts = (
        videos.with_columns(place=places(videos))
        .group_by("fold", "split", "place")
        .agg(
            real=(pl.col("label") == REAL).sum(),
            fake=(pl.col("label") == FAKE).sum(),
            groups=pl.col("group").n_unique(),
        )
        .sort("fold", "split", nulls_last=True)
    )
    return tuple(
        Place(*row) for row in counts.select("place", "real", "fake", "groups").iter_rows()
    )


def _kinds(videos: pl.DataFrame) -> list[LeakKind]:
    found = leaks(videos)
    ties = ties_of(videos).join(found, on=["kind", "value"], how="semi")
    # A video may share several things of one kind and counts once.
    sharers = ties.group_by("kind").agg(pl.col("row").n_unique())
    counts = found.group_by("kind").len().join(sharers, on="kind")
    return sorted((LeakKind(*row) for row in counts.iter_rows()), key=lambda one: _rank(one.kind))


def _rank(kind: str) -> tuple[int, str]:
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER)), kind


def _pairs(videos: pl.DataFrame, kinds: list[LeakKind], *, n_pairs: int) -> tuple[LeakPair, ...]:
    rows: dict[str, list[tuple[str, str, str]]] = {one.kind: [] for one in kinds}
    found = leak_pairs(videos, limit=n_pairs).select("kind", "value", "first", "second")
    for kind, *row in found.iter_rows():
        rows[kind].append((row[0], row[1], row[2]))
    ties: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for kind, (value, first, second) in _in_turns(rows):
        pair = (min(first, second), max(first, second))
        if pair in ties or len(ties) < n_pairs:
            ties.setdefault(pair, []).append((kind, value))
    sides = _sides(videos, {video_id for pair in ties for video_id in pair})
    return tuple(LeakPair(tuple(why), sides[a], sides[b]) for (a, b), why in ties.items())


def _in_turns(
    rows: dict[str, list[tuple[str, str, str]]],
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    for turn in range(max(map(len, rows.values()))):
        for kind, found in rows.items():
            if turn < len(found):
                yield kind, found[turn]


def _sides(videos: pl.DataFrame, video_ids: set[str]) -> dict[str, Side]:
    placed = videos.select("video_id", "path", "label", places(videos))
    rows = placed.filter(pl.col("video_id").is_in(list(video_ids)))
    return {row["video_id"]: Side(**row) for row in rows.iter_rows(named=True)}
