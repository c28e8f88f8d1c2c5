"""What must never be divided, and proof that it is not.

Videos are tied together by what they share: bytes, pixels, a declared group, a URL, a person, a
source clip. Ties form one graph over all videos; its connected components are the groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import LeakageError

COPY, NEAR, GROUP, URL, IDENTITY = "copy", "near-duplicate", "group", "url", "identity"
"""Kinds of ties; the column ``ties`` adds those a data set names itself."""

UNUSED = "unused"
"""The split of videos that take no part; they are tied to nothing."""

_SINGLE = {COPY: "sha256", NEAR: "near_group", URL: "url"}
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Videos that are one and the same and bear different labels; at least one label is wrong.

    ``kind`` says by what they are known to be the same, ``value`` is what they share.
    """

    kind: str
    value: str
    video_ids: tuple[str, ...]


def ties_of(videos: pl.DataFrame) -> pl.DataFrame:
    """Return what ties each video to others, one row a video and tie.

    Args:
        videos: A table with some of the columns ``sha256``, ``near_group``, ``declared_group``
            (``group_id`` where that is absent), ``url``, ``identities`` and ``ties``.

    Returns:
        The columns ``row`` (uint32, the video's place in the table), ``kind`` and ``value``.
    """
    table = videos.with_row_index("row")
    group = "declared_group" if "declared_group" in videos.columns else "group_id"
    parts = [
        table.select("row", pl.lit(kind).alias("kind"), pl.col(column).alias("value"))
        for kind, column in (*_SINGLE.items(), (GROUP, group))
        if column in videos.columns
    ]
    if "identities" in videos.columns:
        parts.append(_exploded(table, "identities").with_columns(kind=pl.lit(IDENTITY)))
    if "ties" in videos.columns:
        parts.append(
            _exploded(table, "ties").with_columns(kind=pl.col("value").str.split(":").list.first())
        )
    if not parts:
        return pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    order = ("row", "kind", "value")
    return pl.concat([part.select(order) for part in parts]).drop_nulls("value")


def _exploded(table: pl.DataFrame, column: str) -> pl.DataFrame:
    filled = table.select("row", pl.col(column).cast(pl.String).alias("value")).drop_nulls()
    values = filled.with_columns(pl.col("value").str.split(_SEPARATOR)).explode("value")
    return values.with_columns(pl.col("value").str.strip_chars()).filter(pl.col("value") != "")


def group_ids(videos: pl.DataFrame, *, identities: bool = True) -> pl.Series:
    """Return the group of each video: all that ties join, directly or through others.

    A group bears the smallest name among its members' own: ``declared_group`` where a video has
    one, its ``video_id`` otherwise. Videos of the split ``unused`` are groups of their own.

    Args:
        videos: A table with ``video_id`` and the columns `ties_of` reads.
        identities: Whether a shared person joins videos.
    """
    own = pl.coalesce("declared_group", "video_id") if "declared_group" in videos.columns else None
    names = videos.select((pl.col("video_id") if own is None else own).alias("name"))
    ties = _in_use(videos, ties_of(videos))
    if not identities:
        ties = ties.filter(pl.col("kind") != IDENTITY)
    component = pl.Series("component", components(ties, n_videos=len(videos)))
    named = names.with_columns(component)
    if "split" in videos.columns:
        named = named.with_columns(
            name=pl.when(videos["split"] == UNUSED).then(videos["video_id"]).otherwise("name")
        )
    return named.select(pl.col("name").min().over("component"))["name"].alias("group_id")


def components(ties: pl.DataFrame, *, n_videos: int) -> NDArray[np.int32]:
    """Return the connected component of each video, int32 [N]; what `ties_of` gave ties them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shared = ties.filter(pl.len().over("kind", "value") > 1)
    values = shared.select(pl.struct("kind", "value").rank("dense")).to_series().to_numpy()
    start = shared["row"].to_numpy().astype(np.int64)
    end = values.astype(np.int64) + n_videos - 1
    n_nodes = n_videos + (int(values.max()) if len(values) else 0)
    edges = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n_nodes, n_nodes))
    _, labels = connected_components(edges, directed=False)
    return np.asarray(labels[:n_videos], dtype=np.int32)


def merged_groups(groups: Sequence[str], *links: Sequence[str]) -> list[str]:
    """Return group names under which no link is divided.

    Videos that share a group, or a value of any link (a content hash, a URL, an identity), end in
    one group, and so do the videos tied to those in turn. A merged group bears the smallest of its
    groups' names.

    Args:
        groups: The declared group of each video.
        links: Further values, one a video each, that tie videos together.

    >>> merged_groups(["b", "a", "c"], ["x", "x", "y"])
    ['a', 'a', 'c']
    """
    rows = pl.Series("row", range(len(groups)), dtype=pl.UInt32)
    ties = pl.concat(
        pl.DataFrame({"row": rows, "kind": [str(kind)] * len(rows), "value": list(values)})
        for kind, values in enumerate((groups, *links))
    )
    labels = components(ties, n_videos=len(groups))
    named = pl.DataFrame({"name": list(groups), "component": labels})
    return named.select(pl.col("name").min().over("component")).to_series().to_list()


def label_conflicts(videos: pl.DataFrame) -> list[Conflict]:
    """Return the exact duplicates, and the videos of one URL, whose labels disagree.

    Args:
        videos: A table with ``video_id``, ``sha256`` and ``label``, perhaps with ``url``.
    """
    found: list[Conflict] = []
    for kind in (COPY, URL):
        column = _SINGLE[kind]
        if column not in videos.columns:
            continue
        disagreeing = (
            videos.drop_nulls(column)
            .group_by(column, maintain_order=True)
            .agg(pl.col("video_id"), pl.col("label").n_unique().alias("n_labels"))
            .filter(pl.col("n_labels") > 1)
        )
        found.extend(
            Conflict(kind, value, tuple(video_ids))
            for value, video_ids in disagreeing.select(column, "video_id").iter_rows()
        )
    return found


def leaks(videos: pl.DataFrame) -> pl.DataFrame:
    """Return every tie whose videos lie in more than one fold or split.

    Args:
        videos: A table with ``fold``, ``split`` and the columns `ties_of` reads.

    Returns:
        The columns ``kind``, ``value``, ``n_videos`` and ``n_places``, sorted.
    """
    return (
        _placed(videos)
        .group_by("kind", "value")
        .agg(pl.len().alias("n_videos"), pl.col("place").n_unique().alias("n_places"))
        .filter(pl.col("n_places") > 1)
        .sort("kind", "value")
    )


def leak_pairs(videos: pl.DataFrame, *, limit: int | None = None) -> pl.DataFrame:
    """Return two videos for each leaking tie, one in each of two places.

    Args:
        videos: As for `leaks`.
        limit: The most pairs of each kind; None for all.

    Returns:
        The columns ``kind``, ``value``, ``first``, ``second`` (video ids), ``first_place`` and
        ``second_place`` (such as ``fold 0``), sorted by kind and value.
    """
    found = leaks(videos).select("kind", "value")
    if limit is not None:
        found = found.group_by("kind", maintain_order=True).head(limit)
    members = _placed(videos).join(found, on=["kind", "value"], how="semi").sort("row")
    one_a_place = members.unique(["kind", "value", "place"], keep="first", maintain_order=True)
    ids = videos["video_id"]
    pairs = (
        one_a_place.group_by("kind", "value", maintain_order=True)
        .agg(pl.col("row").head(2), pl.col("place").head(2))
        .sort("kind", "value")
    )
    return pairs.select(
        "kind",
        "value",
        first=ids.gather(pairs["row"].list.get(0)),
        second=ids.gather(pairs["row"].list.get(1)),
        first_place=pl.col("place").list.get(0),
        second_place=pl.col("place").list.get(1),
    )


def _placed(videos: pl.DataFrame) -> pl.DataFrame:
    """Return the ties of the videos in use, each with the place of its video."""
    ties = _in_use(videos, ties_of(videos))
    ties = ties.filter(pl.len().over("kind", "value") > 1)
    folds = pl.format("fold {}", "fold")
    split = pl.format("the {} split", "split")
    place = videos.select(
        pl.when(pl.col("fold").is_null()).then(split).otherwise(folds)
    ).to_series()
    return ties.with_columns(place=videos.select(place).to_series().gather(ties["row"]))


def _in_use(videos: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    if "split" not in videos.columns:
        return ties
    in_use = (videos["split"] != UNUSED).gather(ties["row"])
    return ties.filter(in_use)


def straddling_groups(videos: pl.DataFrame) -> list[str]:
    """Return the groups whose videos lie in more than one fold or split, sorted.

    Args:
        videos: A table with ``group_id``, ``fold`` and ``split``.
    """
    places = videos.group_by("group_id").agg(pl.struct("fold", "split").n_unique().alias("n"))
    return sorted(places.filter(pl.col("n") > 1).get_column("group_id").to_list())


def require_whole_groups(videos: pl.DataFrame) -> None:
    """Raise unless each group, and all that a tie joins, lies in one fold of one split.

    Args:
        videos: A table with ``video_id``, ``group_id``, ``fold``, ``split`` and the columns
            `ties_of` reads.

    Raises:
        LeakageError: Something straddles folds; it says what, and two videos to look at.
    """
    found = leaks(videos)
    if len(found):
        counts = found.group_by("kind").len().sort("len", "kind", descending=[True, False])
        what = ", ".join(f"{n} by {kind}" for kind, n in counts.iter_rows())
        pair = leak_pairs(videos, limit=1).row(0, named=True)
        raise LeakageError(
            f"{len(found)} ties between videos cross folds or splits ({what}), first "
            f"{pair['first']} in {pair['first_place']} and {pair['second']} in "
            f"{pair['second_place']} by {pair['kind']} {pair['value']!r}: the test would know the "
            "training data. Assign folds by group (aura data split), or set "
            "split.allow_leakage=true, which the run records"
        )
    straddling = straddling_groups(videos.filter(pl.col("split") != UNUSED))
    if straddling:
        raise LeakageError(
            f"{len(straddling)} groups lie in more than one fold or split, first "
            f"{', '.join(repr(g) for g in straddling[:3])}: the test would know the training "
            "data. Assign folds by group (aura data split)"
        )
