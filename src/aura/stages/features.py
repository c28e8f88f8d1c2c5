"""Handcrafted features of a video, at full or at scaled size."""

from dataclasses import dataclass
from pathlib import Path

from aura.engine import Item, StageOutput
from aura.features import FeatureConfig, extract, feature_names


@dataclass(frozen=True)
class FeatureStage:
    """Measures one video; the name tells full size from scaled."""

    config: FeatureConfig
    name: str = "features"
    version: int = 1

    @property
    def columns(self) -> dict[str, type]:
        """One row a video, one column a feature."""
        return {"video_id": str} | dict.fromkeys(feature_names(self.config), float)

    def process(self, item: Item, folder: Path) -> StageOutput:  # noqa: ARG002  makes no files
        """Return the features of one video."""
        return StageOutput(
            rows=({"video_id": item.video_id, **extract(item.path, config=self.config)},)
        )
