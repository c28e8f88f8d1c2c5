"""One fold of a network: created, trained and asked for its scores, all repeatably."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.errors import ConfigError
from aura.models import create_frame_model
from aura.models.frame_network import FrameNetwork
from aura.training.config import TrainingConfig
from aura.training.data import ClipStore
from aura.training.determinism import deterministic, seed_of
from aura.training.loaded import LoadedFrameModel
from aura.training.loader import ordered_loader, training_loader
from aura.training.loop import EpochRecord, WeightedLoss, fit
from aura.training.plan import FoldPlan
from aura.training.recipe import ClipRecipe


def check_network(name: str, settings: Mapping[str, Any], *, recipe: ClipRecipe) -> None:
    """Raise unless a network can be created with ``settings``.

    Raises:
        UsageError: The network, its weights or a setting is not to be had.
    """
    with deterministic(0):
        _create(name, settings, recipe)


def fit_network(
    name: str,
    plan: FoldPlan,
    *,
    settings: Mapping[str, Any],
    config: TrainingConfig,
    store: ClipStore,
    on_epoch: Callable[[EpochRecord], None],
) -> tuple[FrameNetwork, list[dict[str, Any]]]:
    """Return the network of a fold, on the CPU, and what each epoch led to.

    Equal arguments give an equal network: all that is random follows from the seed, the model's
    name and the fold.

    Raises:
        TrainingError: A loss is not finite; the message names the fold.
    """
    seed = seed_of(config.seed, name, plan.fold)
    with deterministic(seed, n_threads=config.n_threads):
        network = _create(name, settings, store.recipe)
        learned = [sample.label for sample in plan.train if sample.parent_id is None]
        result = fit(
            network,
            training_loader(plan.train, store, batch_size=config.batch_size, seed=seed),
            validation_loader=ordered_loader(plan.validation, store, batch_size=config.batch_size),
            loss=WeightedLoss.for_labels(learned, config),
            config=config,
            on_epoch=on_epoch,
        )
    records = [
        asdict(record) | {"best": record.epoch == result.best_epoch} for record in result.history
    ]
    return network, records


def score_clips(
    model: LoadedFrameModel, clips: Iterable[NDArray[np.uint8]], *, config: TrainingConfig
) -> NDArray[np.float64]:
    """Return the logits of ``clips``, float64 [N], as repeatably as they were trained for."""
    with deterministic(0, n_threads=config.n_threads):
        return model.logits(clips)


def _create(name: str, settings: Mapping[str, Any], recipe: ClipRecipe) -> FrameNetwork:
    taken = sorted({"mean", "std"} & settings.keys())
    if taken:
        raise ConfigError(
            f"training.settings.{name}: {' and '.join(taken)} come from the recipe of the clips; "
            "set them there"
        )
    return create_frame_model(name, mean=recipe.mean, std=recipe.std, **settings)
