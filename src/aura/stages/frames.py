"""Single frames of a video as JPEG files."""

import errno
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from aura.engine import Item, StageOutput
from aura.engine.stage import Scalar
from aura.errors import AccessError, MediaError
from aura.media import Frame, MediaLimits, Video, open_video
from aura.stages.frame_choice import frames_at_rate, frames_per_video
from aura.stages.frame_names import CLASS_FOLDERS, frame_file, frame_stem
from aura.stages.scan import pixel_libraries

DISK_FULL = "no space is left on the disk"
"""Stands in the reason of a failure that all further videos would share."""

_HELD_BYTES = 128 << 20
"""Pixels of one video held at once; more are read one frame after another."""

_NO_PICTURE = "the decoder gave no picture for it"


class FrameConfig(BaseModel, extra="forbid", frozen=True):
    """Which frames of a video are stored, and how."""

    per_video: int = Field(
        default=3,
        ge=1,
        le=10_000,
        description="Frames of a video: 3 lie at 1/3, 1/2 and 2/3 of its duration, any other "
        "number divides it evenly.",
    )
    fps: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Frames of a second of video, instead of a number a video.",
    )
    quality: int = Field(default=95, ge=1, le=100, description="JPEG quality.")
    max_side_px: int | None = Field(
        default=None,
        ge=16,
        le=16384,
        description="Longest side to scale down to; by default frames keep their size.",
    )

    def choose(self, pts_seconds: NDArray[np.float64]) -> tuple[int, ...]:
        """Return the frames to store of a video whose frames are shown at these times."""
        if self.fps is not None:
            return frames_at_rate(pts_seconds, self.fps)
        return frames_per_video(pts_seconds, self.per_video)


@dataclass(frozen=True)
class FrameStage:
    """Writes chosen frames of each video, exactly as a decoding from start to end gives them.

    Of the item's facts, ``label`` decides the folder and the first word of the files' names, and
    ``name`` is their second. A chosen frame that does not decode has a row without a file; no
    other frame takes its place.
    """

    config: FrameConfig
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "frames"
    version: int = 1

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration, what a video may at most be, and what makes its pixels."""
        return {
            "frames": self.config.model_dump(mode="json"),
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a chosen frame; ``file`` is empty and ``problem`` says why where none is."""
        return {
            "video_id": str,
            "parent_id": str,
            "file": str,
            "number": int,
            "frame_index": int,
            "seconds": float,
            "width": int,
            "height": int,
            "size_bytes": int,
            "sha256": str,
            "problem": str,
        }

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Write the chosen frames of one video."""
        label = _label_of(item)
        stem = frame_stem(item.video_id, str(item.facts.get("name", "")), label=label)
        (folder / CLASS_FOLDERS[label]).mkdir(exist_ok=True)
        stored: dict[int, dict[str, Scalar]] = {}
        with open_video(item.path, limits=self.limits) as video:
            shown_at = video.pts_seconds
            chosen = self.config.choose(shown_at)
            names = {
                index: frame_file(stem, number, n_frames=len(chosen), label=label)
                for number, index in enumerate(chosen, start=1)
            }
            for frame in self._decoded(video, chosen):
                stored[frame.index] = self._store(frame, folder, names[frame.index])
            if not stored:
                raise MediaError(f"{item.path}: none of its {len(chosen)} chosen frames decodes")
            reasons = {missing.index: missing.reason for missing in video.damage}
        rows: list[dict[str, Scalar]] = []
        for number, index in enumerate(chosen, start=1):
            named: dict[str, Scalar] = {
                "video_id": f"{item.video_id}~frame{number:02d}",
                "parent_id": item.video_id,
                "number": number,
                "frame_index": index,
                "seconds": float(shown_at[index]),
            }
            cells = named | (stored.get(index) or _absent(reasons.get(index, _NO_PICTURE)))
            rows.append({name: cells[name] for name in self.columns})
        return StageOutput(tuple(rows), files=tuple(names[index] for index in sorted(stored)))

    def _decoded(self, video: Video, chosen: tuple[int, ...]) -> Iterator[Frame]:
        """Yield the chosen frames that decode, in order, in bounded memory.

        A few frames are fetched, which decodes only what they need. Many are read in passing:
        fetched in parts, a file without an index would be decoded from its start for each part.
        """
        max_side = self.config.max_side_px
        n_bytes = len(chosen) * video.info.width * video.info.height * 3
        if n_bytes <= min(_HELD_BYTES, self.limits.max_result_bytes):
            frames = video.frames_at(indices=chosen, max_side=max_side)
            for place, index in enumerate(frames.indices.tolist()):
                yield Frame(index, float(frames.pts_seconds[place]), frames.data[place])
            return
        wanted = set(chosen)
        for frame in video.stream(max_side=max_side):
            if frame.index in wanted:
                yield frame
            if frame.index >= chosen[-1]:
                return

    def _store(self, frame: Frame, folder: Path, name: str) -> dict[str, Scalar]:
        """Write one frame and return the cells that tell what was written."""
        encoded = _jpeg(frame.data, quality=self.config.quality, name=name)
        try:
            (folder / name).write_bytes(encoded)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise AccessError(f"{name} cannot be written: {DISK_FULL}") from error
        height, width = frame.data.shape[:2]
        return {
            "file": name,
            "width": width,
            "height": height,
            "size_bytes": len(encoded),
            "sha256": hashlib.sha256(encoded).hexdigest(),
            "problem": "",
        }


def _label_of(item: Item) -> int | None:
    label = item.facts.get("label")
    return None if label is None else int(label)


def _jpeg(rgb: NDArray[np.uint8], *, quality: int, name: str) -> bytes:
    try:
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        raise MediaError(f"{name} cannot be written as JPEG: {error.err}") from error
    if not done:
        height, width = rgb.shape[:2]
        raise MediaError(
            f"{name} cannot be written as JPEG, which holds at most 65500 pixels a side, not "
            f"{width}x{height}; set frames.max_side_px"
        )
    return encoded.tobytes()


def _absent(problem: str) -> dict[str, Scalar]:
    """Return the cells of a frame that there is none of."""
    nothing: dict[str, Scalar] = {"width": 0, "height": 0, "size_bytes": 0}
    return nothing | {"file": "", "sha256": "", "problem": problem}
