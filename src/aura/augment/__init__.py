"""Augmentation: changes drawn once for a video and held over all its frames."""

from aura.augment.operation import Operation
from aura.augment.plan import (
    OPERATION_NAMES,
    OPERATIONS,
    AugmentConfig,
    apply,
    describe,
    draw_crf,
    draw_operations,
    keeps_timing,
)

__all__ = [
    "OPERATIONS",
    "OPERATION_NAMES",
    "AugmentConfig",
    "Operation",
    "apply",
    "describe",
    "draw_crf",
    "draw_operations",
    "keeps_timing",
]
