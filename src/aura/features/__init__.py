"""Handcrafted features: about sixty named, documented numbers for each video."""

from aura.features.catalogue import (
    FEATURES,
    GROUPS,
    FeatureConfig,
    feature_groups,
    feature_names,
    feature_table,
)
from aura.features.definition import Feature
from aura.features.extraction import compute, extract, measure, sample
from aura.features.planes import count_usable

__all__ = [
    "FEATURES",
    "GROUPS",
    "Feature",
    "FeatureConfig",
    "compute",
    "count_usable",
    "extract",
    "feature_groups",
    "feature_names",
    "feature_table",
    "measure",
    "sample",
]
