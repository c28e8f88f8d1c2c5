"""How well scores put fakes above genuine videos, at every threshold at once.

Thresholds are the scores that occur, so ties are one step and never an arbitrary order.
"""

from dataclasses import dataclass

import numpy as np

from aura.evaluation.inputs import FloatArray, IntArray, ScoredVideos

# Rates are quotients of small integers, so differences below this are rounding.
_RATE_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class RocCurve:
    """What a threshold lets through, from above the highest score down to the lowest.

    Attributes:
        thresholds: float64 [K + 1], falling, the first infinite; a score at or above is "fake".
        false_positives: int64 [K + 1], genuine videos at or above each threshold.
        true_positives: int64 [K + 1], fakes at or above each threshold.
    """

    thresholds: FloatArray
    false_positives: IntArray
    true_positives: IntArray

    @property
    def fpr(self) -> FloatArray:
        """Share of genuine videos called fake, float64 [K + 1]."""
        return self.false_positives / self.false_positives[-1]

    @property
    def tpr(self) -> FloatArray:
        """Share of fakes called fake, float64 [K + 1]."""
        return self.true_positives / self.true_positives[-1]


def roc_curve(videos: ScoredVideos) -> RocCurve:
    """Return one point for every score that occurs, and the point where nothing is called fake."""
    order = np.argsort(-videos.scores, kind="stable")
    scores, labels = videos.scores[order], videos.labels[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    true_positives = np.cumsum(labels)[last_of_tie]
    false_positives = last_of_tie + 1 - true_positives
    return RocCurve(
        thresholds=np.concatenate([[np.inf], scores[last_of_tie]]),
        false_positives=np.concatenate([[0], false_positives]),
        true_positives=np.concatenate([[0], true_positives]),
    )


def area_under(curve: RocCurve) -> float | None:
    """Return the chance that a fake scores above a genuine video, ties counting half.

    None where a class is absent.
    """
    n_pairs = int(curve.true_positives[-1]) * int(curve.false_positives[-1])
    if not n_pairs:
        return None
    heights = curve.true_positives[1:] + curve.true_positives[:-1]
    return int(np.sum(np.diff(curve.false_positives) * heights)) / (2 * n_pairs)


def average_precision(curve: RocCurve) -> float | None:
    """Return precision averaged over the steps of recall, without interpolation.

    None where there is no fake.
    """
    n_fake = int(curve.true_positives[-1])
    if not n_fake:
        return None
    found = curve.true_positives[1:]
    precision = found / (found + curve.false_positives[1:])
    return float(np.sum(np.diff(curve.true_positives) * precision) / n_fake)


def equal_error_rate(curve: RocCurve) -> float | None:
    """Return the error rate where as many fakes are missed as genuine videos are accused.

    Between two thresholds the curve is taken as straight. None where a class is absent.
    """
    if area_under(curve) is None:
        return None
    fpr, fnr = curve.fpr, 1 - curve.tpr
    gap = fpr - fnr  # rises from -1 to 1, so it crosses zero once
    above = int(np.argmax(gap >= 0))
    step = gap[above] - gap[above - 1]
    share = -gap[above - 1] / step
    return float(fpr[above - 1] + share * (fpr[above] - fpr[above - 1]))


def tpr_at_fpr(curve: RocCurve, max_fpr: float) -> float | None:
    """Return the share of fakes found at the best threshold that accuses at most ``max_fpr``.

    No interpolation: with fewer than ``1 / max_fpr`` genuine videos, none may be accused. None
    where a class is absent.
    """
    if area_under(curve) is None:
        return None
    allowed = curve.fpr <= max_fpr + _RATE_TOLERANCE
    return float(curve.tpr[allowed][-1])
