"""The stages: one video in, rows and files out."""

from aura.stages.augment import AugmentStage
from aura.stages.clips import ClipConfig, ClipStage
from aura.stages.features import FeatureStage
from aura.stages.fingerprint import FingerprintStage
from aura.stages.frames import FrameConfig, FrameStage
from aura.stages.scale import ScaleConfig, ScaleStage
from aura.stages.scan import ScanStage

__all__ = [
    "AugmentStage",
    "ClipConfig",
    "ClipStage",
    "FeatureStage",
    "FingerprintStage",
    "FrameConfig",
    "FrameStage",
    "ScaleConfig",
    "ScaleStage",
    "ScanStage",
]
