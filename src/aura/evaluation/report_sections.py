"""The report's figures with the tables that hold the same numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from aura.evaluation.balance import class_balance
from aura.evaluation.calibration import ReliabilityCurve, are_probabilities, reliability
from aura.evaluation.page import Cell, FigureBlock, Table
from aura.evaluation.plots import (
    RocSeries,
    draw_balance,
    draw_confusion,
    draw_reliability,
    draw_roc,
    draw_scores,
)
from aura.evaluation.report_data import ReportData
from aura.evaluation.report_text import interval_text
from aura.evaluation.results import ModelResult
from aura.tables import FAKE, REAL

_BALANCE_COLUMNS = {"fold": "fold", "method": "method", "platform": "platform", "source": "source"}
_SCORE_BINS = 10


@dataclass(frozen=True, slots=True)
class ModelBlock:
    """One model's figures."""

    name: str
    figures: tuple[FigureBlock, ...]
    metrics: Table


def results_table(data: ReportData) -> Table:
    """Return one row a model and container baseline: AUC, interval, folds and verdict."""
    header = (
        "Model", "AUC", "95% interval", "Folds, mean ± sd", "AP", "Balanced accuracy", "EER",
        "Against the container",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for result in (*data.models, *data.shortcuts):
        metrics = result.overall
        rows.append(
            (
                result.name,
                metrics.auc,
                interval_text(metrics),
                _mean_and_deviation(result),
                metrics.average_precision,
                metrics.balanced_accuracy,
                metrics.eer,
                _against(data, result),
            )
        )
    return Table(header, tuple(rows))


def test_table(data: ReportData) -> Table:
    """Return one row a model for the test split."""
    rows = tuple(
        (
            result.name,
            result.overall.n,
            result.overall.n_groups,
            result.overall.auc,
            interval_text(result.overall),
            result.overall.average_precision,
            result.overall.balanced_accuracy,
            result.overall.ece,
        )
        for result in data.test
    )
    header = (
        "Model", "Videos", "Groups", "AUC", "95% interval", "AP", "Balanced accuracy",
        "Calibration error",
    )  # fmt: skip
    return Table(header, rows)


def folds_table(data: ReportData) -> Table:
    """Return each model's AUC in each fold."""
    results = (*data.models, *data.shortcuts)
    folds = sorted({fold for result in results for fold in result.folds})
    rows = [
        (result.name, *((result.folds[f].auc if f in result.folds else None) for f in folds))
        for result in results
    ]
    return Table(("Model", *(f"Fold {fold}" for fold in folds)), tuple(rows))


def roc_block(data: ReportData) -> FigureBlock:
    """Return the ROC curves of all models and the container baselines."""
    series = [
        *_roc_series(data.models, data.predictions, is_baseline=False),
        *_roc_series(data.shortcuts[:1], data.shortcut_predictions, is_baseline=True),
    ]
    title = "Fakes found against genuine videos accused"
    rows = tuple(
        (s.name, s.metrics.auc, s.metrics.tpr_at_1_fpr, s.metrics.tpr_at_5_fpr, s.metrics.eer)
        for s in series
    )
    header = ("Model", "AUC", "Found at 1% accused", "Found at 5% accused", "Equal error rate")
    if all(one.metrics.auc is None for one in series):
        note = "Not drawn: the judged videos are all of one class."
        return FigureBlock(title, None, Table(header, rows), note)
    return FigureBlock(title, draw_roc(series, name="roc"), Table(header, rows))


def balance_blocks(data: ReportData) -> tuple[FigureBlock, ...]:
    """Return the class counts by fold and by every further column that tells videos apart."""
    blocks: list[FigureBlock] = []
    for column, word in _BALANCE_COLUMNS.items():
        if (
            column not in data.videos.columns
            or data.videos[column].null_count() == data.videos.height
        ):
            continue
        if column != "fold" and data.videos[column].n_unique() < 2:
            continue
        missing = "test split" if column == "fold" else "not given"
        table = class_balance(data.videos, column, missing=missing)
        drawing = draw_balance(table, name=f"balance-{column}", column=column, word=word)
        rows = tuple(table.select(column, "real", "fake").iter_rows())
        blocks.append(
            FigureBlock(
                f"Real and fake videos by {word}", drawing, Table((word, "real", "fake"), rows)
            )
        )
    return tuple(blocks)


def model_blocks(data: ReportData) -> tuple[ModelBlock, ...]:
    """Return confusion matrix, calibration and score distribution of each model."""
    blocks: list[ModelBlock] = []
    for number, result in enumerate(data.models):
        rows = data.predictions.filter(pl.col("model") == result.name)
        name = f"model-{number}-{re.sub(r'[^a-z0-9]+', '-', result.name.lower())}"
        figures = [_confusion_block(result, name=name)]
        if are_probabilities(rows["probability"].to_numpy()):
            figures.append(_reliability_block(rows, result, name=name))
            figures.append(_scores_block(rows, result, name=name))
        blocks.append(ModelBlock(result.name, tuple(figures), _metrics_table(result)))
    return tuple(blocks)


def _confusion_block(result: ModelResult, *, name: str) -> FigureBlock:
    metrics, counts = result.overall, result.overall.confusion
    drawing = draw_confusion(metrics, name=f"{name}-confusion", model=result.name)
    rows = (("is real", counts.tn, counts.fp), ("is fake", counts.fn, counts.tp))
    title = f"Verdicts at threshold {metrics.threshold:g}"
    return FigureBlock(title, drawing, Table(("", "called real", "called fake"), rows))


def _reliability_block(rows: pl.DataFrame, result: ModelResult, *, name: str) -> FigureBlock:
    curve = reliability(rows["label"], rows["probability"])
    drawing = draw_reliability(curve, name=f"{name}-calibration", model=result.name)
    title = f"Calibration (expected error {curve.ece:.3f})"
    return FigureBlock(title, drawing, _reliability_table(curve))


def _reliability_table(curve: ReliabilityCurve) -> Table:
    values = curve.to_dict()
    rows = tuple(
        (f"{low:.1f} to {high:.1f}", predicted, observed, count)
        for low, high, predicted, observed, count in zip(
            values["edges"][:-1],
            values["edges"][1:],
            values["mean_predicted"],
            values["observed"],
            values["counts"],
            strict=True,
        )
    )
    return Table(("probability", "mean predicted", "share fake", "videos"), rows)


def _scores_block(rows: pl.DataFrame, result: ModelResult, *, name: str) -> FigureBlock:
    drawing = draw_scores(
        rows["label"],
        rows["probability"],
        name=f"{name}-scores",
        model=result.name,
        threshold=result.overall.threshold,
    )
    binned = (
        rows.with_columns(
            bin=(pl.col("probability") * _SCORE_BINS).floor().clip(0, _SCORE_BINS - 1)
        )
        .group_by("bin")
        .agg(real=(pl.col("label") == REAL).sum(), fake=(pl.col("label") == FAKE).sum())
        .sort("bin")
    )
    table = tuple(
        (f"{low / _SCORE_BINS:.1f} to {(low + 1) / _SCORE_BINS:.1f}", real, fake)
        for low, real, fake in binned.iter_rows()
    )
    return FigureBlock("Scores by class", drawing, Table(("probability", "real", "fake"), table))


def _metrics_table(result: ModelResult) -> Table:
    metrics = result.overall
    names = {
        "AUC": metrics.auc,
        "Average precision": metrics.average_precision,
        "Accuracy": metrics.accuracy,
        "Balanced accuracy": metrics.balanced_accuracy,
        "Precision": metrics.precision,
        "Recall": metrics.recall,
        "F1": metrics.f1,
        "F1, mean of both classes": metrics.f1_macro,
        "Matthews correlation": metrics.mcc,
        "Equal error rate": metrics.eer,
        "Fakes found at 1% accused": metrics.tpr_at_1_fpr,
        "Fakes found at 5% accused": metrics.tpr_at_5_fpr,
        "Log loss": metrics.log_loss,
        "Brier score": metrics.brier,
        "Expected calibration error": metrics.ece,
    }
    return Table(("Metric", "Value"), tuple(names.items()))


def _roc_series(
    results: Sequence[ModelResult], predictions: pl.DataFrame, *, is_baseline: bool
) -> list[RocSeries]:
    series: list[RocSeries] = []
    for result in results:
        rows = predictions.filter(pl.col("model") == result.name)
        series.append(
            RocSeries(result.name, rows["label"], rows["probability"], result.overall, is_baseline)
        )
    return series


def _mean_and_deviation(result: ModelResult) -> str | None:
    if result.auc_mean is None:
        return None
    if result.auc_std is None:
        return f"{result.auc_mean:.3f}"
    return f"{result.auc_mean:.3f} ± {result.auc_std:.3f}"


def _against(data: ReportData, result: ModelResult) -> str | None:
    difference = data.versus_shortcut.get(result.name)
    if difference is None:
        return "the shortcut itself" if result in data.shortcuts else None
    if difference.low is None or difference.high is None:
        return f"{difference.value:+.3f}"
    interval = f"{difference.low:+.3f} to {difference.high:+.3f}"
    return f"{difference.value:+.3f} ({interval}), {difference.verdict}"
