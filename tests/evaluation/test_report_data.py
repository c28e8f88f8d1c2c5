import polars as pl
import pytest

from aura.errors import DataError, LeakageError, TableError
from aura.evaluation import gather_report


def test_models_are_held_against_the_best_shortcut(make_videos, make_predictions, run_facts):
    videos = make_videos(40)
    shortcuts = pl.concat(
        [
            make_predictions(videos, model="container:a", skill=0.0, seed=1),
            make_predictions(videos, model="container:b", skill=2.0, seed=2),
        ]
    )
    data = gather_report(
        "t",
        run_facts,
        videos=videos,
        predictions=make_predictions(videos, model="m", skill=1.0),
        shortcut_predictions=shortcuts,
        n_bootstrap=50,
    )
    assert data.best_shortcut.name == "container:b"
    gap = data.best.overall.auc - data.best_shortcut.overall.auc
    assert data.versus_shortcut["m"].value == pytest.approx(gap)


def test_without_a_shortcut_nothing_is_compared(make_videos, make_predictions, run_facts):
    videos = make_videos(12)
    data = gather_report(
        "t", run_facts, videos=videos, predictions=make_predictions(videos), n_bootstrap=0
    )
    assert data.best_shortcut is None
    assert data.versus_shortcut == {}
    assert data.failures.height == 0


def test_predictions_whose_groups_straddle_folds_are_refused(
    make_videos, make_predictions, run_facts
):
    videos = make_videos(12)
    torn = make_predictions(videos).with_columns(fold=pl.int_range(12) % 2)
    with pytest.raises(LeakageError, match="the report's predictions"):
        gather_report("t", run_facts, videos=videos, predictions=torn)


def test_a_report_needs_predictions(make_videos, make_predictions, run_facts):
    videos = make_videos(12)
    with pytest.raises(DataError, match="no predictions"):
        gather_report("t", run_facts, videos=videos, predictions=make_predictions(videos).head(0))


def test_a_table_that_lacks_a_column_is_named(make_videos, make_predictions, run_facts):
    videos = make_videos(12)
    predictions = make_predictions(videos)
    with pytest.raises(TableError, match=r"the report's videos.*sha256"):
        gather_report(
            "t", run_facts, videos=videos.drop("sha256"), predictions=predictions, n_bootstrap=0
        )


def test_verdicts_are_counted_at_the_given_threshold(make_videos, make_predictions, run_facts):
    videos = make_videos(40)
    predictions = make_predictions(videos, skill=0.5)
    data = gather_report(
        "t", run_facts, videos=videos, predictions=predictions, n_bootstrap=0, threshold=0.8
    )
    called_fake = predictions.filter(pl.col("probability") >= 0.8).height
    counts = data.best.overall.confusion
    assert counts.tp + counts.fp == called_fake
    assert data.best.overall.threshold == 0.8
