"""The frames a network looks at: evenly spread over the video, squared with black bars."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from aura.engine import Item, StageOutput
from aura.errors import InsufficientEvidence
from aura.media import open_video
from aura.media.sampling import uniform_indices


class ClipConfig(BaseModel, extra="forbid", frozen=True):
    """The frames of a clip."""

    n_frames: int = Field(
        default=8, ge=1, le=1024, description="Frames of a clip; short videos have less."
    )


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
    name: str = "clips"
    version: int = 1

    @property
    def columns(self) -> dict[str, type]:
        """One row a video."""
        return {"video_id": str, "file": str, "n_frames": int}

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Write one clip, uint8 [T, S, S, 3]."""
        name = f"{item.video_id}.npy"
        with open_video(item.path) as video:
            frames = video.frames_at(indices=uniform_indices(video.n_frames, self.config.n_frames))
        if not len(frames):
            raise InsufficientEvidence(f"{item.path}: no frame for a clip can be decoded")
        np.save(folder / name, letterboxed(frames.data, size_px=self.size_px))
        row = {"video_id": item.video_id, "file": name, "n_frames": len(frames)}
        return StageOutput(rows=(row,), files=(name,))
