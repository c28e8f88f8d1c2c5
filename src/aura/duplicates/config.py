"""The settings of the search for near-duplicates."""

from pydantic import BaseModel, Field

SAMPLING_SETTINGS = frozenset({"max_rate_hz", "max_frames"})
"""The settings a fingerprint depends on; the others are about comparing fingerprints."""


class DuplicateConfig(BaseModel, extra="forbid", frozen=True):
    """How videos are fingerprinted, and when two of them show the same footage."""

    enabled: bool = Field(
        default=True, description="Look for near-duplicates from the pixels of all videos."
    )
    max_rate_hz: float = Field(
        default=8.0,
        gt=0,
        le=64,
        description="Frames hashed a second of video, halved until `max_frames` suffice.",
    )
    max_frames: int = Field(default=32, ge=1, le=64, description="Frames hashed of a video.")
    still_sigmas: float = Field(
        default=8.5,
        ge=4,
        le=11,
        description="How far below chance the distance of two frames lies that show the same, "
        "in standard deviations, where the pictures stand still.",
    )
    moving_sigmas: float = Field(
        default=6.5,
        ge=4,
        le=11,
        description="The same where pictures move, so that the moments hashed differ a little.",
    )
    min_matched: int = Field(
        default=3,
        ge=1,
        le=64,
        description="Frames of each video that must be found in the other, in the same order; "
        "all of them, and as closely as still ones, where a video has fewer.",
    )
    min_share: float = Field(
        default=0.4,
        gt=0,
        le=1,
        description="Part of one of the videos that must be found in the other.",
    )
    mirrored: bool = Field(default=True, description="Find mirrored copies as well.")
