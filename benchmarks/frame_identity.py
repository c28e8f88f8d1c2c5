"""Whether two extractions hold the same frames, and whose are right where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.datasets import DataConfig, list_videos


@dataclass(frozen=True, slots=True)
class Identity:
    """What comparing frame by frame brought.

    Attributes:
        n_frames: Frames of ours.
        n_exact: Those of ours that equal a sequential decoding with PyAV, encoded alike.
        n_equal: Those that the opponent has too, byte for byte.
        other_frame: Where the opponent has another frame, and which it asked for.
        n_missing: Frames of ours the opponent did not write.
    """

    n_frames: int
    n_exact: int
    n_equal: int
    other_frame: tuple[str, ...]
    n_missing: int


def compare(
    out: Path, opponent: Mapping[str, Sequence[Mapping[str, Any]]], *, videos: Path
) -> Identity:
    """Compare our tree with the frames the opponent wrote.

    Args:
        out: Our folder.
        opponent: The opponent's frames by path of the video.
        videos: The folder both read.
    """
    index = pl.read_parquet(out / "frames.parquet")
    paths = {video.video_id: video.path for video in list_videos(videos, DataConfig()).videos}
    n_exact = n_equal = n_missing = 0
    other: list[str] = []
    for (video_id,), rows in index.group_by("video_id", maintain_order=True):
        path = paths[str(video_id)]
        ours = {i: (out / file).read_bytes() for i, file in rows["frame_index", "path"].iter_rows()}
        truth = _sequential(path, set(ours))
        n_exact += sum(ours[i] == truth.get(i) for i in ours)
        theirs = opponent.get(str(path), ())
        n_missing += len(ours) - len(theirs)
        for (i, content), frame in zip(ours.items(), theirs, strict=False):
            if content == Path(frame["file"]).read_bytes():
                n_equal += 1
            else:
                name = path.relative_to(videos)
                other.append(f"{name}: frame {i} here, {frame['index']} asked for by the opponent")
    return Identity(len(index), n_exact, n_equal, tuple(other), n_missing)


def _sequential(path: Path, wanted: set[int]) -> dict[int, bytes]:
    """Return frames of a decoding from the start, as JPEG files."""
    found: dict[int, bytes] = {}
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                found[number] = _jpeg(frame.to_ndarray(format="rgb24"))
            if number >= max(wanted):
                break
    return found


def _jpeg(rgb: NDArray[Any]) -> bytes:
    bgr = np.ascontiguousarray(rgb[:, :, ::-1], dtype=np.uint8)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
