"""Versions of a clip as they circulate: recompressed, scaled, framed, cut, mirrored, marked."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.media import EncodeConfig, VideoWriter, open_video

ByteArray = NDArray[np.uint8]
Redraw = Callable[[ByteArray], ByteArray]

_TRIM = 0.3
_SMALL_HEIGHT_PX = 240
_USUAL_CRF = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One way of changing a clip.

    Attributes:
        name: How results call it.
        redraw: What becomes of each frame, uint8 [H, W, 3].
        keep: The part of the clip's duration that is kept, from and to.
        crf: How strongly the result is compressed.
    """

    name: str
    redraw: Redraw = lambda frame: frame
    keep: tuple[float, float] = (0.0, 1.0)
    crf: float = _USUAL_CRF


def to_240p(frame: ByteArray) -> ByteArray:
    """Return a frame scaled to a height of 240 pixels."""
    height, width = frame.shape[:2]
    size = (max(2, round(width * _SMALL_HEIGHT_PX / height / 2) * 2), _SMALL_HEIGHT_PX)
    how = cv2.INTER_AREA if height > _SMALL_HEIGHT_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(frame, size, interpolation=how), np.uint8)


def letterboxed(frame: ByteArray) -> ByteArray:
    """Return a frame with black bars of a sixth of its height above and below."""
    bar = round(frame.shape[0] / 12) * 2
    return np.pad(frame, ((bar, bar), (0, 0), (0, 0)))


def pillarboxed(frame: ByteArray) -> ByteArray:
    """Return a frame with black bars of a sixth of its width on both sides."""
    bar = round(frame.shape[1] / 12) * 2
    return np.pad(frame, ((0, 0), (bar, bar), (0, 0)))


def with_logo(frame: ByteArray) -> ByteArray:
    """Return a frame with an opaque sign of 20% by 12% of its size in the upper right corner."""
    height, width = frame.shape[:2]
    marked = frame.copy()
    top, left = round(height * 0.05), round(width * 0.76)
    tall, wide = max(2, round(height * 0.12)), max(4, round(width * 0.2))
    marked[top : top + tall, left : left + wide] = (200, 30, 40)
    place = (left + round(wide * 0.08), top + round(tall * 0.75))
    scale = wide / 100
    cv2.putText(marked, "NEWS", place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 2)
    return marked


def flipped(frame: ByteArray) -> ByteArray:
    """Return a frame mirrored left to right."""
    return np.ascontiguousarray(frame[:, ::-1])


def all_at_once(frame: ByteArray) -> ByteArray:
    """Return a frame with a logo, scaled to 240p and letterboxed."""
    return letterboxed(to_240p(with_logo(frame)))


VERSIONS = (
    Version(name="CRF 40", crf=40),
    Version(name="240p", redraw=to_240p),
    Version(name="letterboxed", redraw=letterboxed),
    Version(name="pillarboxed", redraw=pillarboxed),
    Version(name="trimmed at the start", keep=(_TRIM, 1.0)),
    Version(name="trimmed at the end", keep=(0.0, 1 - _TRIM)),
    Version(name="trimmed at both ends", keep=(_TRIM / 2, 1 - _TRIM / 2)),
    Version(name="logo", redraw=with_logo),
    Version(name="all at once", redraw=all_at_once, keep=(_TRIM / 2, 1 - _TRIM / 2), crf=35),
    Version(name="mirrored", redraw=flipped),
)


def make_versions(clips: list[Path], folder: Path, *, workers: int) -> dict[tuple[Path, str], Path]:
    """Return the versions of all clips, by clip and name; those already made are kept."""
    made = {
        (clip, version.name): folder / clip.parent.name / f"{clip.stem}.{place}.mp4"
        for clip in clips
        for place, version in enumerate(VERSIONS)
    }
    todo = [clip for clip in clips if not all(made[clip, v.name].exists() for v in VERSIONS)]
    paths = [[made[clip, version.name] for version in VERSIONS] for clip in todo]
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_make, todo, paths))
    return made


def _make(clip: Path, paths: list[Path]) -> None:
    with open_video(clip) as video, ExitStack() as stack:
        duration_s = min(video.info.duration_s, video.n_frames / video.info.fps)
        writers: dict[str, VideoWriter] = {}
        for frame in video.stream():
            for version, path in zip(VERSIONS, paths, strict=True):
                start_s, end_s = (share * duration_s for share in version.keep)
                if not start_s <= frame.pts_s < end_s and version.keep != (0.0, 1.0):
                    continue
                picture = version.redraw(frame.data)
                if version.name not in writers:
                    height, width = picture.shape[:2]
                    config = EncodeConfig(crf=version.crf, preset="veryfast")
                    writers[version.name] = stack.enter_context(
                        VideoWriter(
                            path, width=width, height=height, fps=video.info.fps, config=config
                        )
                    )
                writers[version.name].write(picture, pts_s=max(0.0, frame.pts_s - start_s))
