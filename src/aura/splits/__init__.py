"""Folds and splits that never divide a group.

`assign_folds` divides a manifest as `SplitConfig` says; `stratified_group_folds` and its kin are
the pure arithmetic under it, and `splits_to_json` and `splits_from_json` carry a division from one
place to another.
"""

from aura.splits.assign import assign_folds, judged_folds
from aura.splits.config import SPLITS, TEST, TRAIN, VAL, SplitConfig, SplitScheme
from aura.splits.exchange import splits_from_json, splits_to_json
from aura.splits.folds import (
    hashed_positions,
    held_out_groups,
    leave_one_out_folds,
    stratified_group_folds,
)

__all__ = [
    "SPLITS",
    "TEST",
    "TRAIN",
    "VAL",
    "SplitConfig",
    "SplitScheme",
    "assign_folds",
    "hashed_positions",
    "held_out_groups",
    "judged_folds",
    "leave_one_out_folds",
    "splits_from_json",
    "splits_to_json",
    "stratified_group_folds",
]
