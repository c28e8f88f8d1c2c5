import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from aura.errors import DataError, LeakageError
from aura.evaluation import ShortcutConfig, container_baseline, model_results
from aura.evaluation.shortcuts import container_facts
from aura.tables import PREDICTIONS


def _giveaway(column, of_real, of_fake):
    return lambda number: {column: of_fake if number % 2 else of_real}


@pytest.mark.parametrize(
    ("column", "of_real", "of_fake"),
    [
        ("codec", "h264", "vp9"),
        ("container", "mp4", None),
        ("fps", 25.0, 24.0),
        ("width", 640, 650),
        ("duration_s", 3.0, 4.0),
        ("bit_rate_bps", 500_000, None),
        ("has_audio", True, False),
    ],
)
def test_a_container_that_gives_the_label_away_is_found_out(make_videos, column, of_real, of_fake):
    videos = make_videos(48, _giveaway(column, of_real, of_fake))
    for result in model_results(container_baseline(videos), n_bootstrap=0):
        assert result.overall.auc == 1, result.name


def test_containers_that_are_all_alike_say_nothing(make_videos):
    for result in model_results(container_baseline(make_videos(48)), n_bootstrap=0):
        assert abs(result.overall.auc - 0.5) < 0.05, result.name


def test_random_containers_say_nothing(make_videos):
    rng = np.random.default_rng(0)
    videos = make_videos(
        200,
        lambda number: {"fps": float(rng.integers(20, 60)), "width": int(rng.integers(90, 999))},
    )
    for result in model_results(container_baseline(videos), n_bootstrap=0):
        assert 0.35 < result.overall.auc < 0.65, result.name


def test_every_video_with_a_fold_is_scored_once_a_classifier(make_videos):
    videos = make_videos(24, lambda number: {"fold": None if number < 4 else (number // 2) % 3})
    predictions = container_baseline(videos)
    PREDICTIONS.check(predictions, where="test")
    assert predictions["model"].unique().sort().to_list() == [
        "container:gradient_boosting",
        "container:logistic_regression",
    ]
    expected = videos.filter(pl.col("fold").is_not_null())["video_id"].sort().to_list()
    for _, rows in predictions.group_by("model"):
        assert rows["video_id"].to_list() == expected
    # A logit of zero is a probability of one half.
    np.testing.assert_allclose(
        predictions["probability"], 1 / (1 + np.exp(-predictions["logit"].to_numpy()))
    )


def test_scores_come_from_the_other_folds_alone(make_videos):
    # Fold 0 has a width of its own and follows the reverse rule: trees that had seen it would know.
    def change(number):
        fold, is_fake = (number // 2) % 4, number % 2
        return {"fps": 25.0 + 5 * (is_fake if fold else 1 - is_fake), "width": 640 if fold else 800}

    predictions = container_baseline(make_videos(48, change))
    for result in model_results(predictions, n_bootstrap=0):
        assert result.folds[0].auc == 0, result.name
    boosting = predictions.filter(pl.col("model") == "container:gradient_boosting")
    assert model_results(boosting, n_bootstrap=0)[0].folds[1].auc == 1


def test_a_held_out_codec_never_seen_before_is_no_error(make_videos):
    videos = make_videos(24, lambda number: {"codec": "av1" if (number // 2) % 4 == 0 else "h264"})
    assert container_baseline(videos).height == 48


def test_the_logistic_regression_is_scikit_learns(make_videos):
    rng = np.random.default_rng(1)
    videos = make_videos(80, lambda number: {"fps": float(rng.integers(20, 60) + 4 * (number % 2))})
    config = ShortcutConfig(estimators=("logistic_regression",), regularisation=0.3)
    ours = container_baseline(videos, config=config).filter(pl.col("fold") == 2)
    train, test = videos.filter(pl.col("fold") != 2), videos.filter(pl.col("fold") == 2)
    facts, names = container_facts(train, known=train)
    assert "log_fps" in names
    scaler = StandardScaler().fit(facts)
    model = LogisticRegression(C=0.3, max_iter=5000).fit(scaler.transform(facts), train["label"])
    others, _ = container_facts(test, known=train)
    expected = model.predict_proba(scaler.transform(others))[:, 1]
    np.testing.assert_allclose(ours["probability"], expected, rtol=1e-6)


def test_same_videos_same_scores_in_any_order(make_videos):
    videos = make_videos(40, lambda number: {"fps": 20.0 + number % 7})
    shuffled = videos.sample(fraction=1, shuffle=True, seed=3)
    assert container_baseline(shuffled).equals(container_baseline(videos))


def test_columns_a_table_may_lack_are_not_needed(make_videos):
    videos = make_videos(24).drop("bit_rate_bps", "container")
    assert container_baseline(videos).height == 48


def test_one_fold_is_not_enough(make_videos):
    with pytest.raises(DataError, match="at least two folds, got 1"):
        container_baseline(make_videos(8, lambda number: {"fold": 0}))


def test_training_folds_of_one_class_are_refused(make_videos):
    videos = make_videos(8, lambda number: {"fold": number % 2, "group_id": f"own{number}"})
    with pytest.raises(DataError, match="share one label"):
        container_baseline(videos)


def test_groups_that_straddle_folds_are_refused(make_videos):
    with pytest.raises(LeakageError, match="more than one fold"):
        container_baseline(make_videos(8, lambda number: {"fold": number % 2}))


def test_only_the_judged_folds_are_scored_and_the_others_still_teach(make_videos):
    videos = make_videos(24, _giveaway("fps", 25.0, 24.0))
    folds = sorted(videos["fold"].unique())
    judged = container_baseline(videos, judged=folds[:1])
    expected = container_baseline(videos).filter(pl.col("fold") == folds[0])
    assert judged.equals(expected)


def test_straddling_groups_are_scored_where_leakage_is_allowed(make_videos):
    videos = make_videos(24, lambda number: {"fold": number % 3})
    with pytest.raises(LeakageError):
        container_baseline(videos)
    assert len(container_baseline(videos, allow_leakage=True)) == 48


@pytest.mark.parametrize("column", ["fps", "duration_s", "bit_rate_bps"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_without_bounds_counts_as_missing(make_videos, column, value):
    videos = make_videos(24, lambda number: {"label": number % 2})
    broken = pl.int_range(pl.len()) % 5 == 0
    of = videos.with_columns(pl.col(column).cast(pl.Float64))
    endless = of.with_columns(pl.when(broken).then(value).otherwise(column).alias(column))
    missing = of.with_columns(pl.when(~broken).then(column).alias(column))
    facts, names = container_facts(endless, known=endless)
    expected, _ = container_facts(missing, known=missing)
    np.testing.assert_array_equal(facts, expected)
    assert not np.isinf(facts).any()
    assert np.isnan(facts).any(), names


def test_broken_headers_still_give_a_baseline(make_videos):
    videos = make_videos(
        48, lambda n: {"fps": float("inf") if n % 3 else 25.0, "duration_s": 1e308}
    )
    for result in model_results(container_baseline(videos), n_bootstrap=0):
        assert 0.3 < result.overall.auc < 0.7, result.name
