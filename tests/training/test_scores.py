import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from aura.training.scores import roc_auc


def test_agrees_with_scikit_learn_ties_included():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    logits = rng.integers(0, 10, 200) + labels.astype(np.float64)
    assert roc_auc(labels, logits) == pytest.approx(roc_auc_score(labels, logits), abs=1e-12)
