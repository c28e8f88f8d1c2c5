"""The catalogue: every model's card and the function that creates it.

A new model is one file beside this one, one ``_create_…`` function and one line in ``_ENTRIES``.
The contract tests run over all of them.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from aura.errors import ConfigError, MissingExtraError, UsageError
from aura.models.card import ModelCard, ModelKind
from aura.models.feature_model import FeatureModel

if TYPE_CHECKING:
    from aura.models.frame_network import FrameNetwork

ConfigT = TypeVar("ConfigT", bound=BaseModel)


def _settings_of(config_type: type[ConfigT], name: str, settings: Mapping[str, Any]) -> ConfigT:
    try:
        return config_type.model_validate(dict(settings))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}"
            for fault in error.errors()
        )
        known = ", ".join(config_type.model_fields)
        raise ConfigError(
            f"settings of model {name}: {faults}. It knows the settings {known}"
        ) from error


def _create_logistic_regression(settings: Mapping[str, Any]) -> FeatureModel:
    from aura.models.linear import LogisticRegressionConfig, LogisticRegressionModel

    config = _settings_of(LogisticRegressionConfig, "logistic_regression", settings)
    return LogisticRegressionModel(config)


def _create_naive_cnn(settings: Mapping[str, Any]) -> "FrameNetwork":
    from aura.models.naive_cnn import NaiveCNN, NaiveCNNConfig

    return NaiveCNN(_settings_of(NaiveCNNConfig, "naive_cnn", settings))


@dataclass(frozen=True, slots=True)
class _Entry:
    card: ModelCard
    create: "Callable[[Mapping[str, Any]], FeatureModel | FrameNetwork]"


_ENTRIES = (
    _Entry(
        ModelCard(
            name="logistic_regression",
            kind="features",
            summary="Weighs standardised features linearly; every weight can be read.",
            input="float64 [N, D], one row of named features a video",
            n_parameters=None,
            weights=("none",),
            source="Cox, The regression analysis of binary sequences, 1958; fitted by scikit-learn",
            licence="MIT; scikit-learn BSD-3-Clause",
        ),
        _create_logistic_regression,
    ),
    _Entry(
        ModelCard(
            name="naive_cnn",
            kind="frames",
            summary="A small convolutional network looks at each frame by itself; "
            "the logits of a clip's frames are averaged.",
            input="float32 [B, T, 3, H, W], RGB in [0, 1]; H and W at least 16",
            n_parameters=155_065,
            weights=("none",),
            source="of this project",
            licence="MIT",
        ),
        _create_naive_cnn,
    ),
)


def list_models() -> tuple[ModelCard, ...]:
    """Return the cards of all models, those over features first, each kind by name.

    >>> [card.name for card in list_models()][:1]
    ['logistic_regression']
    """
    cards = (entry.card for entry in _ENTRIES)
    return tuple(sorted(cards, key=lambda card: (card.kind, card.name)))


def model_card(name: str) -> ModelCard:
    """Return the card of the model called ``name``.

    Raises:
        UsageError: There is no such model; the message names the nearest and lists all.
    """
    return _entry(name).card


def create_model(name: str, *, weights: str = "none", **settings: Any) -> Any:
    """Return a new model of the catalogue: a `FeatureModel` or a `FrameNetwork`, as its card says.

    `create_feature_model` and `create_frame_model` do the same for one kind, with a typed result.

    Args:
        name: One of `list_models`.
        weights: ``"none"`` for an untrained model, or one of the weights on the model's card.
            Untrained networks draw their weights from torch's global generator.
        settings: The fields of the model's configuration; see its file.

    Raises:
        UsageError: No such model, or it has no such weights.
        ConfigError: A setting is unknown or out of range.
        MissingExtraError: The model needs a library that is not installed.
    """
    entry = _entry(name)
    card = entry.card
    if weights not in card.weights:
        raise UsageError(
            f"model {name} has no weights {weights!r}: it accepts {', '.join(card.weights)}"
        )
    try:
        return entry.create(settings)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "torch":
            raise
        raise MissingExtraError("torch", extra="train", needed_for=f"model {name}") from error


def create_feature_model(name: str, *, weights: str = "none", **settings: Any) -> FeatureModel:
    """Return a new model over features; see `create_model`."""
    _require_kind(name, "features")
    return create_model(name, weights=weights, **settings)


def create_frame_model(name: str, *, weights: str = "none", **settings: Any) -> "FrameNetwork":
    """Return a new network over frames; see `create_model`."""
    _require_kind(name, "frames")
    return create_model(name, weights=weights, **settings)


def _require_kind(name: str, kind: ModelKind) -> None:
    card = model_card(name)
    if card.kind != kind:
        raise UsageError(f"model {name} is fed with {card.kind}; a model over {kind} was expected")


def _entry(name: str) -> _Entry:
    for entry in _ENTRIES:
        if entry.card.name == name:
            return entry
    names = [card.name for card in list_models()]
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise UsageError(f"there is no model {name!r}: {hint}The catalogue has {', '.join(names)}")
