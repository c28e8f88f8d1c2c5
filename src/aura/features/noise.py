"""Noise: how much, how it is distributed, how it is spread over the frame, whether it repeats.

A camera leaves noise of one strength everywhere, new in each frame, except for its sensor's fixed
pattern. Pasted, generated and retouched regions carry another noise, or none.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import block_means, log_ratio

_IMMERKAER = "Immerkær, Fast Noise Variance Estimation, CVIU 64(2), 1996"
_SRM = "Fridrich and Kodovský, Rich Models for Steganalysis of Digital Images, IEEE TIFS 7(3), 2012"
_MAHDIAN = "Mahdian and Saic, Using noise inconsistencies for blind image forensics, IVC 27, 2009"
_PRNU = "Lukáš, Fridrich and Goljan, Digital camera identification, IEEE TIFS 1(2), 2006"
_RESIDUAL = "r = luma * [1 -2 1; -2 4 -2; 1 -2 1], edges mirrored"

FEATURES = (
    Feature(
        "noise_sigma_mean",
        "noise",
        f"{_RESIDUAL}; sigma = sqrt(pi/2)/6 mean|r|, grey levels; mean over frames",
        _IMMERKAER,
    ),
    Feature("noise_sigma_std", "noise", "standard deviation of sigma over frames", _IMMERKAER),
    Feature(
        "noise_smooth_sigma_mean",
        "noise",
        "10th percentile over 16 px blocks of sqrt(mean r^2)/6; mean over frames",
        _MAHDIAN,
    ),
    Feature(
        "noise_block_spread_mean",
        "noise",
        "ln of the 90th over the 10th percentile of the blocks' sqrt(mean r^2)/6; mean over frames",
        _MAHDIAN,
    ),
    Feature("noise_kurtosis_mean", "noise", "ln(mean r^4 / (mean r^2)^2); mean over frames", _SRM),
    Feature("noise_skewness_mean", "noise", "mean r^3 / (mean r^2)^1.5; mean over frames", _SRM),
    Feature("noise_zero_share_mean", "noise", "share of |r| < 2; mean over frames", _SRM),
    Feature(
        "noise_neighbour_correlation_mean",
        "noise",
        "sum r r' / sum r^2 with r' the next to the right and below, averaged; mean over frames",
        _SRM,
    ),
    Feature(
        "noise_third_order_mean",
        "noise",
        "root mean square of the third differences along rows and columns, /sqrt(20); "
        "mean over frames",
        _SRM,
    ),
    Feature(
        "noise_slope_mean",
        "noise",
        "ln of the root mean square of third differences over that of first differences; "
        "mean over frames",
        _SRM,
    ),
    Feature(
        "noise_frame_correlation_mean",
        "noise",
        "sum r_t r_t+1 / sqrt(sum r_t^2 sum r_t+1^2); mean over consecutive frames",
        _PRNU,
    ),
)

_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_KERNEL_NORM = 6.0  # white noise of deviation s leaves a residual of deviation 6 s
_THIRD_NORM = np.sqrt(20)  # the same for [1 -3 3 -1]
_ZERO_BELOW = 2.0  # SRM rounds this residual in steps of 4
_RATIO_FLOOR = 0.05  # grey levels
_FLOOR = 1e-3  # (grey levels)^2; residuals below it are arithmetic, not noise


def residual(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the high-pass residual of a luma plane, same shape."""
    import cv2

    filtered = cv2.filter2D(plane, cv2.CV_32F, _KERNEL, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(filtered, np.float32)


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the noise features of runs of consecutive luma planes ``float32 [L, h, w]``."""
    per_frame: list[dict[str, float]] = []
    correlations: list[float] = []
    for run in runs:
        before: NDArray[np.float32] | None = None
        for plane in run:
            now = residual(plane)
            per_frame.append(_residual_statistics(now) | _order_statistics(plane))
            if before is not None:
                correlations.append(_correlation(before, now))
            before = now
    values = {f"noise_{key}_mean": _mean_of(per_frame, key) for key in per_frame[0]}
    values["noise_sigma_std"] = float(np.std([row["sigma"] for row in per_frame]))
    values["noise_frame_correlation_mean"] = float(np.mean(correlations))
    return values


def _mean_of(rows: list[dict[str, float]], key: str) -> float:
    return float(np.mean([row[key] for row in rows]))


def _residual_statistics(r: NDArray[np.float32]) -> dict[str, float]:
    squares = r * r
    m2 = _mean(squares)
    m3 = _mean(squares * r)
    m4 = _mean(squares * squares)
    size = np.abs(r)
    neighbours = 0.5 * (_mean(r[:, 1:] * r[:, :-1]) + _mean(r[1:] * r[:-1]))
    low, high = np.percentile(np.sqrt(block_means(squares)) / _KERNEL_NORM, [10, 90])
    return {
        "sigma": float(np.sqrt(np.pi / 2) / _KERNEL_NORM * _mean(size)),
        "smooth_sigma": float(low),
        "block_spread": log_ratio(float(high), float(low), floor=_RATIO_FLOOR),
        # The floor stands for a little Gaussian noise, whose kurtosis is 3.
        "kurtosis": float(np.log((m4 + 3 * _FLOOR**2) / (m2 + _FLOOR) ** 2)),
        "skewness": m3 / (m2 + _FLOOR) ** 1.5,
        "zero_share": float(np.count_nonzero(size < _ZERO_BELOW) / r.size),
        "neighbour_correlation": neighbours / (m2 + _FLOOR),
    }


def _order_statistics(plane: NDArray[np.float32]) -> dict[str, float]:
    first, third = _difference_rms(plane, order=1), _difference_rms(plane, order=3)
    return {
        "third_order": float(third / _THIRD_NORM),
        "slope": log_ratio(third, first, floor=_RATIO_FLOOR),
    }


def _difference_rms(plane: NDArray[np.float32], *, order: int) -> float:
    along_columns, along_rows = (np.diff(plane, n=order, axis=axis) for axis in (0, 1))
    energy = 0.5 * (_mean(along_columns * along_columns) + _mean(along_rows * along_rows))
    return float(np.sqrt(energy))


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    energy = (_mean(a * a) + _FLOOR) * (_mean(b * b) + _FLOOR)
    return _mean(a * b) / float(np.sqrt(energy))


def _mean(values: NDArray[np.floating[Any]]) -> float:
    return float(values.mean(dtype=np.float64))
