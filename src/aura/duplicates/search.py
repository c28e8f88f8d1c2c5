"""From fingerprints to pairs and groups of videos that show the same footage."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aura.duplicates.collection import Collection, collect
from aura.duplicates.comparison import Comparison, compare
from aura.duplicates.config import DuplicateConfig
from aura.duplicates.index import Candidates, candidates
from aura.errors import DataError

PAIR_COLUMNS = {
    "first": pl.String(),
    "second": pl.String(),
    "n_matched": pl.Int64(),
    "share": pl.Float64(),
    "mirrored": pl.Boolean(),
}


def near_duplicate_pairs(
    video_ids: Sequence[str],
    fingerprints: Sequence[str | None],
    *,
    config: DuplicateConfig | None = None,
) -> pl.DataFrame:
    """Return the pairs of videos that show the same footage.

    Where many videos hold one frame, not all pairs among them are listed, but enough to connect
    them.

    Args:
        video_ids: A name for each video, no two the same.
        fingerprints: What `aura.stages.FingerprintStage` wrote for each; where it is empty or
            missing, the video has no copies.
        config: When two videos count as the same.

    Returns:
        ``first`` and ``second`` (the smaller ``video_id`` first), ``n_matched`` (frames of each
        found in the other, in the same order), ``share`` (the larger part of one of them that is
        found in the other) and ``mirrored``, sorted by both names.

    Raises:
        DataError: The two sequences have different lengths, a name occurs twice, or a text is no
            fingerprint.
    """
    config = config or DuplicateConfig()
    _check_names(video_ids, fingerprints)
    collection = collect(fingerprints)
    tables = [_found(video_ids, collection, config, in_mirror=False)]
    if config.mirrored:
        tables.append(_found(video_ids, collection, config, in_mirror=True))
    # A pair found both ways (a symmetrical scene) is reported the way that matches more.
    return (
        pl.concat(tables)
        .sort("first", "second", "n_matched", "mirrored", descending=[False, False, True, False])
        .unique(["first", "second"], keep="first", maintain_order=True)
    )


def near_groups(
    video_ids: Sequence[str],
    fingerprints: Sequence[str | None],
    *,
    config: DuplicateConfig | None = None,
) -> list[str | None]:
    """Return, for each video, the name of its group of near-duplicates, None where it has none.

    A group holds all videos that pairs connect, and bears the smallest ``video_id`` in it. See
    `near_duplicate_pairs` for arguments and errors.
    """
    pairs = near_duplicate_pairs(video_ids, fingerprints, config=config)
    return groups_of(video_ids, pairs)


def groups_of(video_ids: Sequence[str], pairs: pl.DataFrame) -> list[str | None]:
    """Return the groups that pairs connect; see `near_groups`.

    >>> pairs = pl.DataFrame({"first": ["a", "b"], "second": ["b", "d"]})
    >>> groups_of(["d", "c", "b", "a"], pairs)
    ['a', None, 'a', 'a']
    """
    names = pl.Series("name", video_ids, dtype=pl.String())
    places = pl.DataFrame({"name": names, "place": np.arange(len(names))})
    edges = pairs.join(places.rename({"name": "first", "place": "one"}), on="first").join(
        places.rename({"name": "second", "place": "other"}), on="second"
    )
    links = np.ones(len(edges), dtype=np.int8)
    graph = coo_array(
        (links, (edges["one"].to_numpy(), edges["other"].to_numpy())),
        shape=(len(names), len(names)),
    )
    _, component = connected_components(graph, directed=False)
    groups = pl.DataFrame({"name": names, "component": component}).select(
        pl.when(pl.len().over("component") > 1).then(pl.col("name").min().over("component"))
    )
    return groups.to_series().to_list()


def _check_names(video_ids: Sequence[str], fingerprints: Sequence[str | None]) -> None:
    if len(video_ids) != len(fingerprints):
        raise DataError(
            f"expected one fingerprint a video, got {len(video_ids)} videos and "
            f"{len(fingerprints)} fingerprints"
        )
    if len(set(video_ids)) < len(video_ids):
        raise DataError("expected a video_id to occur once; some occur several times")


def _found(
    video_ids: Sequence[str], collection: Collection, config: DuplicateConfig, *, in_mirror: bool
) -> pl.DataFrame:
    """Return the pairs that are the same, upright or mirrored."""
    worth = candidates(collection, config, in_mirror=in_mirror)
    compared = compare(collection, worth, config, in_mirror=in_mirror)
    return _table(video_ids, worth, compared, in_mirror=in_mirror)


def _table(
    video_ids: Sequence[str], pairs: Candidates, compared: Comparison, *, in_mirror: bool
) -> pl.DataFrame:
    names = pl.Series(video_ids, dtype=pl.String())
    same = compared.same
    one, other = names.gather(pairs.first[same]), names.gather(pairs.second[same])
    table = pl.DataFrame({"one": one, "other": other})
    return table.select(
        pl.min_horizontal("one", "other").alias("first"),
        pl.max_horizontal("one", "other").alias("second"),
        pl.Series("n_matched", compared.n_matched[same], dtype=pl.Int64()),
        pl.Series("share", compared.share[same], dtype=pl.Float64()),
        pl.lit(in_mirror).alias("mirrored"),
    )
