import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from aura.errors import DataError
from aura.evaluation import reliability


@pytest.mark.parametrize(
    ("binning", "strategy"), [("equal_width", "uniform"), ("equal_mass", "quantile")]
)
def test_bins_are_scikit_learns(binning, strategy):
    rng = np.random.default_rng(0)
    probabilities = rng.random(501)
    labels = (rng.random(501) < probabilities).astype(int)
    observed, predicted = calibration_curve(labels, probabilities, n_bins=8, strategy=strategy)
    curve = reliability(labels, probabilities, n_bins=8, binning=binning)
    tolerance = 1e-12 if binning == "equal_width" else 0.01  # quantiles are defined in many ways
    np.testing.assert_allclose(curve.observed, observed, atol=tolerance * 2)
    np.testing.assert_allclose(curve.mean_predicted, predicted, atol=tolerance)


def test_by_hand():
    curve = reliability([0, 1, 1, 0], [0.1, 0.3, 0.9, 0.7], n_bins=2)
    assert curve.counts.tolist() == [2, 2]
    assert curve.observed.tolist() == [0.5, 0.5]
    np.testing.assert_allclose(curve.mean_predicted, [0.2, 0.8])
    assert curve.ece == pytest.approx(0.3)


def test_both_ends_have_a_bin():
    curve = reliability([0, 1], [0.0, 1.0], n_bins=4)
    assert curve.counts.tolist() == [1, 0, 0, 1]
    assert curve.ece == 0


def test_an_empty_bin_is_none_in_json():
    record = reliability([0, 1], [0.0, 1.0], n_bins=3).to_dict()
    assert record["observed"] == [0.0, None, 1.0]
    json.dumps(record, allow_nan=False)


def test_bins_of_equal_mass_hold_equally_many():
    curve = reliability([0, 1] * 50, np.linspace(0, 0.2, 100), n_bins=5, binning="equal_mass")
    assert curve.counts.min() >= 19
    assert curve.counts.max() <= 21


def test_equal_scores_share_a_bin():
    curve = reliability([0, 1] * 10, [0.4] * 20, n_bins=5, binning="equal_mass")
    assert curve.counts.max() == 20


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=50),
    st.integers(1, 20),
    st.sampled_from(["equal_width", "equal_mass"]),
)
def test_every_video_is_in_one_bin_and_the_error_is_a_rate(rows, n_bins, binning):
    labels, probabilities = zip(*rows, strict=True)
    curve = reliability(labels, probabilities, n_bins=n_bins, binning=binning)
    assert curve.counts.sum() == len(rows)
    assert 0 <= curve.ece <= 1 + 1e-12
    filled = curve.counts > 0
    assert np.all(curve.mean_predicted[filled] >= curve.edges[:-1][filled] - 1e-9)
    assert np.all(curve.mean_predicted[filled] <= curve.edges[1:][filled] + 1e-9)


def test_logits_are_refused():
    with pytest.raises(DataError, match=r"probabilities from 0 to 1, got 3\.5"):
        reliability([0, 1], [0.2, 3.5])


def test_no_bins_are_refused():
    with pytest.raises(DataError, match="at least 1 bin"):
        reliability([0, 1], [0.2, 0.5], n_bins=0)


def test_a_score_on_an_edge_belongs_to_the_upper_bin():
    assert reliability([0, 1], [0.25, 0.5], n_bins=4).counts.tolist() == [0, 1, 1, 0]
