"""Which videos are taken when not all are wanted."""

import hashlib

import polars as pl


def select_videos(videos: pl.DataFrame, max_videos: int | None) -> pl.DataFrame:
    """Return at most ``max_videos`` videos of each label, spread over persons and folders.

    Videos stand in the order of a hash of their id. From each value of ``spread_by``, in turn, the
    next one is taken until there are enough. The choice depends on the videos alone, neither on
    names that sort first nor on chance, and a larger ``max_videos`` adds to that of a smaller one.

    Args:
        videos: A table with ``video_id``, ``label`` and ``spread_by``.
        max_videos: How many of each label; None for all.

    Returns:
        The rows chosen, in the order of ``videos``.
    """
    if max_videos is None:
        return videos
    ranked = videos.with_row_index("row").with_columns(
        order=videos["video_id"].map_elements(_hash, return_dtype=pl.String)
    )
    turn = pl.col("order").rank("ordinal").over("label", "spread_by")
    chosen = (
        ranked.with_columns(turn=turn)
        .sort("turn", "order")
        .group_by("label", maintain_order=True)
        .head(max_videos)
    )
    return videos[chosen["row"].sort()]


def _hash(video_id: str) -> str:
    return hashlib.blake2b(video_id.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
