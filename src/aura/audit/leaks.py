"""What crosses folds and splits: how much of each kind, and pairs to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
    straddling_groups,
    ties_of,
)
from aura.splits import VAL
from aura.tables import FAKE, REAL

MERGED = "merged group"
"""The kind of a tie by ``group_id`` where the table also has the groups it declared."""

_ORDER = (COPY, URL, NEAR, GROUP, IDENTITY)
"""The surest evidence first; kinds that a data set names itself follow, merged groups last."""


def find_leaks(videos: pl.DataFrame, *, n_pairs: int) -> Leaks:
    """Return what ties videos of different folds or splits.

    Args:
        videos: The videos in use, with ``fold``, ``split``, ``group`` (all ties merged) and the
            columns `aura.leakage.ties_of` reads.
        n_pairs: Most pairs to return; kinds take turns, so that each is seen.
    """
    has_places = videos.select(place_name(videos).n_unique()).item() > 1
    if not has_places:
        return Leaks(has_places=False, kinds=(), groups=(), pairs=())
    tied = _View(videos)
    kinds = _kinds(tied)
    groups = straddling_groups(videos.with_columns(group_id=pl.col("group"))) if kinds else []
    stored = _stored_groups(videos, explained=groups)
    views = [tied] if stored is None else [tied, stored]
    if stored is not None:
        kinds += _kinds(stored)
        groups = sorted({*groups, *straddling_groups(stored.videos)})
    kinds.sort(key=lambda one: _rank(one.kind))
    return Leaks(
        has_places=True,
        kinds=tuple(kinds),
        groups=tuple(groups),
        pairs=_pairs(videos, views, kinds, n_pairs=n_pairs) if kinds and n_pairs else (),
    )


def find_places(videos: pl.DataFrame) -> tuple[Place, ...]:
    """Return the folds and splits of the videos in use, in their order.

    Args:
        videos: Columns ``label``, ``fold``, ``split`` and ``group``.
    """
    counts = (
        videos.group_by("fold", "split")
        .agg(
            place_name(videos).first().alias("name"),
            real=(pl.col("label") == REAL).sum(),
            fake=(pl.col("label") == FAKE).sum(),
            groups=pl.col("group").n_unique(),
        )
        .sort("fold", "split", nulls_last=True)
    )
    return tuple(Place(*row) for row in counts.select("name", "real", "fake", "groups").iter_rows())


def place_name(videos: pl.DataFrame) -> pl.Expr:
    """Return where each video lies: a fold, or a split where that is not divided into folds."""
    split = pl.format("the {} split", "split")
    if (videos["split"] == VAL).any():
        # A single division: its two folds are the train and the val split.
        return split
    return pl.when(pl.col("fold").is_null()).then(split).otherwise(pl.format("fold {}", "fold"))


@dataclass(frozen=True, slots=True)
class _View:
    """A table whose ties are looked through; ``only`` renames its one kind that says new things."""

    videos: pl.DataFrame
    only: Mapping[str, str] | None = None

    def of_interest(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose ``kind`` counts, under the name it goes by."""
        if self.only is None:
            return table
        named = table.filter(pl.col("kind").is_in(list(self.only)))
        return named.with_columns(pl.col("kind").replace(dict(self.only)))


def _stored_groups(videos: pl.DataFrame, *, explained: list[str]) -> _View | None:
    """Return the videos tied by the ``group_id`` they bear, those of known leaks left out."""
    if "declared_group" not in videos.columns:
        return None
    # Without the declared groups, `aura.leakage` goes by ``group_id``.
    rest = videos.filter(~pl.col("group").is_in(explained))
    return _View(rest.select("video_id", "fold", "split", "group_id"), {GROUP: MERGED})


def _kinds(view: _View) -> list[LeakKind]:
    found = view.of_interest(leaks(view.videos))
    if found.is_empty():
        return []
    ties = view.of_interest(ties_of(view.videos)).join(found, on=["kind", "value"], how="semi")
    counts = (
        found.group_by("kind")
        .len()
        .join(
            # A video may share several things of one kind and counts once.
            ties.group_by("kind").agg(pl.col("row").n_unique()),
            on="kind",
        )
    )
    return [LeakKind(*row) for row in counts.iter_rows()]


def _rank(kind: str) -> tuple[int, str]:
    if kind == MERGED:
        return len(_ORDER) + 1, kind
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER)), kind


def _pairs(
    videos: pl.DataFrame, views: list[_View], kinds: list[LeakKind], *, n_pairs: int
) -> tuple[LeakPair, ...]:
    rows: dict[str, list[tuple[str, str, str]]] = {one.kind: [] for one in kinds}
    for view in views:
        pairs = view.of_interest(leak_pairs(view.videos, limit=n_pairs))
        for kind, *row in pairs.select("kind", "value", "first", "second").iter_rows():
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
    rows = videos.filter(pl.col("video_id").is_in(list(video_ids))).select(
        "video_id", "path", "label", place_name(videos).alias("place")
    )
    return {row["video_id"]: Side(**row) for row in rows.iter_rows(named=True)}
