"""Resampling: the periodic smoothness that enlarging or warping leaves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import frames_of, log_ratio

_GALLAGHER = (
    "Gallagher, Detection of Linear and Cubic Interpolation in JPEG Compressed Images, CRV 2005"
)

FEATURES = (
    Feature(
        "resampling_horizontal_mean",
        "resampling",
        "v(x) = mean over rows of |luma(x-1) - 2 luma(x) + luma(x+1)|, minus its mean, times a "
        "Hann window; ln(largest / median) of |DFT v| at periods of 2 to 5 pixels; mean over "
        "frames. A coding grid shows too, at multiples of 1/8",
        _GALLAGHER,
    ),
    Feature(
        "resampling_vertical_mean",
        "resampling",
        "the same along columns; mean over frames",
        _GALLAGHER,
    ),
)

_LONGEST_PERIOD_PX = 5  # beyond it the picture's own structure dominates
_FLOOR = 1e-3


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the resampling features of runs of luma planes ``float32 [L, h, w]``."""
    peaks = [[spectral_peak(plane), spectral_peak(plane.T)] for plane in frames_of(runs)]
    horizontal, vertical = np.mean(peaks, axis=0)
    return {
        "resampling_horizontal_mean": float(horizontal),
        "resampling_vertical_mean": float(vertical),
    }


def spectral_peak(plane: NDArray[np.float32]) -> float:
    """Return how far the strongest period of a plane's row-wise smoothness stands out, >= 0."""
    second = plane[:, :-2] - 2 * plane[:, 1:-1] + plane[:, 2:]
    profile = np.abs(second).mean(axis=0, dtype=np.float64)
    windowed = (profile - profile.mean()) * np.hanning(len(profile))
    lowest = -(-len(profile) // _LONGEST_PERIOD_PX)
    spectrum = np.abs(np.fft.rfft(windowed))[lowest:]
    return log_ratio(float(spectrum.max()), float(np.median(spectrum)), floor=_FLOOR)
