import json

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from aura.errors import DataError, LeakageError
from aura.evaluation import binary_metrics, compare_models, model_results
from aura.evaluation.results import check_groups_whole


@pytest.fixture
def predictions(make_videos, make_predictions):
    videos = make_videos(60)
    return pl.concat(
        [
            make_predictions(videos, model="weak", skill=0.2, seed=1),
            make_predictions(videos, model="good", skill=2.0, seed=2),
        ]
    )


def test_the_best_model_comes_first(predictions):
    assert [result.name for result in model_results(predictions, n_bootstrap=0)] == ["good", "weak"]


def test_overall_and_fold_metrics_are_those_of_their_rows(predictions):
    result = model_results(predictions, n_bootstrap=50, seed=4)[0]
    rows = predictions.filter(pl.col("model") == "good").sort("video_id")
    assert result.overall == binary_metrics(
        rows["label"], rows["probability"], rows["group_id"], n_bootstrap=50, seed=4
    )
    assert sorted(result.folds) == [0, 1, 2, 3]
    aucs = []
    for fold, metrics in result.folds.items():
        part = rows.filter(pl.col("fold") == fold)
        aucs.append(roc_auc_score(part["label"], part["probability"]))
        assert metrics.auc == pytest.approx(aucs[-1])
        assert metrics.auc_low is None
    assert result.auc_mean == pytest.approx(np.mean(aucs))
    assert result.auc_std == pytest.approx(np.std(aucs, ddof=1))


def test_the_order_of_the_rows_does_not_matter(predictions):
    shuffled = predictions.sample(fraction=1, shuffle=True, seed=0)
    assert model_results(shuffled, n_bootstrap=50) == model_results(predictions, n_bootstrap=50)


def test_a_fold_of_one_class_is_left_out_of_the_mean(predictions):
    only_fake = (pl.col("fold") != 0) | (pl.col("label") == 1)
    result = model_results(predictions.filter(only_fake), n_bootstrap=0)[0]
    assert result.folds[0].auc is None
    assert len(result.fold_aucs) == 3


def test_predictions_without_folds_have_none(predictions):
    result = model_results(
        predictions.with_columns(fold=pl.lit(None, dtype=pl.Int64)), n_bootstrap=0
    )[0]
    assert result.folds == {}
    assert result.auc_mean is None
    assert result.auc_std is None
    json.dumps(result.to_dict(), allow_nan=False)


def test_nothing_to_evaluate_is_an_error(predictions):
    with pytest.raises(DataError, match="no predictions"):
        model_results(predictions.head(0))


def test_models_are_compared_on_the_videos_both_have_scored(predictions):
    good, weak = (predictions.filter(pl.col("model") == name) for name in ("good", "weak"))
    part = weak.head(40)
    difference = compare_models(good, baseline=part, n_bootstrap=100)["good"]
    assert difference.n == 40
    labels = part["label"]
    ours = roc_auc_score(labels, good.head(40)["probability"])
    assert difference.value == pytest.approx(ours - roc_auc_score(labels, part["probability"]))


def test_models_that_share_no_video_are_not_compared(predictions):
    good, weak = (predictions.filter(pl.col("model") == name) for name in ("good", "weak"))
    assert compare_models(good.head(10), baseline=weak.tail(10), n_bootstrap=10) == {}


def test_one_baseline_at_a_time(predictions):
    with pytest.raises(DataError, match="got 2 models"):
        compare_models(predictions, baseline=predictions)


def test_a_group_in_two_folds_is_refused(predictions):
    torn = predictions.with_columns(
        fold=pl.when(pl.col("video_id") == "v0001").then(3).otherwise("fold")
    )
    with pytest.raises(LeakageError, match="'g000'"):
        check_groups_whole(torn, where="predictions")
    check_groups_whole(predictions, where="predictions")
