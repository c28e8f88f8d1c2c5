"""The frames a network looks at: evenly spread over the video, squared with black bars."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from aura.engine import Item, StageOutput
from aura.errors import InsufficientEvidence
from aura.features import count_usable
from aura.media import MediaLimits, Video, open_video
from aura.media.sampling import uniform_indices
from aura.stages.scan import pixel_libraries


class ClipConfig(BaseModel, extra="forbid", frozen=True):
    """The frames of a clip."""

    n_frames: int = Field(
        default=8, ge=1, le=1024, description="Frames of a clip; short videos have less."
    )
    min_usable_frames: int = Field(
        default=4,
        ge=1,
        le=1024,
        description="Frames of the clip that must decode and not be of one colour.",
    )


def cut_clip(
    video: Video,
    config: ClipConfig,
    *,
    size_px: int,
    within: range | None = None,
    scaled_to: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """Return the clip of an open video, or of a stretch of it.

    Args:
        video: An open video.
        config: How many frames.
        size_px: Side of the clip's squares.
        within: The frames to choose from, each following the one before; by default all.
        scaled_to: Height and width to scale to while converting; by default frames are taken as
            they are.

    Returns:
        uint8 [T, size_px, size_px, 3].

    Raises:
        InsufficientEvidence: Too few of the frames are usable.
    """
    within = range(video.n_frames) if within is None else within
    wanted = [within[index] for index in uniform_indices(len(within), config.n_frames)]
    frames = video.frames_at(indices=wanted, size=scaled_to)
    n_usable = count_usable(frames.data)
    if n_usable < config.min_usable_frames:
        raise InsufficientEvidence(
            f"{n_usable} usable frames of {len(wanted)} sampled ({len(frames.missing)} could not "
            f"be decoded, {len(frames) - n_usable} of one colour), at least "
            f"{config.min_usable_frames} needed: use a longer or less damaged video"
        )
    return letterboxed(frames.data, size_px=size_px)


def letterboxed(frames: NDArray[np.uint8], *, size_px: int) -> NDArray[np.uint8]:
    """Return ``frames`` centred on black squares.

    Args:
        frames: uint8 [T, H, W, 3], H and W at most ``size_px``.
        size_px: Side of the squares.

    Returns:
        uint8 [T, size_px, size_px, 3].

    >>> letterboxed(np.full((1, 1, 2, 3), 9, np.uint8), size_px=4)[0, :, :, 0].tolist()
    [[0, 0, 0, 0], [0, 9, 9, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    """
    n_frames, height, width, _ = frames.shape
    top, left = (size_px - height) // 2, (size_px - width) // 2
    squares = np.zeros((n_frames, size_px, size_px, 3), dtype=np.uint8)
    squares[:, top : top + height, left : left + width] = frames
    return squares


@dataclass(frozen=True)
class ClipStage:
    """Cuts one clip from each scaled video, as an array that training reads without decoding."""

    config: ClipConfig
    size_px: int
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "clips"
    version: int = 2

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration, what a video may at most be, and what makes its pixels."""
        return {
            "clips": self.config.model_dump(mode="json"),
            "size_px": self.size_px,
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a video."""
        return {"video_id": str, "file": str, "n_frames": int}

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Write one clip, uint8 [T, S, S, 3]."""
        name = f"{item.video_id}.npy"
        with open_video(item.path, limits=self.limits) as video:
            clip = cut_clip(video, self.config, size_px=self.size_px)
        np.save(folder / name, clip)
        row = {"video_id": item.video_id, "file": name, "n_frames": len(clip)}
        return StageOutput(rows=(row,), files=(name,))
