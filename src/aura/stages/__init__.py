"""The stages: one video in, rows and files out."""

from aura.stages.augment import AugmentStage
from aura.stages.clips import ClipConfig, ClipStage
from aura.stages.features import FeatureStage
from aura.stages.scale import ScaleConfig, ScaleStage
from aura.stages.scan import ScanStage

__all__ = [
    "AugmentStage",
    "ClipConfig",
    "ClipStage",
    "FeatureStage",
    "ScaleConfig",
    "ScaleStage",
    "ScanStage",
]
