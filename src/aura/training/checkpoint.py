"""Trained models on disk: ``model.json`` and the weights beside it, nothing that runs code.

Networks keep their weights in ``weights.safetensors``, models over features in ``weights.npz``
(plain arrays). Equal models give equal bytes.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue, ValidationError

from aura.atomic import atomic_path, write_text
from aura.errors import DataError, MissingExtraError, UsageError
from aura.models import FeatureModel, create_feature_model, create_frame_model, model_card
from aura.training.fold_folder import FoldFolder
from aura.training.loaded import LoadedFeatureModel, LoadedFrameModel, LoadedModel
from aura.training.recipe import ClipRecipe, FeatureRecipe, parse_recipe, require_same_recipe

if TYPE_CHECKING:
    from aura.models.frame_network import FrameNetwork

MODEL_FILE = "model.json"
SUMMARY_FILE = "summary.json"
_ARRAYS_FILE = "weights.npz"
_TENSORS_FILE = "weights.safetensors"


class _Facts(BaseModel, extra="forbid", frozen=True):
    """What ``model.json`` holds."""

    format: Literal[1] = 1
    model: str
    model_version: int
    settings: dict[str, JsonValue]
    recipe: dict[str, JsonValue]
    recipe_fingerprint: str


def save_fold_model(
    folder: Path,
    model: "FeatureModel | FrameNetwork",
    *,
    name: str,
    recipe: FeatureRecipe | ClipRecipe,
) -> tuple[str, ...]:
    """Write a fitted model to ``folder`` and return the names of its files.

    Args:
        folder: Made where it is missing.
        model: Fitted; networks on any device.
        name: Its name in the catalogue.
        recipe: How its inputs are made.

    Raises:
        UsageError: The recipe is of another kind than the model's inputs.
    """
    card = model_card(name)
    if card.kind != recipe.kind:
        raise UsageError(f"model {name} is fed with {card.kind}, the recipe makes {recipe.kind}")
    folder.mkdir(parents=True, exist_ok=True)
    if card.kind == "features":
        weights = _ARRAYS_FILE
        with atomic_path(folder / weights) as partial, partial.open("wb") as stream:
            arrays: dict[str, Any] = dict(_as_feature_model(model).arrays())
            np.savez(stream, **arrays)
    else:
        weights = _TENSORS_FILE
        _save_tensors(_as_network(model), folder / weights)
    facts = _Facts(
        model=name,
        model_version=card.version,
        settings=model.config.model_dump(mode="json"),
        recipe=recipe.model_dump(mode="json"),
        recipe_fingerprint=recipe.fingerprint(),
    )
    write_text(folder / MODEL_FILE, json.dumps(facts.model_dump(mode="json"), indent=1) + "\n")
    return (MODEL_FILE, weights)


def load_fold_model(
    folder: Path, *, recipe: FeatureRecipe | ClipRecipe | None = None, device: str = "cpu"
) -> LoadedModel:
    """Return the model that ``save_fold_model`` left in ``folder``.

    Args:
        folder: One fold of a run.
        recipe: How the inputs to score were made; None where they will be made by the model's
            own recipe.
        device: Where networks compute, in torch's words.

    Raises:
        DataError: The folder holds no such model, a damaged one or one of another version, or its
            recipe is not ``recipe``.
        MissingExtraError: The model needs a library that is not installed.
    """
    facts = _read_facts(folder / MODEL_FILE)
    own_recipe = parse_recipe(facts.recipe, where=str(folder / MODEL_FILE))
    if own_recipe.fingerprint() != facts.recipe_fingerprint:
        raise DataError(
            f"{folder / MODEL_FILE}: its recipe has the fingerprint {own_recipe.fingerprint()} "
            f"and not {facts.recipe_fingerprint} as written: the file was changed, train again"
        )
    if recipe is not None:
        require_same_recipe(own_recipe, recipe, where=str(folder))
    card = model_card(facts.model)
    if card.version != facts.model_version:
        raise DataError(
            f"{folder}: holds {facts.model} of version {facts.model_version}, this AURA knows "
            f"version {card.version}: train again"
        )
    settings: dict[str, Any] = dict(facts.settings)
    if isinstance(own_recipe, FeatureRecipe):
        model = create_feature_model(facts.model, **settings)
        model.restore(_load_arrays(folder / _ARRAYS_FILE), names=own_recipe.names)
        return LoadedFeatureModel(facts.model, own_recipe, model)
    network = create_frame_model(facts.model, **settings)
    _load_tensors(network, folder / _TENSORS_FILE)
    network.to(device).eval()
    return LoadedFrameModel(facts.model, own_recipe, network, device)


@dataclass(frozen=True, slots=True)
class FoldModel:
    """One fold's trained model.

    Attributes:
        model: Ready to score.
        judged: The content keys of the videos it was tested on; of all videos of the folds it was
            trained on none of these.
        fingerprint: Names its files' content.
    """

    model: LoadedModel
    judged: frozenset[str]
    fingerprint: str


def load_fold_models(folder: Path, *, device: str = "cpu") -> dict[int, FoldModel]:
    """Return the models of all folds of ``RUN/training/<model>`` by fold number, rising.

    Raises:
        DataError: Training there has not finished, or a fold cannot be loaded.
    """
    path = folder / SUMMARY_FILE
    try:
        summary: dict[str, Any] = json.loads(path.read_text("utf-8"))
        folds = sorted(int(fold["fold"]) for fold in summary["folds"])
        name = str(summary["model"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: is absent or damaged, so training has not finished there; run it again"
        ) from error
    loaded: dict[int, FoldModel] = {}
    for fold in folds:
        place = FoldFolder(folder / f"fold_{fold}", name)
        judged, mark = place.read_marker()
        loaded[fold] = FoldModel(load_fold_model(place.path, device=device), judged, mark)
    return loaded


def _read_facts(path: Path) -> _Facts:
    try:
        return _Facts.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DataError(
            f"{path}: expected a model that AURA trained: {error}; train again, or give the "
            "folder of a run"
        ) from error


def _load_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        # Opened here, since numpy leaves a damaged file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as arrays: {error}; train again") from error


def _save_tensors(network: "FrameNetwork", path: Path) -> None:
    from safetensors.torch import save

    tensors = {
        key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()
    }
    with atomic_path(path) as partial:
        partial.write_bytes(save(tensors))


def _load_tensors(network: "FrameNetwork", path: Path) -> None:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "safetensors", extra="train", needed_for="loading a network"
        ) from error
    try:
        network.load_state_dict(load(path.read_bytes()), strict=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{path}: does not hold this network's weights: {error}") from error


def _as_feature_model(model: "FeatureModel | FrameNetwork") -> FeatureModel:
    if not hasattr(model, "arrays"):
        raise UsageError(f"expected a model over features, got {type(model).__name__}")
    return model  # pyright: ignore[reportReturnType]


def _as_network(model: "FeatureModel | FrameNetwork") -> "FrameNetwork":
    if not hasattr(model, "state_dict"):
        raise UsageError(f"expected a network over frames, got {type(model).__name__}")
    return model  # pyright: ignore[reportReturnType]
