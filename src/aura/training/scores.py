"""How well a fold's scores rank fake above real."""

import numpy as np
from numpy.typing import NDArray

from aura.evaluation.inputs import scored_videos
from aura.evaluation.ranking import area_under, roc_curve


def roc_auc(labels: NDArray[np.int64], logits: NDArray[np.float64]) -> float | None:
    """Return the area under the ROC curve, or None where one class is absent.

    >>> roc_auc(np.array([0, 1, 1]), np.array([-1.0, 0.5, 2.0]))
    1.0
    >>> roc_auc(np.array([1, 1]), np.array([0.5, 2.0])) is None
    True
    """
    return area_under(roc_curve(scored_videos(labels, logits)))
