import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aura.errors import DataError, TrainingError
from aura.models.linear import LogisticRegressionConfig, LogisticRegressionModel

NAMES = ("a", "b", "c", "d")


def data(n=60, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3 % 2
    matrix = rng.normal(size=(n, 4)) * [1, 1e3, 1e-3, 1] + [0, 5e4, 0, 7]
    matrix[:, 1] += labels * 2e3
    return matrix, labels


def fitted(matrix=None, labels=None, **config):
    if matrix is None:
        matrix, labels = data()
    model = LogisticRegressionModel(LogisticRegressionConfig(**config))
    model.fit(matrix, labels, names=NAMES)
    return model


@pytest.mark.parametrize("balanced", [True, False])
def test_agrees_with_a_scikit_learn_pipeline(balanced):
    matrix, labels = data()
    reference = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=0.3, class_weight="balanced" if balanced else None, tol=1e-8),
    ).fit(matrix, labels)
    model = fitted(C=0.3, clip_sd=1e6, balanced=balanced)
    np.testing.assert_allclose(
        model.logits(matrix), reference.decision_function(matrix), rtol=1e-3, atol=1e-4
    )


def test_contributions_and_bias_sum_to_the_logit():
    matrix, _ = data()
    model = fitted()
    for row, logit in zip(matrix[:5], model.logits(matrix[:5]), strict=True):
        parts = model.contributions(row)
        assert sum(parts.values()) + model.bias == pytest.approx(logit, abs=1e-12)
    assert max(parts, key=lambda name: abs(model.contributions(matrix[0] + 1e4)[name])) == "b"


def test_a_column_that_is_constant_in_training_never_counts():
    matrix, labels = data()
    matrix[:, 3] = 0.1 + 0.2
    model = fitted(matrix, labels)
    other = matrix.copy()
    other[:, 3] = 1e9
    assert model.logits(other).tolist() == model.logits(matrix).tolist()
    assert model.contributions(other[0])["d"] == 0


def test_one_absurd_value_is_held_to_the_limit():
    matrix, _ = data()
    model = fitted(clip_sd=4.0)
    far, farther = matrix[:1].copy(), matrix[:1].copy()
    far[0, 1], farther[0, 1] = 1e7, 1e12
    assert model.logits(far).tolist() == model.logits(farther).tolist()
    assert model.logits(far)[0] > model.logits(matrix[:1])[0]


def test_stronger_regularisation_gives_smaller_weights():
    loose, tight = fitted(C=10), fitted(C=0.001)
    assert np.abs(tight.arrays()["weights"]).sum() < np.abs(loose.arrays()["weights"]).sum()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_by_name_in_fit_and_in_scoring(value):
    matrix, labels = data()
    model = fitted()
    matrix[3, 2] = value
    with pytest.raises(DataError, match=r"feature c is -?(nan|inf) in row 3"):
        fitted(matrix, labels)
    with pytest.raises(DataError, match=r"feature c is -?(nan|inf) in row 3"):
        model.logits(matrix)


def test_one_class_is_refused():
    matrix, labels = data()
    with pytest.raises(TrainingError, match="both real and fake"):
        fitted(matrix, np.zeros_like(labels))


def test_wrong_shapes_are_refused():
    matrix, labels = data()
    with pytest.raises(DataError, match=r"\[videos, 4\]"):
        fitted(matrix[:, :3], labels)
    with pytest.raises(DataError, match="59 labels for 60 rows"):
        fitted(matrix, labels[:-1])
    with pytest.raises(DataError, match="at least one row"):
        fitted().logits(matrix[:0])


def test_scoring_before_fitting_is_refused():
    with pytest.raises(TrainingError, match="call fit first"):
        LogisticRegressionModel(LogisticRegressionConfig()).logits(np.zeros((1, 0)))


def test_a_state_of_another_width_or_with_gaps_is_refused():
    arrays = fitted().arrays()
    model = LogisticRegressionModel(LogisticRegressionConfig())
    with pytest.raises(DataError, match=r"expected centre as float64 \[3\], found float64 \[4\]"):
        model.restore(arrays, names=NAMES[:3])
    del arrays["weights"]
    with pytest.raises(DataError, match=r"weights.*found nothing"):
        model.restore(arrays, names=NAMES)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-100, 100))
def test_units_and_offsets_of_features_do_not_matter(seed, factor, offset):
    matrix, labels = data(seed=seed)
    model, scaled = fitted(matrix, labels), fitted(matrix * factor + offset, labels)
    np.testing.assert_allclose(
        scaled.logits(matrix * factor + offset), model.logits(matrix), rtol=1e-3, atol=1e-3
    )
