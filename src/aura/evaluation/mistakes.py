"""The videos a model was surest and wrongest about, with frames to look at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from aura.errors import AuraError, DataError, MediaError
from aura.evaluation.report_data import Mistake, Thumbnail
from aura.tables import FAKE, PREDICTIONS, VIDEOS

_JPEG_QUALITY = 80


def worst_mistakes(
    predictions: pl.DataFrame,
    videos: pl.DataFrame,
    *,
    model: str,
    n: int = 6,
    n_frames: int = 4,
    threshold: float = 0.5,
) -> tuple[Mistake, ...]:
    """Return the ``n`` wrong verdicts of ``model`` that lie farthest from the truth.

    A video whose frames cannot be read is listed all the same, with a note that says why.

    Args:
        predictions: A table of `aura.tables.PREDICTIONS`.
        videos: A table of `aura.tables.VIDEOS`; tells where each video lies.
        model: Whose mistakes.
        n: At most how many.
        n_frames: Frames to show of each.
        threshold: A probability at or above it says "fake".

    Raises:
        DataError: ``model`` has no predictions, or a prediction's video is not among the videos.
    """
    rows = PREDICTIONS.check(predictions, where="predictions").filter(pl.col("model") == model)
    if not rows.height:
        names = ", ".join(predictions["model"].unique().sort().to_list()) or "none"
        raise DataError(f"expected predictions of the model {model}; there are those of {names}")
    known = VIDEOS.check(videos, where="videos").select("video_id", "path")
    unknown = rows.join(known, on="video_id", how="anti")
    if unknown.height:
        raise DataError(
            f"{unknown.height} predictions are of videos that are not in the videos table, such "
            f"as {unknown['video_id'][0]}: use the table the model was trained with"
        )
    is_fake, called_fake = pl.col("label") == FAKE, pl.col("probability") >= threshold
    wrong = (
        rows.join(known, on="video_id", how="inner")
        .filter(is_fake != called_fake)
        .with_columns(distance=(pl.col("probability") - pl.col("label")).abs())
        .sort("distance", "video_id", descending=[True, False])
        .head(n)
    )
    return tuple(_mistake(row, n_frames=n_frames) for row in wrong.iter_rows(named=True))


def mistake_frames(path: Path, *, n: int = 4, max_side: int = 160) -> list[Thumbnail]:
    """Return ``n`` frames spread evenly over a video, fewer if it has fewer.

    Args:
        path: The video.
        n: How many frames.
        max_side: The longer side of each picture in pixels.

    Raises:
        MediaError: The video cannot be read.
    """
    from aura.media import open_video
    from aura.media.sampling import uniform_indices

    with open_video(path) as video:
        indices = uniform_indices(video.info.n_frames, n)
        frames = video.frames_at(indices=indices, max_side=max_side)
    return [
        Thumbnail(jpeg_bytes(image), f"{seconds:.2f} s")
        for image, seconds in zip(frames.data, frames.pts_seconds, strict=True)
    ]


def jpeg_bytes(image: npt.NDArray[np.uint8]) -> bytes:
    """Return an image, uint8 [H, W, 3] in RGB, as a JPEG file.

    Raises:
        MediaError: The image cannot be encoded.
    """
    import cv2

    try:
        # OpenCV takes channels in the order BGR.
        done, data = cv2.imencode(
            ".jpg",
            np.ascontiguousarray(image[..., ::-1]),
            [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY],
        )
    except cv2.error as error:
        raise MediaError(f"an image of shape {image.shape} cannot be stored as JPEG") from error
    if not done:
        raise MediaError(f"an image of shape {image.shape} cannot be stored as JPEG")
    return data.tobytes()


def _mistake(row: Mapping[str, Any], *, n_frames: int) -> Mistake:
    thumbnails: tuple[Thumbnail, ...] = ()
    note: str | None = None
    try:
        thumbnails = tuple(mistake_frames(Path(row["path"]), n=n_frames))
    except AuraError as error:
        note = f"No frames to show: {error}"
    return Mistake(
        model=row["model"],
        video_id=row["video_id"],
        path=row["path"],
        label=row["label"],
        probability=row["probability"],
        fold=row["fold"],
        thumbnails=thumbnails,
        note=note,
    )
