"""Block transform: where the energy lies and what quantisation has left in its coefficients.

Compression rounds 8x8 DCT coefficients to multiples of a step; a second compression over another
grid or step leaves combs. Generators and up-samplers leave too little, or too regular, high
frequency.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import GRID_PX, frames_of, log_ratio

_FRANK = "Frank et al., Leveraging Frequency Analysis for Deep Fake Image Recognition, ICML 2020"
_LAM = "Lam and Goodman, A mathematical analysis of the DCT coefficient distributions, IEEE TIP 9(10), 2000"  # noqa: E501
_FU = "Fu, Shi and Su, A generalized Benford's law for JPEG coefficients, SPIE 6505, 2007"
_POPESCU = "Popescu and Farid, Statistical Tools for Digital Forensics, IH 2004"
_BANDS = "E = mean square over blocks of the orthonormal 8x8 DCT coefficients"

FEATURES = (
    Feature(
        "dct_dc_spread_mean",
        "dct",
        "log10(1 + variance over blocks of the DC coefficient); mean over frames",
        _LAM,
    ),
    Feature(
        "dct_low_energy_mean",
        "dct",
        f"{_BANDS}; log10(1 + mean E over 1 <= u+v <= 3); mean over frames",
        _FRANK,
    ),
    Feature("dct_mid_energy_mean", "dct", "the same over 4 <= u+v <= 7; mean over frames", _FRANK),
    Feature("dct_high_energy_mean", "dct", "the same over u+v >= 8; mean over frames", _FRANK),
    Feature("dct_mid_to_low_mean", "dct", "ln(E mid / E low); mean over frames", _FRANK),
    Feature("dct_high_to_low_mean", "dct", "ln(E high / E low); mean over frames", _FRANK),
    Feature(
        "dct_high_to_low_std", "dct", "standard deviation of ln(E high / E low) over frames", _FRANK
    ),
    Feature(
        "dct_ac_shape_mean",
        "dct",
        "mean|c| / sqrt(mean c^2) over all AC coefficients (0.80 Gaussian, 0.71 Laplacian, "
        "less for sparser ones); mean over frames",
        _LAM,
    ),
    Feature(
        "dct_zero_share_mean",
        "dct",
        "share of AC coefficients that round to zero; mean over frames",
        _POPESCU,
    ),
    Feature(
        "dct_benford_deviation",
        "dct",
        "sum over d = 1..9 of (p_d - b_d)^2 / b_d, p_d the share of first digit d among the "
        "rounded non-zero AC coefficients of all frames, b_d = log10(1 + 1/d)",
        _FU,
    ),
    Feature(
        "dct_periodicity_mean",
        "dct",
        "h = histogram of rounded coefficients in -64..63 over all frames, its zero bin replaced "
        "by the mean of its neighbours; H = |DFT h|; max over 8 <= k <= 60 of "
        "(H(k) - (H(k-4) + H(k+4))/2) / H(0); mean over the nine lowest AC frequencies",
        _POPESCU,
    ),
    Feature(
        "dct_periodicity_max", "dct", "the same, largest of the nine lowest frequencies", _POPESCU
    ),
)

_INDEX = np.arange(GRID_PX)
_ORDER = _INDEX[:, None] + _INDEX[None, :]
_BASIS = (
    np.cos((2 * _INDEX[None, :] + 1) * _INDEX[:, None] * np.pi / (2 * GRID_PX))
    * np.where(_INDEX == 0, np.sqrt(1 / GRID_PX), np.sqrt(2 / GRID_PX))[:, None]
).astype(np.float32)
_LOWEST = ((0, 1), (1, 0), (0, 2), (1, 1), (2, 0), (0, 3), (1, 2), (2, 1), (3, 0))
_MAX_ROUNDED = GRID_PX * 255
_BINS, _PEAK_FROM, _PEAK_TO, _SHOULDER = 128, 8, 60, 4
_DIGITS = np.arange(1, 10)
_BENFORD = np.log10(1 + 1 / _DIGITS)
_ENERGY_FLOOR = 0.01  # (grey levels)^2; rounding to eight bits alone leaves 0.08


def block_dct(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the orthonormal DCT-II of each whole 8x8 block, the blocks starting at the corner.

    Args:
        plane: ``float32 [h, w]``.

    Returns:
        ``float32 [h // 8, 8, w // 8, 8]``: block row, vertical frequency, block column,
        horizontal frequency.

    >>> coefficients = block_dct(np.full((8, 16), 100, np.float32))
    >>> coefficients.shape, round(float(coefficients[0, 0, 1, 0]))
    ((1, 8, 2, 8), 800)
    """
    rows, columns = (side // GRID_PX for side in plane.shape)
    bands = plane[: rows * GRID_PX, : columns * GRID_PX].reshape(rows, GRID_PX, -1)
    vertical = _BASIS @ bands
    return (vertical.reshape(-1, GRID_PX) @ _BASIS.T).reshape(rows, GRID_PX, columns, GRID_PX)


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the DCT features of runs of luma planes ``float32 [L, h, w]``."""
    per_frame: list[dict[str, float]] = []
    magnitudes = np.zeros(_MAX_ROUNDED + 1, np.int64)
    combs = np.zeros((len(_LOWEST), _BINS), np.int64)
    for plane in frames_of(runs):
        coefficients = block_dct(plane)
        counts = _rounded_magnitudes(coefficients)
        magnitudes += counts
        combs += _comb_histograms(coefficients)
        per_frame.append(
            _band_statistics(coefficients) | {"zero_share": float(counts[0] / counts.sum())}
        )
    values = {
        f"dct_{key}_mean": float(np.mean([row[key] for row in per_frame])) for key in per_frame[0]
    }
    periodicity = [_periodicity(histogram) for histogram in combs]
    return values | {
        "dct_high_to_low_std": float(np.std([row["high_to_low"] for row in per_frame])),
        "dct_benford_deviation": _benford_deviation(magnitudes),
        "dct_periodicity_mean": float(np.mean(periodicity)),
        "dct_periodicity_max": float(np.max(periodicity)),
    }


def _band_statistics(coefficients: NDArray[np.float32]) -> dict[str, float]:
    energy = np.square(coefficients).mean(axis=(0, 2), dtype=np.float64)
    low = float(energy[(_ORDER >= 1) & (_ORDER <= 3)].mean())
    mid = float(energy[(_ORDER >= 4) & (_ORDER <= 7)].mean())
    high = float(energy[_ORDER >= 8].mean())
    size = np.abs(coefficients).mean(axis=(0, 2), dtype=np.float64)
    ac_energy, ac_size = energy[_ORDER > 0].mean(), size[_ORDER > 0].mean()
    return {
        "dc_spread": float(np.log10(1 + coefficients[:, 0, :, 0].var(dtype=np.float64))),
        "low_energy": float(np.log10(1 + low)),
        "mid_energy": float(np.log10(1 + mid)),
        "high_energy": float(np.log10(1 + high)),
        "mid_to_low": log_ratio(mid, low, floor=_ENERGY_FLOOR),
        "high_to_low": log_ratio(high, low, floor=_ENERGY_FLOOR),
        "ac_shape": float(ac_size / np.sqrt(ac_energy + _ENERGY_FLOOR)),
    }


def _rounded_magnitudes(coefficients: NDArray[np.float32]) -> NDArray[np.int64]:
    """Count the rounded absolute values of the AC coefficients of one frame."""
    rounded = np.rint(np.abs(coefficients)).astype(np.int64)
    dc = rounded[:, 0, :, 0].ravel()
    counts = np.bincount(rounded.ravel(), minlength=_MAX_ROUNDED + 1)
    return counts - np.bincount(dc, minlength=_MAX_ROUNDED + 1)


def _benford_deviation(magnitudes: NDArray[np.int64]) -> float:
    values = np.arange(1, len(magnitudes))
    first = values // 10 ** np.floor(np.log10(values)).astype(np.int64)
    counts = np.bincount(first, weights=magnitudes[1:], minlength=10)[1:]
    # One count spread as the law has it: no coefficients, no deviation.
    shares = (counts + _BENFORD) / (counts.sum() + 1)
    return float(np.sum((shares - _BENFORD) ** 2 / _BENFORD))


def _comb_histograms(coefficients: NDArray[np.float32]) -> NDArray[np.int64]:
    counts = np.empty((len(_LOWEST), _BINS), np.int64)
    for row, (u, v) in enumerate(_LOWEST):
        shifted = np.rint(coefficients[:, u, :, v]).astype(np.int64) + _BINS // 2
        inside = shifted[(shifted >= 0) & (shifted < _BINS)]
        counts[row] = np.bincount(inside, minlength=_BINS)
    return counts


def _periodicity(histogram: NDArray[np.int64]) -> float:
    h = histogram.astype(np.float64)
    zero = _BINS // 2
    h[zero] = 0.5 * (h[zero - 1] + h[zero + 1])
    spectrum = np.abs(np.fft.rfft(h))
    k = np.arange(_PEAK_FROM, _PEAK_TO + 1)
    peaks = spectrum[k] - 0.5 * (spectrum[k - _SHOULDER] + spectrum[k + _SHOULDER])
    return float(peaks.max() / max(spectrum[0], 1.0))
