import numpy as np
import polars as pl
import pytest

from aura.evaluation import binary_metrics, reliability
from aura.evaluation.plots import (
    RocSeries,
    draw_balance,
    draw_confusion,
    draw_reliability,
    draw_roc,
    draw_scores,
)

LABELS = np.arange(40) % 2
SCORES = np.clip(0.3 * LABELS + np.random.default_rng(0).random(40) * 0.7, 0, 1)
METRICS = binary_metrics(LABELS, SCORES, n_bootstrap=100)


def _series(name, **given):
    return RocSeries(name, LABELS, SCORES, METRICS, **given)


def test_the_roc_legend_gives_auc_and_interval_and_the_chance_line():
    svg = draw_roc([_series("alpha"), _series("shortcut", is_baseline=True)], name="roc").svg
    interval = f"{METRICS.auc:.3f}  [{METRICS.auc_low:.3f} to {METRICS.auc_high:.3f}]"
    assert f"alpha  {interval}" in svg
    assert f"shortcut  {interval}" in svg
    assert ">chance<" in svg
    assert "stroke: var(--series-1)" in svg


def test_a_model_without_both_classes_is_left_out_of_the_roc():
    one_class = binary_metrics([1, 1], [0.1, 0.2], n_bootstrap=0)
    svg = draw_roc(
        [_series("alpha"), RocSeries("beta", [1, 1], [0.1, 0.2], one_class)], name="r"
    ).svg
    assert "alpha" in svg
    assert "beta" not in svg


@pytest.mark.parametrize("n_models", [1, 9])
def test_every_model_is_named_however_many(n_models):
    svg = draw_roc([_series(f"model-{k}") for k in range(n_models)], name="roc").svg
    assert all(f">model-{k}  " in svg for k in range(n_models))


def test_the_confusion_figure_shows_the_four_counts():
    scores = [0.1] * 33 + [0.9] * 7 + [0.2] * 9 + [0.8] * 21
    metrics = binary_metrics([0] * 40 + [1] * 30, scores, n_bootstrap=0)
    drawing = draw_confusion(metrics, name="c", model="alpha")
    assert all(f">{count}<" in drawing.svg for count in (33, 7, 9, 21))
    assert "7 were called fake" in drawing.svg
    assert "82% of 40" in drawing.svg


def test_a_confusion_figure_of_one_class_is_drawn():
    metrics = binary_metrics([1, 1], [0.1, 0.8], n_bootstrap=0)
    assert ">none<" in draw_confusion(metrics, name="c", model="alpha").svg


def test_calibration_and_scores_are_drawn_in_the_classes_colours():
    curve = reliability(LABELS, SCORES)
    assert f"{curve.ece:.3f}" in draw_reliability(curve, name="r", model="alpha").title
    svg = draw_scores(LABELS, SCORES, name="s", model="alpha", threshold=0.5).svg
    assert "var(--real)" in svg
    assert "var(--fake)" in svg


def test_the_balance_figure_counts_both_classes():
    table = pl.DataFrame({"fold": ["0", "1"], "real": [12, 3], "fake": [4, 9]})
    svg = draw_balance(table, name="b", column="fold", word="fold").svg
    assert "12 + 4" in svg
    assert "3 + 9" in svg
    assert "0: 12 real and 4 fake; 1: 3 real and 9 fake" in svg
