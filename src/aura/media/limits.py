"""How much of this machine one media file may claim."""

from pydantic import BaseModel, Field


class MediaLimits(BaseModel, extra="forbid", frozen=True):
    """Bounds beyond which a file is refused with a `LimitError` instead of being worked on."""

    max_pixels: int = Field(
        default=8192 * 4352, ge=1, description="Pixels of one frame; the default admits 8K."
    )
    max_duration_s: float = Field(
        default=4 * 3600.0, gt=0, description="Length the container claims or its frames span."
    )
    max_streams: int = Field(default=32, ge=1, description="Streams of any kind in the file.")
    max_frames: int = Field(default=2_000_000, ge=1, description="Video frames in the file.")
    max_result_bytes: int = Field(
        default=4 << 30, ge=1, description="Memory for the pixels or samples one call returns."
    )
