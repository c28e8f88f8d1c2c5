"""The models, listed in one catalogue.

Importing this room loads neither torch nor scikit-learn; creating a model loads what it needs.
"""

from aura.models.card import ModelCard
from aura.models.catalogue import (
    create_feature_model,
    create_frame_model,
    create_model,
    list_models,
    model_card,
)
from aura.models.feature_model import FeatureModel

__all__ = [
    "FeatureModel",
    "ModelCard",
    "create_feature_model",
    "create_frame_model",
    "create_model",
    "list_models",
    "model_card",
]
