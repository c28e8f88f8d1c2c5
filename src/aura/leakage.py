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

_SINGLE = {COPY: "sha256", NEAR: "near_group", GROUP: "declared_group", URL: "url"}
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

    Blanks around values and the case of persons' names do not count; an empty cell ties nothing. A
    ``group_id`` that the other ties do not explain, as of a table that others wrote, is a tie too.

    Args:
        videos: A table with some of the columns ``sha256``, ``near_group``, ``declared_group``,
            ``group_id``, ``url``, ``identities`` and ``ties``.

    Returns:
        The columns ``row`` (uint32, the video's place in the table), ``kind`` and ``value``.
    """
    table = videos.with_row_index("row")
    parts = [
        _filled(table, column).with_columns(kind=pl.lit(kind))
        for kind, column in _SINGLE.items()
        if column in videos.columns
    ]
    if "identities" in videos.columns:
        persons = _exploded(table, "identities").with_columns(pl.col("value").str.to_lowercase())
        parts.append(persons.with_columns(kind=pl.lit(IDENTITY)))
    if "ties" in videos.columns:
        parts.append(
            _exploded(table, "ties").with_columns(kind=pl.col("value").str.split(":").list.first())
        )
    none = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    found = pl.concat([none, *(part.select(none.columns) for part in parts)])
    if "group_id" not in videos.columns:
        return found
    stated = _filled(table, "group_id").with_columns(kind=pl.lit(GROUP)).select(none.columns)
    return pl.concat([found, _unexplained(stated, found, n_videos=len(videos))])


def _unexplained(stated: pl.DataFrame, found: pl.DataFrame, *, n_videos: int) -> pl.DataFrame:
    """Return the stated groups whose videos no other ties join."""
    joined = pl.Series(components(found, n_videos=n_videos)).gather(stated["row"])
    counts = (
        stated.with_columns(component=joined)
        .group_by("value")
        .agg(pl.col("component").n_unique().alias("n"))
    )
    return stated.join(counts.filter(pl.col("n") > 1), on="value", how="semi")


def _filled(table: pl.DataFrame, column: str) -> pl.DataFrame:
    value = pl.col(column).cast(pl.String).str.strip_chars().alias("value")
    return table.select("row", value).drop_nulls().filter(pl.col("value") != "")


def _exploded(table: pl.DataFrame, column: str) -> pl.DataFrame:
    values = _filled(table, column).with_columns(pl.col("value").str.split(_SEPARATOR))
    values = values.explode("value").with_columns(pl.col("value").str.strip_chars())
    return values.filter(pl.col("value") != "")


def group_ids(videos: pl.DataFrame, *, identities: bool = True) -> pl.Series:
    """Return the group of each video: all that ties join, directly or through others.

    A group bears the smallest name among its members' own: ``declared_group`` where a video has
    one (``group_id`` in a table without that column), its ``video_id`` otherwise. Videos of the
    split ``unused`` are groups of their own.

    Args:
        videos: A table with ``video_id`` and the columns `ties_of` reads.
        identities: Whether a shared person joins videos.
    """
    own = [name for name in ("declared_group", "group_id") if name in videos.columns][:1]
    names = videos.select(pl.coalesce(*own, "video_id").alias("name"))
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
            videos.filter(pl.col(column).str.strip_chars() != "")
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
    return ties.with_columns(place=places(videos).gather(ties["row"]))


def places(videos: pl.DataFrame) -> pl.Series:
    """Return where each video is, in words: its fold and its split, which both divide.

    Args:
        videos: A table with ``fold`` and ``split``.

    >>> places(pl.DataFrame({"fold": [0, 0, None], "split": ["train", "val", "test"]})).to_list()
    ['fold 0', 'fold 0 of the val split', 'the test split']
    """
    fold, split = pl.format("fold {}", "fold"), pl.format("the {} split", "split")
    place = (
        pl.when(pl.col("fold").is_null())
        .then(split)
        .when(pl.col("split") == "train")
        .then(fold)
        .otherwise(pl.format("fold {} of the {} split", "fold", "split"))
    )
    return videos.select(place.alias("place")).to_series()


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
    placed = videos.select("group_id", places(videos))
    counts = placed.group_by("group_id").agg(pl.col("place").n_unique().alias("n"))
    return sorted(counts.filter(pl.col("n") > 1).get_column("group_id").to_list())


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
