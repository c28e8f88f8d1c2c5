import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn import metrics as sk

from aura.evaluation.inputs import scored_videos
from aura.evaluation.ranking import (
    area_under,
    average_precision,
    equal_error_rate,
    roc_curve,
    tpr_at_fpr,
)

# Quarters make ties frequent.
scored = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 12).map(lambda k: k / 4)), min_size=2, max_size=60
).filter(lambda rows: len({label for label, _ in rows}) == 2)


def _curve(rows):
    labels, scores = zip(*rows, strict=True)
    return roc_curve(scored_videos(labels, scores)), np.array(labels), np.array(scores)


@given(scored)
def test_the_curve_is_scikit_learns(rows):
    curve, labels, scores = _curve(rows)
    fpr, tpr, thresholds = sk.roc_curve(labels, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.fpr, fpr)
    np.testing.assert_allclose(curve.tpr, tpr)
    np.testing.assert_allclose(curve.thresholds[1:], thresholds[1:])


@given(scored)
def test_auc_is_scikit_learns_and_the_rank_statistic(rows):
    curve, labels, scores = _curve(rows)
    auc = area_under(curve)
    assert auc == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-12)
    statistic = mannwhitneyu(scores[labels == 1], scores[labels == 0]).statistic
    n_pairs = int(labels.sum()) * int((1 - labels).sum())
    assert auc == pytest.approx(statistic / n_pairs, abs=1e-12)


@given(scored)
def test_average_precision_is_scikit_learns(rows):
    curve, labels, scores = _curve(rows)
    assert average_precision(curve) == pytest.approx(
        sk.average_precision_score(labels, scores), abs=1e-12
    )


@given(scored, st.sampled_from([0.01, 0.05, 0.2, 0.5]))
def test_fakes_found_at_a_false_alarm_rate_come_from_a_real_threshold(rows, max_fpr):
    curve, labels, scores = _curve(rows)
    fpr, tpr, _ = sk.roc_curve(labels, scores, drop_intermediate=False)
    assert tpr_at_fpr(curve, max_fpr) == pytest.approx(tpr[fpr <= max_fpr + 1e-12].max())


@given(scored)
def test_equal_error_rate_lies_where_the_interpolated_errors_meet(rows):
    curve, labels, scores = _curve(rows)
    eer = equal_error_rate(curve)
    fpr, tpr, _ = sk.roc_curve(labels, scores, drop_intermediate=False)
    share = np.linspace(0, 1, 2001)
    path = np.linspace(0, len(fpr) - 1, (len(fpr) - 1) * 2000 + 1)
    along_fpr = np.interp(path, np.arange(len(fpr)), fpr)
    along_fnr = 1 - np.interp(path, np.arange(len(tpr)), tpr)
    nearest = np.argmin(np.abs(along_fpr - along_fnr))
    assert eer == pytest.approx(along_fpr[nearest], abs=1 / (len(share) - 1))
    assert 0 <= eer <= 1


@given(scored)
@settings(max_examples=50)
def test_order_alone_matters(rows):
    _, labels, scores = _curve(rows)
    plain = roc_curve(scored_videos(labels, scores))
    bent = roc_curve(scored_videos(labels, np.exp(scores) * 7 - 3))
    assert area_under(plain) == area_under(bent)
    assert average_precision(plain) == average_precision(bent)
    assert equal_error_rate(plain) == equal_error_rate(bent)


@given(scored)
@settings(max_examples=50)
def test_turning_scores_round_turns_the_auc_round(rows):
    _, labels, scores = _curve(rows)
    auc = area_under(roc_curve(scored_videos(labels, scores)))
    turned = area_under(roc_curve(scored_videos(labels, -scores)))
    assert auc + turned == pytest.approx(1)


def test_by_hand_with_a_tie():
    # Pairs (fake, real): (.8, .1) won, (.8, .5) won, (.5, .1) won, (.5, .5) half.
    curve = roc_curve(scored_videos([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.8]))
    assert area_under(curve) == 3.5 / 4
    # Threshold .8: precision 1, recall 1/2; threshold .5: precision 2/3, recall 1.
    assert average_precision(curve) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    # From (0, .5) to (.5, 1): false alarms t/2 meet misses (1 - t)/2 at t = 1/2.
    assert equal_error_rate(curve) == pytest.approx(0.25)
    assert tpr_at_fpr(curve, 0.05) == 0.5


def test_one_false_alarm_in_a_hundred_is_one_percent():
    labels = [0] * 100 + [1] * 2
    scores = [0.9] + [0.1] * 99 + [0.95, 0.5]
    assert tpr_at_fpr(roc_curve(scored_videos(labels, scores)), 0.01) == 1.0
    assert tpr_at_fpr(roc_curve(scored_videos(labels, scores)), 0.0) == 0.5


def test_equal_scores_are_a_coin_toss():
    curve = roc_curve(scored_videos([0, 1, 1, 0], [0.3] * 4))
    assert area_under(curve) == 0.5
    assert equal_error_rate(curve) == 0.5


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_nothing_to_rank(label):
    curve = roc_curve(scored_videos([label] * 3, [0.1, 0.2, 0.3]))
    assert area_under(curve) is None
    assert equal_error_rate(curve) is None
    assert tpr_at_fpr(curve, 0.05) is None
    assert average_precision(curve) == (1.0 if label else None)
