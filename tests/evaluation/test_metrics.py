import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from aura.errors import DataError
from aura.evaluation import Confusion, binary_metrics

two_classes = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 20).map(lambda k: k / 20)), min_size=4, max_size=60
).filter(lambda rows: len({label for label, _ in rows}) == 2)


@given(two_classes, st.sampled_from([0.25, 0.5, 0.7]))
def test_verdict_metrics_are_scikit_learns(rows, threshold):
    labels, scores = map(np.array, zip(*rows, strict=True))
    ours = binary_metrics(labels, scores, threshold=threshold, n_bootstrap=0)
    called = (scores >= threshold).astype(int)
    assert ours.accuracy == pytest.approx(sk.accuracy_score(labels, called))
    assert ours.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(labels, called))
    assert ours.recall == pytest.approx(sk.recall_score(labels, called))
    assert ours.f1 == pytest.approx(sk.f1_score(labels, called))
    assert ours.f1_macro == pytest.approx(sk.f1_score(labels, called, average="macro"))
    assert ours.mcc == pytest.approx(sk.matthews_corrcoef(labels, called))
    c = ours.confusion
    assert [[c.tn, c.fp], [c.fn, c.tp]] == sk.confusion_matrix(labels, called).tolist()
    if called.any():
        assert ours.precision == pytest.approx(sk.precision_score(labels, called))
    else:
        assert ours.precision is None


@given(two_classes)
def test_probability_metrics_are_scikit_learns(rows):
    labels, scores = map(np.array, zip(*rows, strict=True))
    ours = binary_metrics(labels, scores, n_bootstrap=0)
    assert ours.log_loss == pytest.approx(sk.log_loss(labels, scores))
    assert ours.brier == pytest.approx(sk.brier_score_loss(labels, scores))
    assert ours.average_precision == pytest.approx(sk.average_precision_score(labels, scores))
    assert ours.auc == pytest.approx(sk.roc_auc_score(labels, scores))


def test_by_hand():
    ours = binary_metrics(
        [0, 0, 0, 1, 1], [0.1, 0.4, 0.8, 0.5, 0.9], ["a", "a", "b", "b", "c"], n_bootstrap=0
    )
    assert (ours.n, ours.n_real, ours.n_fake, ours.n_groups) == (5, 3, 2, 3)
    assert ours.confusion == Confusion(tn=2, fp=1, fn=0, tp=2)
    assert ours.auc == 5 / 6
    assert ours.accuracy == 0.8
    assert ours.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert ours.precision == pytest.approx(2 / 3)
    assert ours.recall == 1
    assert ours.f1 == pytest.approx(0.8)
    assert ours.brier == pytest.approx((0.01 + 0.16 + 0.64 + 0.25 + 0.01) / 5)
    assert ours.log_loss == pytest.approx(-sum(map(math.log, [0.9, 0.6, 0.2, 0.5, 0.9])) / 5)
    assert ours.mcc == pytest.approx((2 * 2 - 1 * 0) / math.sqrt(3 * 2 * 3 * 2))


def test_a_score_on_the_threshold_says_fake():
    assert binary_metrics([0, 1], [0.2, 0.5], threshold=0.5).recall == 1


@given(two_classes)
@settings(max_examples=50)
def test_what_is_a_rate_lies_from_zero_to_one(rows):
    labels, scores = zip(*rows, strict=True)
    ours = binary_metrics(labels, scores, n_bootstrap=20).to_dict()
    counts = ("n", "n_fake", "n_real", "n_groups", "confusion", "log_loss", "mcc")
    for name, value in ours.items():
        if name not in counts and value is not None:
            assert 0 <= value <= 1 + 1e-12, name
    assert -1 <= ours["mcc"] <= 1


@given(two_classes)
@settings(max_examples=50)
def test_bending_scores_keeps_what_depends_on_order(rows):
    labels, scores = map(np.array, zip(*rows, strict=True))
    names = ("auc", "auc_low", "auc_high", "average_precision", "eer", "tpr_at_5_fpr")
    plain = binary_metrics(labels, scores, n_bootstrap=20).to_dict()
    bent = binary_metrics(labels, scores**3 / 2, n_bootstrap=20).to_dict()
    assert [plain[name] for name in names] == [bent[name] for name in names]


def test_the_interval_surrounds_the_auc():
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2
    ours = binary_metrics(labels, rng.normal(size=100) + labels, n_bootstrap=500)
    assert ours.auc_low < ours.auc < ours.auc_high


def test_scores_that_are_no_probabilities_have_no_log_loss():
    ours = binary_metrics([0, 1], [-2.0, 3.0], n_bootstrap=0)
    assert (ours.log_loss, ours.brier, ours.ece) == (None, None, None)
    assert ours.auc == 1


def test_a_sure_mistake_costs_much_but_not_everything():
    ours = binary_metrics([1, 0], [0.0, 0.0], n_bootstrap=0)
    assert ours.log_loss == pytest.approx(sk.log_loss([1, 0], [0.0, 0.0]))


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_comparisons_undefined_and_json_valid(label):
    ours = binary_metrics([label] * 4, [0.2, 0.4, 0.6, 0.8])
    assert ours.auc is ours.auc_low is ours.auc_high is None
    assert ours.balanced_accuracy is ours.eer is ours.tpr_at_1_fpr is ours.mcc is None
    assert ours.accuracy == 0.5
    record = json.loads(json.dumps(ours.to_dict(), allow_nan=False))
    assert record["auc"] is None
    assert record["confusion"]["tp"] == (2 if label else 0)


def test_the_same_verdict_for_all_carries_no_information():
    ours = binary_metrics([0, 1, 1], [0.1, 0.2, 0.3], n_bootstrap=0)
    assert ours.mcc == 0
    assert ours.precision is None
    assert ours.f1 == 0


def test_large_counts_do_not_overflow_the_correlation():
    labels = np.repeat([0, 1], 300_000)
    ours = binary_metrics(labels, labels * 0.8 + 0.1, n_bootstrap=0)
    assert ours.mcc == 1


@pytest.mark.parametrize("threshold", [float("nan"), float("inf")])
def test_a_threshold_is_a_number(threshold):
    with pytest.raises(DataError, match="finite threshold"):
        binary_metrics([0, 1], [0.1, 0.9], threshold=threshold)


def test_names_users_import_stay():
    from aura.evaluation import BinaryMetrics, binary_metrics

    assert isinstance(binary_metrics([0, 1], [0.1, 0.9], ["a", "b"]), BinaryMetrics)


def test_metrics_load_no_heavy_library():
    heavy = {"torch", "cv2", "av", "sklearn", "matplotlib", "scipy.stats"}
    code = f"import sys, aura.evaluation; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
