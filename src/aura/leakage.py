"""What must never be divided, and proof that it is not.

Videos that share bytes belong together whatever a data set says; so do the groups they are in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aura.errors import LeakageError


@dataclass(frozen=True, slots=True)
class Conflict:
    """Files with the same bytes and different labels; at least one of the labels is wrong."""

    sha256: str
    video_ids: tuple[str, ...]


def label_conflicts(videos: pl.DataFrame) -> list[Conflict]:
    """Return the exact duplicates whose labels disagree.

    Args:
        videos: A table with ``video_id``, ``sha256`` and ``label``.
    """
    disagreeing = (
        videos.group_by("sha256", maintain_order=True)
        .agg(pl.col("video_id"), pl.col("label").n_unique().alias("n_labels"))
        .filter(pl.col("n_labels") > 1)
    )
    return [
        Conflict(sha256, tuple(video_ids))
        for sha256, video_ids in disagreeing.select("sha256", "video_id").iter_rows()
    ]


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
    columns: list[NDArray[np.str_]] = [np.asarray(c, dtype=np.str_) for c in (groups, *links)]
    n_videos = len(groups)
    rows: list[NDArray[np.int64]] = []
    nodes: list[NDArray[np.int64]] = []
    n_nodes = n_videos
    for column in columns:
        values, node = np.unique(column, return_inverse=True)
        rows.append(np.arange(n_videos, dtype=np.int64))
        nodes.append(node.astype(np.int64) + n_nodes)
        n_nodes += len(values)
    start, end = np.concatenate(rows), np.concatenate(nodes)
    edges = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n_nodes, n_nodes))
    _, components = connected_components(edges, directed=False)
    smallest: dict[int, str] = {}
    for component, group in zip(components[:n_videos].tolist(), groups, strict=True):
        known = smallest.get(component)
        smallest[component] = group if known is None else min(known, group)
    return [smallest[component] for component in components[:n_videos].tolist()]


def straddling_groups(videos: pl.DataFrame) -> list[str]:
    """Return the groups whose videos lie in more than one fold or split, sorted.

    Args:
        videos: A table with ``group_id``, ``fold`` and ``split``.
    """
    places = videos.group_by("group_id").agg(pl.struct("fold", "split").n_unique().alias("n"))
    return sorted(places.filter(pl.col("n") > 1).get_column("group_id").to_list())


def require_whole_groups(videos: pl.DataFrame) -> None:
    """Raise unless each group lies in one fold of one split, exact duplicates included.

    Args:
        videos: A table with ``group_id``, ``sha256``, ``fold`` and ``split``.

    Raises:
        LeakageError: A group, or two files with the same bytes, straddle folds.
    """
    straddling = straddling_groups(videos)
    if straddling:
        raise LeakageError(
            f"{len(straddling)} groups lie in more than one fold or split, first "
            f"{', '.join(repr(g) for g in straddling[:3])}: the test would know the training "
            "data. Assign folds by group (aura data split)"
        )
    copies = straddling_groups(videos.with_columns(group_id=pl.col("sha256")))
    if copies:
        names = videos.filter(pl.col("sha256") == copies[0]).get_column("video_id").to_list()
        raise LeakageError(
            f"{len(copies)} files have exact copies in another fold or split, first "
            f"{' and '.join(names[:2])}: give the copies one group_id (aura data split)"
        )
