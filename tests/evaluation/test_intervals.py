import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from aura.errors import DataError
from aura.evaluation.inputs import scored_videos
from aura.evaluation.intervals import auc_difference, auc_interval, resampled_aucs


def _normal_scores(rng, n, *, distance=1.0):
    labels = np.arange(n) % 2
    return labels, rng.normal(size=n) + distance * labels


def test_each_resample_is_the_auc_of_the_drawn_videos():
    rng = np.random.default_rng(5)
    labels, scores = rng.integers(0, 2, 30), rng.integers(0, 8, 30) / 8
    groups = rng.integers(0, 10, 30)
    videos = scored_videos(labels, scores, groups=groups)
    ours = resampled_aucs(videos, [videos.scores], n_bootstrap=50, seed=11)[:, 0]
    draws = np.random.default_rng(11).integers(0, videos.n_groups, size=(50, videos.n_groups))
    theirs = []
    for drawn in draws:
        rows = np.concatenate([np.flatnonzero(videos.groups == group) for group in drawn])
        theirs.append(roc_auc_score(labels[rows], scores[rows]))
    np.testing.assert_allclose(ours, theirs)


def test_a_resample_without_a_class_is_not_a_number():
    videos = scored_videos([0, 1], [0.2, 0.7], groups=["a", "b"])
    aucs = resampled_aucs(videos, [videos.scores], n_bootstrap=200, seed=0)[:, 0]
    # Both groups are drawn in half of the resamples; else only one class is there.
    assert 0.3 < np.isnan(aucs).mean() < 0.7
    assert np.all(aucs[~np.isnan(aucs)] == 1.0)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = norm.cdf(1 / np.sqrt(2))
    held = 0
    for _ in range(200):
        labels, scores = _normal_scores(rng, 80)
        low, high = auc_interval(
            scored_videos(labels, scores), n_bootstrap=300, seed=0, confidence=0.9
        )
        held += low <= truth <= high
    assert 0.83 <= held / 200 <= 0.96


def test_clustered_videos_get_a_wider_interval_than_single_ones_would():
    rng = np.random.default_rng(1)
    group_shift = np.repeat(rng.normal(size=40) * 2, 10)
    labels = np.repeat(np.arange(40) % 2, 10)
    scores = group_shift + labels + 0.2 * rng.normal(size=400)
    groups = np.repeat(np.arange(40), 10)

    def width(**given):
        low, high = auc_interval(
            scored_videos(labels, scores, **given), n_bootstrap=500, seed=0, confidence=0.95
        )
        return high - low

    assert width(groups=groups) > 2 * width()


def test_repeating_every_video_within_its_group_adds_no_certainty():
    labels, scores = _normal_scores(np.random.default_rng(2), 60)

    def interval(times):
        groups = np.repeat(np.arange(60), times)
        videos = scored_videos(np.repeat(labels, times), np.repeat(scores, times), groups=groups)
        return auc_interval(videos, n_bootstrap=400, seed=3, confidence=0.95)

    assert interval(5) == pytest.approx(interval(1))


@pytest.mark.parametrize("with_groups", [True, False])
def test_the_order_of_the_rows_does_not_matter(with_groups):
    rng = np.random.default_rng(4)
    labels, scores = _normal_scores(rng, 50)
    names = np.array([f"g{number // 3}" for number in range(50)])
    shuffled = rng.permutation(50)

    def interval(rows):
        groups = names[rows] if with_groups else None
        videos = scored_videos(labels[rows], scores[rows], groups=groups)
        return auc_interval(videos, n_bootstrap=200, seed=0, confidence=0.95)

    assert interval(np.arange(50)) == interval(shuffled)


def test_same_seed_same_interval_and_another_seed_another():
    labels, scores = _normal_scores(np.random.default_rng(6), 50)
    videos = scored_videos(labels, scores)
    first, again, other = (
        auc_interval(videos, n_bootstrap=200, seed=seed, confidence=0.95) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_blocks_do_not_change_the_draws(monkeypatch):
    labels, scores = _normal_scores(np.random.default_rng(7), 40)
    videos = scored_videos(labels, scores)
    whole = resampled_aucs(videos, [videos.scores], n_bootstrap=100, seed=0)
    monkeypatch.setattr("aura.evaluation.intervals._CELLS_PER_BLOCK", 40 * 7)
    np.testing.assert_array_equal(
        resampled_aucs(videos, [videos.scores], n_bootstrap=100, seed=0), whole
    )


@pytest.mark.parametrize(
    ("labels", "groups", "n_bootstrap"),
    [([1, 1, 1, 1], None, 100), ([0, 1, 0, 1], ["a"] * 4, 100), ([0, 1, 0, 1], None, 0)],
)
def test_no_interval_where_nothing_can_vary(labels, groups, n_bootstrap):
    videos = scored_videos(labels, [0.1, 0.4, 0.6, 0.9], groups=groups)
    assert auc_interval(videos, n_bootstrap=n_bootstrap, seed=0, confidence=0.95) is None


@pytest.mark.parametrize(("n_fake_groups", "is_defined"), [(1, False), (2, False), (3, True)])
def test_an_interval_needs_more_than_two_groups_of_each_class(n_fake_groups, is_defined):
    labels = np.arange(40) < 2 * n_fake_groups
    scores = np.random.default_rng(0).normal(size=40) + labels
    videos = scored_videos(labels, scores, groups=np.arange(40) // 2)
    interval = auc_interval(videos, n_bootstrap=1000, seed=0, confidence=0.95)
    assert (interval is not None) == is_defined


def test_a_better_model_is_called_better_and_the_reverse_worse():
    rng = np.random.default_rng(8)
    labels, scores = _normal_scores(rng, 200, distance=2.5)
    noise = rng.normal(size=200)
    better = auc_difference(labels, scores, baseline=noise, n_bootstrap=300)
    worse = auc_difference(labels, noise, baseline=scores, n_bootstrap=300)
    assert better.verdict == "better"
    assert worse.verdict == "worse"
    assert better.value == pytest.approx(
        roc_auc_score(labels, scores) - roc_auc_score(labels, noise)
    )
    assert better.value == -worse.value


def test_equally_good_models_are_seldom_told_apart():
    told_apart = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        labels, scores = _normal_scores(rng, 80, distance=2.0)
        _, others = _normal_scores(rng, 80, distance=2.0)
        difference = auc_difference(labels, scores, baseline=others, n_bootstrap=200)
        told_apart += difference.verdict != "undecided"
    assert told_apart <= 14  # of 100, where the interval promises about 5


def test_a_model_equal_to_the_baseline_is_undecided():
    labels, scores = _normal_scores(np.random.default_rng(9), 60)
    same = auc_difference(labels, scores, baseline=scores * 3, n_bootstrap=100)
    assert (same.value, same.low, same.high, same.verdict) == (0, 0, 0, "undecided")


def test_no_difference_without_both_classes():
    assert auc_difference([1, 1], [0.1, 0.2], baseline=[0.3, 0.4]) is None


@pytest.mark.parametrize(
    ("settings", "says"), [({"confidence": 1.0}, "confidence"), ({"n_bootstrap": -1}, "-1")]
)
def test_impossible_settings_are_refused(settings, says):
    given = {"n_bootstrap": 10, "seed": 0, "confidence": 0.9} | settings
    with pytest.raises(DataError, match=says):
        auc_interval(scored_videos([0, 1], [0.1, 0.2]), **given)
