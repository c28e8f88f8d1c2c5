"""Every video at one small size, frame for frame and without loss."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from aura.engine import Item, StageOutput
from aura.errors import MediaError
from aura.media import EncodeConfig, MediaLimits, VideoWriter, open_video
from aura.stages.scan import pixel_libraries


class ScaleConfig(BaseModel, extra="forbid", frozen=True):
    """The size videos are scaled to."""

    max_side_px: int = Field(
        default=112,
        ge=32,
        le=2048,
        description="Length of the longer side; shorter videos are enlarged.",
    )


def scaled_size(height: int, width: int, *, max_side_px: int) -> tuple[int, int]:
    """Return (height, width) with the longer side at ``max_side_px`` and the aspect kept.

    >>> scaled_size(1080, 1920, max_side_px=112)
    (63, 112)
    >>> scaled_size(80, 60, max_side_px=112)
    (112, 84)
    """
    ratio = max_side_px / max(height, width)
    return max(1, round(height * ratio)), max(1, round(width * ratio))


@dataclass(frozen=True)
class ScaleStage:
    """Writes each video small, with all its frames and their times, without sound.

    The copy is lossless: what a model sees of it is what scaling the original on the fly gives,
    so that training and inference look at the same pixels.
    """

    config: ScaleConfig
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "scale"
    version: int = 2

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration, what a video may at most be, and what makes its pixels."""
        return {
            "scale": self.config.model_dump(mode="json"),
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a video."""
        return {
            "video_id": str,
            "file": str,
            "width": int,
            "height": int,
            "n_frames": int,
            "n_missing": int,
        }

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Write one scaled video; frames that do not decode are counted, not replaced."""
        name = f"{item.video_id}.mp4"
        n_frames = 0
        with open_video(item.path, limits=self.limits) as video:
            info = video.info
            height, width = scaled_size(
                info.height, info.width, max_side_px=self.config.max_side_px
            )
            with VideoWriter(
                folder / name,
                width=width,
                height=height,
                fps=info.fps,
                config=EncodeConfig(lossless=True),
            ) as writer:
                for frame in video.stream(size=(height, width)):
                    writer.write(frame.data, pts_s=frame.pts_s)
                    n_frames += 1
                if not n_frames:
                    raise MediaError(f"{item.path}: no frame of it can be decoded")
            n_missing = len(video.damage)
        row = {
            "video_id": item.video_id,
            "file": name,
            "width": width,
            "height": height,
            "n_frames": n_frames,
            "n_missing": n_missing,
        }
        return StageOutput(rows=(row,), files=(name,))
