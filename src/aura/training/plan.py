"""Which videos a fold trains on, watches and is tested on, and what names its result."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aura.errors import DataError, TrainingError
from aura.fingerprint import fingerprint
from aura.models import ModelCard
from aura.splits import judged_folds, stratified_group_folds
from aura.tables import FAKE, REAL
from aura.training.config import TrainingConfig
from aura.training.data import Sample
from aura.training.recipe import ClipRecipe, FeatureRecipe
from aura.versions import versions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldPlan:
    """One model's one fold.

    Attributes:
        fold: Its number.
        train: Originals and their augmented versions, by id.
        validation: Originals that choose the best epoch; none for models over features.
        test: Originals of the fold itself.
        fingerprint: Changes with anything the fold's result depends on.
    """

    fold: int
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    fingerprint: str


def folds_of(samples: Sequence[Sample]) -> tuple[int, ...]:
    """Return the folds that models are judged on, rising: all, or the val split where there is one.

    Raises:
        TrainingError: There are fewer than two.
    """
    folded = [(s.fold, s.split) for s in samples if s.fold is not None]
    folds = {fold for fold, _ in folded}
    if len(folds) < 2:
        raise TrainingError(
            f"{len(folds)} folds arrived, at least 2 are needed to test on videos that were not "
            "trained on: divide the videos with `aura data split`"
        )
    return judged_folds([fold for fold, _ in folded], splits=[split for _, split in folded])


def plan_fold(
    samples: Sequence[Sample],
    fold: int,
    *,
    card: ModelCard,
    config: TrainingConfig,
    recipe: FeatureRecipe | ClipRecipe,
) -> FoldPlan:
    """Return who plays which part in ``fold``; the order of ``samples`` does not matter.

    Augmented versions are trained on where their originals are, and are nowhere else.

    Raises:
        TrainingError: A class is absent from the training videos, or they have too few groups for
            a validation part.
    """
    ordered = sorted(samples, key=lambda sample: sample.video_id)
    originals = [s for s in ordered if s.parent_id is None and s.fold is not None]
    versions = [s for s in ordered if s.parent_id is not None]
    test = tuple(s for s in originals if s.fold == fold)
    others = [s for s in originals if s.fold != fold]
    _require_both_classes(others, fold=fold)
    validation: tuple[Sample, ...] = ()
    if card.kind == "frames":
        validation = _validation_part(others, fold=fold, config=config)
    watched = {s.video_id for s in validation}
    learned = {s.video_id for s in others} - watched
    train = [s for s in others if s.video_id in learned]
    _require_both_classes(train, fold=fold)
    train += [s for s in versions if s.parent_id in learned]
    parts = [
        [[s.video_id, s.parent_id, s.label, s.group_id, s.key] for s in part]
        for part in (train, validation, test)
    ]
    mark = fingerprint(
        card.name,
        card.version,
        config.relevant(card.name, kind=card.kind),
        versions_of("numpy", "scikit-learn" if card.kind == "features" else "torch"),
        recipe.model_dump(mode="json"),
        fold,
        parts,
    )
    return FoldPlan(
        fold=fold, train=tuple(train), validation=validation, test=test, fingerprint=mark
    )


def _validation_part(
    originals: Sequence[Sample], *, fold: int, config: TrainingConfig
) -> tuple[Sample, ...]:
    # Few groups give a larger validation part, never a divided group.
    n_groups = min(
        len({s.group_id for s in originals if s.label == label}) for label in (REAL, FAKE)
    )
    try:
        part_of = stratified_group_folds(
            np.array([s.label for s in originals]),
            [s.group_id for s in originals],
            n_folds=max(2, min(config.validation_folds, n_groups)),
            seed=config.seed,
        )
    except DataError as error:
        raise TrainingError(
            f"fold {fold}: its {len(originals)} training videos cannot give up a part for "
            "validation: both classes are needed in at least two groups. Set a larger "
            "split.folds, or add groups"
        ) from error
    return tuple(s for s, part in zip(originals, part_of, strict=True) if part == 0)


def _require_both_classes(train: Sequence[Sample], *, fold: int) -> None:
    counts = {label: sum(s.label == label for s in train) for label in (REAL, FAKE)}
    if not all(counts.values()):
        raise TrainingError(
            f"fold {fold}: its training videos are {counts[REAL]} real and {counts[FAKE]} fake, "
            "both are needed. Divide the videos into folds that each leave both classes to the "
            "others, or add videos"
        )
