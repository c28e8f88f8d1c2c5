"""Folds, the training loop and the checkpoints it leaves.

Importing this room does not load torch; `aura.training.folds` loads it when a network is trained.
"""

from aura.training.config import TrainingConfig
from aura.training.data import ClipStore, FeatureTable, Sample
from aura.training.folds import ModelFolds, check_models, train_folds
from aura.training.recipe import ClipRecipe, FeatureRecipe, Recipe

__all__ = [
    "ClipRecipe",
    "ClipStore",
    "FeatureRecipe",
    "FeatureTable",
    "ModelFolds",
    "Recipe",
    "Sample",
    "TrainingConfig",
    "check_models",
    "train_folds",
]
