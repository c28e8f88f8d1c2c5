"""What a video looks like, in a form that finds its copies."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aura.duplicates import FINGERPRINT_VERSION, DuplicateConfig, fingerprint_video
from aura.duplicates.config import SAMPLING_SETTINGS
from aura.engine import Item, StageOutput
from aura.media import MediaLimits
from aura.stages.scan import pixel_libraries


@dataclass(frozen=True)
class FingerprintStage:
    """Takes the fingerprint of each video; `aura.duplicates.near_groups` compares them.

    A video of blank frames only has an empty fingerprint, and no copies.
    """

    config: DuplicateConfig = field(default_factory=DuplicateConfig)
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "fingerprint"
    version: int = FINGERPRINT_VERSION

    @property
    def settings(self) -> dict[str, Any]:
        """Which frames are hashed, what a video may at most be, and what makes its pixels."""
        return {
            "fingerprint": self.config.model_dump(mode="json", include=set(SAMPLING_SETTINGS)),
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a video."""
        return {"video_id": str, "n_hashes": int, "fingerprint": str}

    def process(self, item: Item, folder: Path) -> StageOutput:  # noqa: ARG002  makes no files
        """Return the fingerprint of one video."""
        found = fingerprint_video(item.path, self.config, limits=self.limits)
        row = {
            "video_id": item.video_id,
            "n_hashes": len(found),
            "fingerprint": found.to_text(),
        }
        return StageOutput(rows=(row,))
