"""Whether a probability of 0.8 means that eight in ten such videos are fake."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from aura.errors import DataError
from aura.evaluation.inputs import FloatArray, IntArray, scored_videos

Binning = Literal["equal_width", "equal_mass"]


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """What was predicted and what was seen, bin by bin.

    Attributes:
        edges: float64 [K + 1], rising from 0 to 1; bins are half-open, the last one closed.
        mean_predicted: float64 [K], the mean probability in each bin, NaN where it is empty.
        observed: float64 [K], the share of fakes in each bin, NaN where it is empty.
        counts: int64 [K], videos in each bin.
        ece: The expected calibration error: the gap between the two, weighted by counts.
    """

    edges: FloatArray
    mean_predicted: FloatArray
    observed: FloatArray
    counts: IntArray
    ece: float

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; empty bins hold None."""
        return {
            "edges": self.edges.tolist(),
            "mean_predicted": _with_none(self.mean_predicted),
            "observed": _with_none(self.observed),
            "counts": self.counts.tolist(),
            "ece": self.ece,
        }


def reliability(
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    n_bins: int = 10,
    binning: Binning = "equal_width",
) -> ReliabilityCurve:
    """Return how often videos were fake among those given similar probabilities.

    Args:
        labels: N values 0 (real) or 1 (fake).
        probabilities: N numbers from 0 to 1.
        n_bins: How many bins; of equal mass there may be fewer, for ties are never divided.
        binning: Bins of equal width, or of about equally many videos.

    Raises:
        DataError: The inputs are not what they should be, or a probability lies outside 0 to 1.

    >>> curve = reliability([0, 1, 1], [0.1, 0.7, 0.9], n_bins=2)
    >>> curve.counts.tolist(), round(curve.ece, 3)
    ([1, 2], 0.167)
    """
    videos = scored_videos(labels, probabilities)
    check_probabilities(videos.scores)
    edges = _edges(videos.scores, n_bins=n_bins, binning=binning)
    n_found = len(edges) - 1
    bins = np.clip(np.searchsorted(edges, videos.scores, side="right") - 1, 0, n_found - 1)
    counts = np.bincount(bins, minlength=n_found)
    filled = counts > 0
    mean_predicted, observed = np.full(n_found, np.nan), np.full(n_found, np.nan)
    predicted_sums = np.bincount(bins, weights=videos.scores, minlength=n_found)
    observed_sums = np.bincount(bins, weights=videos.labels, minlength=n_found)
    np.divide(predicted_sums, counts, out=mean_predicted, where=filled)
    np.divide(observed_sums, counts, out=observed, where=filled)
    ece = float(np.sum(np.abs(predicted_sums - observed_sums)) / len(videos.labels))
    return ReliabilityCurve(edges, mean_predicted, observed, counts, ece)


def are_probabilities(scores: FloatArray) -> bool:
    """Whether all scores lie from 0 to 1, so that log loss, Brier score and ECE are defined."""
    return bool(np.all((scores >= 0) & (scores <= 1)))


def check_probabilities(scores: FloatArray) -> None:
    """Raise `DataError` unless all scores lie from 0 to 1."""
    if not are_probabilities(scores):
        worst = scores[np.argmax(np.abs(scores - 0.5))]
        raise DataError(
            f"expected probabilities from 0 to 1, got {worst:g}: pass logits through 1/(1+e^-x)"
        )


def _edges(scores: FloatArray, *, n_bins: int, binning: Binning) -> FloatArray:
    if n_bins < 1:
        raise DataError(f"expected at least 1 bin, got {n_bins}")
    if binning == "equal_width":
        return np.linspace(0, 1, n_bins + 1)
    inner = np.quantile(scores, np.arange(1, n_bins) / n_bins, method="higher")
    return np.unique(np.concatenate([[0.0], inner, [1.0]]))


def _with_none(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
