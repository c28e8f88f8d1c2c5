"""How well a video's container alone gives its label away.

Fakes often come from other software than genuine videos: another codec, another frame rate, a
width divisible by 16, no sound. A model that scores no better than these facts may have learned
no more than these facts, so they are fitted under the model's own folds and printed beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from aura.errors import DataError
from aura.evaluation.inputs import FloatArray, IntArray
from aura.evaluation.results import check_groups_whole
from aura.tables import PREDICTIONS, VIDEOS, Prediction

Estimator = Literal["logistic_regression", "gradient_boosting"]

_NAME_PREFIX = "container:"
_UNKNOWN = "unknown"


class ShortcutConfig(BaseModel, extra="forbid", frozen=True):
    """How the container baseline is fitted."""

    estimators: tuple[Estimator, ...] = Field(
        default=("logistic_regression", "gradient_boosting"),
        min_length=1,
        description="which classifiers guess the label from container facts",
    )
    regularisation: float = Field(
        default=1.0, gt=0, description="inverse strength of the logistic regression's L2 penalty"
    )
    n_trees: int = Field(default=100, ge=1, le=1000, description="trees of the gradient boosting")
    seed: int = Field(default=0, ge=0, description="fixes what the classifiers draw at random")


def container_baseline(
    videos: pl.DataFrame,
    *,
    config: ShortcutConfig | None = None,
    judged: Sequence[int] | None = None,
    allow_leakage: bool = False,
) -> pl.DataFrame:
    """Return out-of-fold predictions made from container facts, without looking at a frame.

    Every video with a fold is scored once by each classifier, which was fitted on the videos of
    all other folds. Videos without a fold (the test split) are left alone.

    Args:
        videos: A table of `aura.tables.VIDEOS`.
        config: Which classifiers, and their settings.
        judged: The folds to score; None for all.
        allow_leakage: Whether a group may lie in several folds.

    Returns:
        A table of `aura.tables.PREDICTIONS` ordered by model and video; the models are called
        ``container:logistic_regression`` and ``container:gradient_boosting``.

    Raises:
        DataError: There are fewer than two folds, or all videos outside a fold share one label.
        LeakageError: A group lies in several folds.
    """
    settings = config or ShortcutConfig()
    table = VIDEOS.check(videos, where="container baseline")
    table = table.filter(pl.col("fold").is_not_null()).sort("video_id")
    if not allow_leakage:
        check_groups_whole(table, where="container baseline")
    folds = np.unique(table["fold"].to_numpy())
    if len(folds) < 2:
        raise DataError(
            f"the container baseline needs videos in at least two folds, got {len(folds)}: "
            "assign folds first (aura data split)"
        )
    scored = table.filter(pl.col("fold").is_in(list(folds if judged is None else judged)))
    rows: list[Prediction] = []
    for estimator in settings.estimators:
        logits = _out_of_fold_logits(table, scored, estimator=estimator, settings=settings)
        rows.extend(_prediction_rows(scored, logits, model=_NAME_PREFIX + estimator))
    return PREDICTIONS.from_rows(rows).sort("model", "video_id")


def container_facts(videos: pl.DataFrame, *, known: pl.DataFrame) -> tuple[FloatArray, list[str]]:
    """Return what containers say about ``videos``, as numbers.

    Args:
        videos: A table of `aura.tables.VIDEOS`.
        known: The videos whose codecs and containers get a column of their own; further ones
            share the column of the unknown.

    Returns:
        float64 [N, F] with NaN where a container says nothing, and F names.
    """
    columns = _number_columns(videos)
    for name in ("codec", "container"):
        kinds = sorted(set(_names_in(known, name)) - {_UNKNOWN})
        present = _names_in(videos, name)
        for kind in kinds:
            columns[f"{name}={kind}"] = np.array([value == kind for value in present], dtype=float)
        columns[f"{name}=other"] = np.array([value not in kinds for value in present], dtype=float)
    return np.column_stack(list(columns.values())), list(columns)


def _number_columns(videos: pl.DataFrame) -> dict[str, FloatArray]:
    width, height = _numbers_in(videos, "width"), _numbers_in(videos, "height")
    fps, duration = _numbers_in(videos, "fps"), _numbers_in(videos, "duration_s")
    bit_rate = _numbers_in(videos, "bit_rate_bps")
    return {
        "log_fps": _log(fps),
        "log_width": _log(width),
        "log_height": _log(height),
        "log_aspect": _log(width) - _log(height),
        "width_multiple_of_16": (width % 16 == 0).astype(np.float64),
        "height_multiple_of_16": (height % 16 == 0).astype(np.float64),
        "fps_is_whole": (fps % 1 == 0).astype(np.float64),
        "log_duration": _log(duration),
        "log_n_frames": _log(_numbers_in(videos, "n_frames")),
        "log_bit_rate": _log(bit_rate),
        "log_bits_per_pixel": _log(bit_rate) - _log(width) - _log(height) - _log(fps),
        "bit_rate_missing": np.isnan(bit_rate).astype(np.float64),
        "has_audio": _numbers_in(videos, "has_audio"),
    }


def _numbers_in(videos: pl.DataFrame, name: str) -> FloatArray:
    if name not in videos.columns:
        return np.full(videos.height, np.nan)
    numbers = videos[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    # A rate or length without bounds comes from a broken header and says as little as none.
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _names_in(videos: pl.DataFrame, name: str) -> list[str]:
    if name not in videos.columns:
        return [_UNKNOWN] * videos.height
    return [str(value) for value in videos[name].fill_null(_UNKNOWN).to_list()]


def _log(values: FloatArray) -> FloatArray:
    """Return log2, NaN for what is missing or not above zero."""
    return np.log2(np.where(values > 0, values, np.nan))


class _Classifier(Protocol):
    """A fitted scikit-learn classifier of two classes."""

    def decision_function(self, X: FloatArray, /) -> FloatArray:
        """Return logits float64 [N] of facts [N, F]."""
        ...


@dataclass(frozen=True, slots=True)
class Scaling:
    """What fills gaps and levels scales, measured on the fitted videos alone.

    All float64 [F].
    """

    fill: FloatArray
    centre: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, facts: FloatArray) -> "Scaling":
        """Return the scaling of ``facts`` float64 [N, F], NaN where one is missing."""
        known = ~np.all(np.isnan(facts), axis=0)
        fill = np.zeros(facts.shape[1])
        fill[known] = np.nanmedian(facts[:, known], axis=0)
        filled = np.where(np.isnan(facts), fill, facts)
        spread = filled.std(axis=0)
        # A fact that all videos share says nothing; rounding leaves its spread just above zero.
        return cls(fill, filled.mean(axis=0), np.where(spread < 1e-9, 1.0, spread))

    def apply(self, facts: FloatArray) -> FloatArray:
        """Return ``facts`` [N, F] without gaps, centred, each with a spread of one."""
        return (np.where(np.isnan(facts), self.fill, facts) - self.centre) / self.spread


def _out_of_fold_logits(
    table: pl.DataFrame, scored: pl.DataFrame, *, estimator: Estimator, settings: ShortcutConfig
) -> FloatArray:
    fold_of, labels = table["fold"].to_numpy(), table["label"].to_numpy()
    fold_scored = scored["fold"].to_numpy()
    logits = np.empty(scored.height)
    for fold in np.unique(fold_scored):
        held_out = fold_of == fold
        if len(np.unique(labels[~held_out])) < 2:
            raise DataError(
                f"the container baseline needs real and fake videos outside fold {fold}, and "
                "those there share one label: use fewer folds or more videos"
            )
        known = table.filter(~held_out)
        train, _ = container_facts(known, known=known)
        test, _ = container_facts(scored.filter(pl.col("fold") == fold), known=known)
        scaling = Scaling.of(train)
        model = _FITTERS[estimator](scaling.apply(train), labels[~held_out], settings)
        logits[fold_scored == fold] = model.decision_function(scaling.apply(test))
    return logits


def _fit_logistic(facts: FloatArray, labels: IntArray, settings: ShortcutConfig) -> _Classifier:
    from sklearn import linear_model  # pyright: ignore[reportMissingTypeStubs]

    make: Any = linear_model.LogisticRegression
    return make(C=settings.regularisation, max_iter=5000).fit(facts, labels)


def _fit_boosting(facts: FloatArray, labels: IntArray, settings: ShortcutConfig) -> _Classifier:
    from sklearn import ensemble  # pyright: ignore[reportMissingTypeStubs]

    # The histogram variant's threads wait for each other on busy machines: 1.0 to 3.1 s a fit of
    # 86 videos on two busy cores, where this one took 0.08 s (and 4.1 s for 8,000 videos).
    make: Any = ensemble.GradientBoostingClassifier
    model = make(
        n_estimators=settings.n_trees,
        max_depth=3,
        min_samples_leaf=5,
        random_state=settings.seed,
    )
    return model.fit(facts, labels)


_FITTERS: dict[Estimator, Callable[[FloatArray, IntArray, ShortcutConfig], _Classifier]] = {
    "logistic_regression": _fit_logistic,
    "gradient_boosting": _fit_boosting,
}


def _prediction_rows(table: pl.DataFrame, logits: FloatArray, *, model: str) -> list[Prediction]:
    probabilities = 1 / (1 + np.exp(-logits))
    return [
        Prediction(
            video_id=row["video_id"],
            group_id=row["group_id"],
            label=row["label"],
            fold=row["fold"],
            model=model,
            probability=float(probability),
            logit=float(logit),
        )
        for row, probability, logit in zip(
            table.iter_rows(named=True), probabilities, logits, strict=True
        )
    ]
