"""What each model's predictions are worth: overall, fold by fold, and against the shortcut."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from aura.errors import DataError, LeakageError
from aura.evaluation.intervals import AucDifference, auc_difference
from aura.evaluation.metrics import BinaryMetrics, binary_metrics
from aura.leakage import straddling_groups
from aura.tables import PREDICTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResult:
    """One model's metrics over all its out-of-fold predictions, and in each fold.

    ``folds`` is empty for predictions that carry no fold.
    """

    name: str
    overall: BinaryMetrics
    folds: Mapping[int, BinaryMetrics]

    @property
    def fold_aucs(self) -> list[float]:
        """The AUC of each fold that holds both classes, in the order of the folds."""
        return [m.auc for _, m in sorted(self.folds.items()) if m.auc is not None]

    @property
    def auc_mean(self) -> float | None:
        """The mean of the folds' AUCs, or None."""
        return float(np.mean(self.fold_aucs)) if self.fold_aucs else None

    @property
    def auc_std(self) -> float | None:
        """The sample standard deviation of the folds' AUCs, or None below two folds."""
        return float(np.std(self.fold_aucs, ddof=1)) if len(self.fold_aucs) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "name": self.name,
            "overall": self.overall.to_dict(),
            "folds": {str(fold): metrics.to_dict() for fold, metrics in self.folds.items()},
            "auc_mean": self.auc_mean,
            "auc_std": self.auc_std,
        }


def model_results(
    predictions: pl.DataFrame, *, n_bootstrap: int = 2000, seed: int = 0, threshold: float = 0.5
) -> tuple[ModelResult, ...]:
    """Return one result a model, the highest AUC first, then by name.

    Folds get no interval of their own: they hold too few groups to resample.

    Args:
        predictions: A table of `aura.tables.PREDICTIONS`.
        n_bootstrap: How many times groups are drawn for the overall interval.
        seed: Fixes the draws.
        threshold: A probability at or above it says "fake".

    Raises:
        DataError: There is no prediction, or one that cannot be judged.
    """
    table = PREDICTIONS.check(predictions, where="predictions")
    if not table.height:
        raise DataError(
            "there are no predictions to evaluate: see failures.parquet for the reasons"
        )
    results = [
        ModelResult(
            name=name,
            overall=_metrics_of(rows, threshold=threshold, n_bootstrap=n_bootstrap, seed=seed),
            folds={
                fold: _metrics_of(
                    rows.filter(pl.col("fold") == fold),
                    threshold=threshold,
                    n_bootstrap=0,
                    seed=seed,
                )
                for fold in rows["fold"].drop_nulls().unique().sort().to_list()
            },
        )
        for name, rows in _by_model(table)
    ]
    return tuple(sorted(results, key=lambda r: (-(r.overall.auc or 0.0), r.name)))


def check_groups_whole(table: pl.DataFrame, *, where: str) -> None:
    """Raise unless every group lies in one fold, as out-of-fold figures promise.

    Args:
        table: The columns ``group_id`` and ``fold``; rows without a fold are left alone.
        where: What the table is, for the message.

    Raises:
        LeakageError: A group lies in several folds.
    """
    with_fold = table.drop_nulls("fold").select("group_id", "fold", split=pl.lit("all"))
    straddling = straddling_groups(with_fold)
    if straddling:
        raise LeakageError(
            f"{where}: {len(straddling)} groups lie in more than one fold, such as "
            f"{straddling[0]!r}, so models were judged on kin of what they were trained on: "
            "assign folds by group (aura data split) and train again"
        )


def compare_models(
    predictions: pl.DataFrame,
    *,
    baseline: pl.DataFrame,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> dict[str, AucDifference]:
    """Return by how much each model beats the baseline, on the videos that both have scored.

    Args:
        predictions: A table of `aura.tables.PREDICTIONS`, any number of models.
        baseline: The same for one model.
        n_bootstrap: How many times groups are drawn.
        seed: Fixes the draws.

    Returns:
        The difference by model name; a model that shares no two classes with the baseline is
        absent.

    Raises:
        DataError: The baseline holds more than one model.
    """
    others = PREDICTIONS.check(baseline, where="baseline predictions")
    if others["model"].n_unique() != 1:
        raise DataError(
            f"expected the predictions of one baseline, got {others['model'].n_unique()} models"
        )
    renamed = others.select("video_id", pl.col("probability").alias("of_baseline"))
    differences: dict[str, AucDifference] = {}
    for name, rows in _by_model(PREDICTIONS.check(predictions, where="predictions")):
        shared = rows.join(renamed, on="video_id", how="inner").sort("video_id")
        if not shared.height:
            continue
        difference = auc_difference(
            shared["label"],
            shared["probability"],
            baseline=shared["of_baseline"],
            groups=shared["group_id"],
            n_bootstrap=n_bootstrap,
            seed=seed,
        )
        if difference is not None:
            differences[name] = difference
    return differences


def _by_model(table: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    names: list[str] = table["model"].unique().sort().to_list()
    return [(name, table.filter(pl.col("model") == name).sort("video_id")) for name in names]


def _metrics_of(
    rows: pl.DataFrame, *, threshold: float, n_bootstrap: int, seed: int
) -> BinaryMetrics:
    return binary_metrics(
        rows["label"],
        rows["probability"],
        rows["group_id"],
        threshold=threshold,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )
