"""``frames.parquet``: every frame with its video, its group and its label."""

from pathlib import Path

import polars as pl

from aura.tables import write_frame

COLUMNS = (
    *("video_id", "group_id", "split", "dataset", "label", "path", "number"),
    *("frame_index", "seconds", "width", "height", "size_bytes", "sha256"),
)
"""``path`` is relative to the table's folder; ``split`` is empty unless a manifest gave it."""


def frame_index(frames: pl.DataFrame, videos: pl.DataFrame) -> pl.DataFrame:
    """Return one row a frame that is there, in the order of the videos.

    Args:
        frames: The table of `aura.stages.FrameStage`.
        videos: The table of a `FrameSource`.
    """
    of_video = videos.select("video_id", "group_id", "split", "dataset", "label")
    return (
        frames.filter(pl.col("file") != "")
        .drop("video_id")
        .rename({"parent_id": "video_id", "file": "path"})
        .join(of_video, on="video_id", how="left", maintain_order="left")
        .select(COLUMNS)
    )


def write_index(index: pl.DataFrame, path: Path) -> None:
    """Store the index, whole or not at all."""
    write_frame(index, path)
