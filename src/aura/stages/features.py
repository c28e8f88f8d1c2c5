"""Handcrafted features of a video, at full or at scaled size."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aura.engine import Item, StageOutput
from aura.features import FeatureConfig, extract, feature_names
from aura.media import MediaLimits
from aura.stages.scan import pixel_libraries


@dataclass(frozen=True)
class FeatureStage:
    """Measures one video; the name tells full size from scaled."""

    config: FeatureConfig
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "features"
    version: int = 2

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration, what a video may at most be, and what makes its pixels."""
        return {
            "features": self.config.model_dump(mode="json"),
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a video, one column a feature."""
        return {"video_id": str} | dict.fromkeys(feature_names(self.config), float)

    def process(self, item: Item, folder: Path) -> StageOutput:  # noqa: ARG002  makes no files
        """Return the features of one video."""
        values = extract(item.path, self.config, limits=self.limits)
        return StageOutput(rows=({"video_id": item.video_id, **values},))
