"""Cross-validation: each video is scored by a model that never saw it or its group."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from aura.atomic import write_text
from aura.errors import DataError, MissingExtraError, TrainingError, UsageError
from aura.models import FeatureModel, ModelCard, create_feature_model, model_card
from aura.progress import Progress, Silent
from aura.tables import PREDICTIONS, Prediction
from aura.training.checkpoint import SUMMARY_FILE, load_fold_model, save_fold_model
from aura.training.config import TrainingConfig
from aura.training.data import ClipStore, FeatureTable, Sample, check_samples
from aura.training.fold_folder import METRICS_FILE, PREDICTIONS_FILE, FoldFolder
from aura.training.loaded import LoadedFeatureModel, LoadedFrameModel, LoadedModel
from aura.training.plan import FoldPlan, folds_of, plan_fold
from aura.training.recipe import ClipRecipe
from aura.training.scores import roc_auc

if TYPE_CHECKING:
    from aura.models.frame_network import FrameNetwork


@dataclass(frozen=True, slots=True)
class ModelFolds:
    """What the folds of one model came to.

    Attributes:
        model: Its name.
        predictions: One for each original outside the test split, by id.
        n_trained: Folds trained now.
        n_reused: Folds whose earlier result still holds.
    """

    model: str
    predictions: tuple[Prediction, ...]
    n_trained: int
    n_reused: int


@dataclass(frozen=True, slots=True)
class _Job:
    """One model of one run of `train_folds`."""

    card: ModelCard
    config: TrainingConfig
    inputs: FeatureTable | ClipStore
    progress: Progress

    @property
    def task(self) -> str:
        return f"train {self.card.name}"

    @property
    def steps_per_fold(self) -> int:
        return 1 if self.card.kind == "features" else self.config.epochs

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords the model is created with."""
        return _settings_of(self.card.name, self.config)


def train_folds(
    samples: Sequence[Sample],
    folder: Path,
    *,
    config: TrainingConfig,
    features: FeatureTable | None = None,
    clips: ClipStore | None = None,
    progress: Progress | None = None,
    allow_leakage: bool = False,
) -> list[ModelFolds]:
    """Train each model on each fold; each video is scored by a model that did not see it.

    A fold's model learns from the originals of the other folds and their augmented versions. What
    it leaves in ``folder/<model>/fold_<k>`` is complete once ``fold.json`` is there; a fold that is
    complete and depends on nothing that has changed since is not trained again.

    Args:
        samples: All videos, those of the test split and augmented versions among them.
        folder: ``RUN/training``.
        config: Which models, and how.
        features: The input of models over features; holds a row for each sample.
        clips: The input of networks; holds a clip for each sample.
        progress: Told of folds and epochs.
        allow_leakage: Whether a group may be in two folds.

    Returns:
        What came of each model's folds, in the configuration's order.

    Raises:
        UsageError: A model is unknown, or its input was not given.
        DataError: Samples contradict each other or have no features or clips.
        LeakageError: A group is in two folds.
        TrainingError: A fold cannot be trained.
    """
    check_samples(samples, allow_leakage=allow_leakage)
    jobs = [
        _job(name, config=config, features=features, clips=clips, progress=progress or Silent())
        for name in config.models
    ]
    folds = folds_of(samples)
    plans = [
        [
            plan_fold(samples, fold, card=job.card, config=config, recipe=job.inputs.recipe)
            for fold in folds
        ]
        for job in jobs
    ]
    for job, model_plans in zip(jobs, plans, strict=True):
        _require_inputs(job, model_plans)
    return [
        _train_model(job, model_plans, folder=folder / job.card.name)
        for job, model_plans in zip(jobs, plans, strict=True)
    ]


def check_models(config: TrainingConfig, recipe: ClipRecipe) -> None:
    """Raise now what `train_folds` would raise later: models and settings that do not go.

    Args:
        config: Which models, and how.
        recipe: How clips will be made.

    Raises:
        UsageError: A model is unknown, or has no such weights.
        ConfigError: A setting of a model is unknown or out of range.
        MissingExtraError: A model needs a library that is not installed.
    """
    for name in config.models:
        _check_model(name, _settings_of(name, config), recipe=recipe)


def _check_model(name: str, settings: dict[str, Any], *, recipe: ClipRecipe | None) -> None:
    if recipe is None or model_card(name).kind == "features":
        create_feature_model(name, **settings)
        return
    try:
        from aura.training.networks import check_network
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            error.name or "torch", extra="train", needed_for=f"training {name}"
        ) from error
    check_network(name, settings, recipe=recipe)


def _settings_of(name: str, config: TrainingConfig) -> dict[str, Any]:
    """Return the keywords a model is created with."""
    return {"weights": config.weights.get(name, "none"), **config.settings.get(name, {})}


def _job(
    name: str,
    *,
    config: TrainingConfig,
    features: FeatureTable | None,
    clips: ClipStore | None,
    progress: Progress,
) -> _Job:
    card = model_card(name)
    inputs = features if card.kind == "features" else clips
    if inputs is None:
        raise UsageError(f"model {name} is trained on {card.kind}, none were made: run that stage")
    job = _Job(card, config, inputs, progress)
    # Created once before any work, so that a wrong setting does not wait for its turn.
    recipe = None if isinstance(inputs, FeatureTable) else inputs.recipe
    _check_model(name, job.settings, recipe=recipe)
    return job


def _require_inputs(job: _Job, plans: Sequence[FoldPlan]) -> None:
    needed = {s.video_id: s for plan in plans for s in (*plan.train, *plan.validation, *plan.test)}
    absent = job.inputs.missing(list(needed.values()))
    if absent:
        raise DataError(
            f"model {job.card.name}: {len(absent)} of {len(needed)} samples have no "
            f"{job.card.kind}: {', '.join(absent[:5])}; make them, or leave these videos out and "
            "count them as failures"
        )


def _train_model(job: _Job, plans: Sequence[FoldPlan], *, folder: Path) -> ModelFolds:
    summary = folder / SUMMARY_FILE
    folders = [FoldFolder(folder / f"fold_{plan.fold}", job.card.name) for plan in plans]
    finished = [f.is_finished(plan.fingerprint) for f, plan in zip(folders, plans, strict=True)]
    total = len(plans) * job.steps_per_fold
    job.progress.start(job.task, total=total, done=sum(finished) * job.steps_per_fold)
    if not all(finished):
        # While it is absent, nobody takes the folds for one model's.
        summary.unlink(missing_ok=True)
    for plan, fold_folder, is_finished in zip(plans, folders, finished, strict=True):
        if not is_finished:
            _train_fold(job, plan, fold_folder=fold_folder)
    predictions = [
        row for fold_folder in folders for row in PREDICTIONS.rows(fold_folder.read_predictions())
    ]
    facts = _summary(job.card.name, plans, predictions)
    write_text(summary, json.dumps(facts, indent=1) + "\n")
    auc = facts["auc_pooled"]
    job.progress.finish(job.task, note="" if auc is None else f"AUC {auc:.3f}")
    return ModelFolds(
        model=job.card.name,
        predictions=tuple(sorted(predictions, key=lambda row: row.video_id)),
        n_trained=finished.count(False),
        n_reused=finished.count(True),
    )


def _train_fold(job: _Job, plan: FoldPlan, *, fold_folder: FoldFolder) -> None:
    folder = fold_folder.begin()
    name, recipe = job.card.name, job.inputs.recipe
    try:
        if isinstance(job.inputs, FeatureTable):
            model, records = _fit_features(job, job.inputs, plan=plan)
        else:
            model, records = _fit_clips(job, job.inputs, plan=plan)
    except TrainingError as error:
        raise TrainingError(f"model {name}, fold {plan.fold}: {error}") from error
    save_fold_model(folder, model, name=name, recipe=recipe)
    # Scored by the file on the disk, the one that will be shipped.
    logits = _score(job, load_fold_model(folder, recipe=recipe), samples=plan.test)
    rows = (
        Prediction(
            video_id=sample.video_id,
            group_id=sample.group_id,
            label=sample.label,
            fold=plan.fold,
            model=name,
            probability=float(expit(logit)),
            logit=logit,
        )
        for sample, logit in zip(plan.test, logits.tolist(), strict=True)
    )
    write_text(folder / METRICS_FILE, "".join(json.dumps(record) + "\n" for record in records))
    PREDICTIONS.write(PREDICTIONS.from_rows(rows), folder / PREDICTIONS_FILE)
    fold_folder.finish(plan)


def _fit_features(
    job: _Job, table: FeatureTable, *, plan: FoldPlan
) -> tuple[FeatureModel, list[dict[str, Any]]]:
    model = create_feature_model(job.card.name, **job.settings)
    labels = np.array([sample.label for sample in plan.train], dtype=np.int64)
    rows = table.rows_of(plan.train)
    model.fit(rows, labels, names=table.names)
    job.progress.advance(job.task, note=f"fold {plan.fold}")
    return model, [{"epoch": 1, "train_auc": roc_auc(labels, model.logits(rows))}]


def _fit_clips(
    job: _Job, store: ClipStore, *, plan: FoldPlan
) -> "tuple[FrameNetwork, list[dict[str, Any]]]":
    from aura.training.networks import fit_network

    network, records = fit_network(
        job.card.name,
        plan,
        settings=job.settings,
        config=job.config,
        store=store,
        on_epoch=lambda record: job.progress.advance(
            job.task, note=f"fold {plan.fold}, validation loss {record.val_loss:.3f}"
        ),
    )
    job.progress.advance(job.task, steps=job.config.epochs - len(records))
    return network, records


def _score(job: _Job, model: LoadedModel, *, samples: Sequence[Sample]) -> NDArray[np.float64]:
    if isinstance(job.inputs, FeatureTable) and isinstance(model, LoadedFeatureModel):
        return model.logits(job.inputs.rows_of(samples), job.inputs.names)
    if isinstance(job.inputs, ClipStore) and isinstance(model, LoadedFrameModel):
        from aura.training.networks import score_clips

        clips = (job.inputs.read(sample.video_id) for sample in samples)
        return score_clips(model, clips, config=job.config)
    raise AssertionError("a checkpoint's kind is that of the recipe it was loaded for")


def _summary(
    model: str, plans: Sequence[FoldPlan], predictions: Sequence[Prediction]
) -> dict[str, Any]:
    def auc_of(rows: Sequence[Prediction]) -> float | None:
        return roc_auc(np.array([r.label for r in rows]), np.array([r.logit for r in rows]))

    folds = [
        {
            "fold": plan.fold,
            "fingerprint": plan.fingerprint,
            "n_train": len(plan.train),
            "n_validation": len(plan.validation),
            "n_test": len(plan.test),
            "auc": auc_of([row for row in predictions if row.fold == plan.fold]),
        }
        for plan in plans
    ]
    aucs = [fold["auc"] for fold in folds if fold["auc"] is not None]
    return {
        "model": model,
        "folds": folds,
        "auc_mean": statistics.fmean(aucs) if aucs else None,
        "auc_std": statistics.stdev(aucs) if len(aucs) > 1 else None,
        "auc_pooled": auc_of(predictions),
        "n_folds_without_auc": len(folds) - len(aucs),
    }
