"""Every number AURA reports about a binary detector, each with one definition.

Fake is the positive class and a score at or above the threshold says "fake". What a set of videos
does not define (an AUC without genuine videos, a log loss of scores that are no probabilities) is
None: never 0, never NaN.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aura.errors import DataError
from aura.evaluation.calibration import are_probabilities, reliability
from aura.evaluation.inputs import FloatArray, IntArray, ScoredVideos, scored_videos
from aura.evaluation.intervals import auc_interval
from aura.evaluation.ranking import (
    area_under,
    average_precision,
    equal_error_rate,
    roc_curve,
    tpr_at_fpr,
)
from aura.tables import FAKE

_ECE_BINS = 10


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many videos were called what; "positive" is fake.

    >>> Confusion.of(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.5]), threshold=0.5)
    Confusion(tn=1, fp=0, fn=1, tp=1)
    """

    tn: int
    fp: int
    fn: int
    tp: int

    @classmethod
    def of(cls, labels: IntArray, scores: FloatArray, *, threshold: float) -> "Confusion":
        """Count the verdicts that ``threshold`` gives."""
        called_fake, is_fake = scores >= threshold, labels == FAKE
        return cls(
            tn=int(np.count_nonzero(~called_fake & ~is_fake)),
            fp=int(np.count_nonzero(called_fake & ~is_fake)),
            fn=int(np.count_nonzero(~called_fake & is_fake)),
            tp=int(np.count_nonzero(called_fake & is_fake)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryMetrics:
    """What scores are worth on a set of videos.

    Attributes:
        auc: Chance that a fake scores above a genuine video, ties counting half.
        auc_low: Lower end of its interval over resampled groups.
        auc_high: Upper end of the same.
        average_precision: Area under the precision-recall steps, without interpolation.
        balanced_accuracy: Mean of the recalls of both classes.
        f1: Harmonic mean of precision and recall of the fakes.
        f1_macro: Mean of the F1 of both classes.
        eer: Error rate where misses and false alarms are equally frequent.
        tpr_at_1_fpr: Share of fakes found while at most 1% of genuine videos are accused.
        tpr_at_5_fpr: The same at 5%.
        log_loss: Mean negative log-likelihood in nats, probabilities clipped to float64's epsilon.
        brier: Mean squared difference of probability and label.
        ece: Expected calibration error over ten bins of equal width.
        mcc: Matthews correlation; 0 when all videos get the same verdict.
        confidence: Share of the resamples between ``auc_low`` and ``auc_high``.
    """

    n: int
    n_fake: int
    n_real: int
    n_groups: int
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    average_precision: float | None
    accuracy: float
    balanced_accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    f1_macro: float | None
    eer: float | None
    tpr_at_1_fpr: float | None
    tpr_at_5_fpr: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    mcc: float | None
    confusion: Confusion
    threshold: float
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; None where a value is not defined."""
        return dataclasses.asdict(self)


def binary_metrics(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    threshold: float = 0.5,
    n_bootstrap: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> BinaryMetrics:
    """Return every metric of one model's scores, one score a video.

    Args:
        labels: N values 0 (real) or 1 (fake).
        scores: N finite numbers, high for fake. Log loss, Brier score and ECE are given only when
            all lie from 0 to 1.
        groups: N names of what was never divided between folds; the interval resamples these.
            Without them, each video is a group of its own, which makes the interval too narrow
            where videos are related.
        threshold: A score at or above it says "fake".
        n_bootstrap: How many times groups are drawn for the interval; 0 for no interval.
        seed: Fixes the draws.
        confidence: Share of the resamples the interval holds, between 0 and 1.

    Raises:
        DataError: Lengths differ, a label is neither 0 nor 1, a score is not finite, a group is
            missing, or there are no videos.

    >>> metrics = binary_metrics([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> metrics.auc, metrics.accuracy, metrics.confusion
    (0.75, 0.5, Confusion(tn=1, fp=1, fn=1, tp=1))
    """
    if not math.isfinite(threshold):
        raise DataError(f"expected a finite threshold, got {threshold}")
    videos = scored_videos(labels, scores, groups=groups)
    curve = roc_curve(videos)
    confusion = Confusion.of(videos.labels, videos.scores, threshold=threshold)
    interval = auc_interval(videos, n_bootstrap=n_bootstrap, seed=seed, confidence=confidence)
    low, high = interval or (None, None)
    return BinaryMetrics(
        n=len(videos.labels),
        n_fake=videos.n_fake,
        n_real=videos.n_real,
        n_groups=videos.n_groups,
        auc=area_under(curve),
        auc_low=low,
        auc_high=high,
        average_precision=average_precision(curve),
        accuracy=(confusion.tp + confusion.tn) / len(videos.labels),
        eer=equal_error_rate(curve),
        tpr_at_1_fpr=tpr_at_fpr(curve, 0.01),
        tpr_at_5_fpr=tpr_at_fpr(curve, 0.05),
        **_decision_metrics(confusion),
        **_probability_metrics(videos),
        confusion=confusion,
        threshold=threshold,
        confidence=confidence,
    )


def _decision_metrics(confusion: Confusion) -> dict[str, float | None]:
    """Return the metrics of the verdicts at one threshold, by their names."""
    tn, fp, fn, tp = confusion.tn, confusion.fp, confusion.fn, confusion.tp
    recall, specificity = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    f1_fake, f1_real = _ratio(2 * tp, 2 * tp + fp + fn), _ratio(2 * tn, 2 * tn + fp + fn)
    return {
        "balanced_accuracy": _mean(recall, specificity),
        "precision": _ratio(tp, tp + fp),
        "recall": recall,
        "f1": f1_fake,
        "f1_macro": _mean(f1_fake, f1_real),
        "mcc": _matthews(confusion),
    }


def _probability_metrics(videos: ScoredVideos) -> dict[str, float | None]:
    """Return the metrics that take scores at their word, by their names."""
    if not are_probabilities(videos.scores):
        return {"log_loss": None, "brier": None, "ece": None}
    is_fake = videos.labels == FAKE
    of_truth = np.where(is_fake, videos.scores, 1 - videos.scores)
    of_truth = np.clip(of_truth, np.finfo(np.float64).eps, 1.0)
    return {
        "log_loss": float(-np.mean(np.log(of_truth))),
        "brier": float(np.mean((videos.scores - videos.labels) ** 2)),
        "ece": reliability(videos.labels, videos.scores, n_bins=_ECE_BINS).ece,
    }


def _matthews(confusion: Confusion) -> float | None:
    tn, fp, fn, tp = confusion.tn, confusion.fp, confusion.fn, confusion.tp
    if not (tp + fn) or not (tn + fp):
        return None
    # Python's integers do not overflow; the product of four counts of 100,000 would in int64.
    squared = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / math.sqrt(squared) if squared else 0.0


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2
