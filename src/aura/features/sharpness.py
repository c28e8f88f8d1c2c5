"""Sharpness: how fine the detail is, how it varies in time and over the frame.

Swapped and generated faces are often smoother than what surrounds them, and their sharpness
changes from frame to frame.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import block_means, frames_of, log_ratio

_PECH = "Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000"
_PERTUZ = (
    "Pertuz, Puig and Garcia, Analysis of focus measure operators, Pattern Recognition 46(5), 2013"
)
_KROTKOV = "Krotkov, Focusing, IJCV 1, 1987 (Tenenbaum's gradient measure)"
_BRENNER = "Brenner et al., An automated microscope for cytologic research, J. Histochem. Cytochem. 24(1), 1976"  # noqa: E501
_LAPLACIAN = "ln(1 + variance of luma * [0 1 0; 1 -4 1; 0 1 0])"
_SOBEL = "g = Sobel gradient / 8, grey levels a pixel"
_DIFFERENCE = "ln(1 + mean (luma(x+2) - luma(x))^2), rows and columns averaged"

FEATURES = (
    Feature("sharpness_laplacian_mean", "sharpness", f"{_LAPLACIAN}; mean over frames", _PECH),
    Feature("sharpness_laplacian_std", "sharpness", "its standard deviation over frames", _PECH),
    Feature("sharpness_laplacian_p10", "sharpness", "its 10th percentile over frames", _PECH),
    Feature(
        "sharpness_gradient_mean", "sharpness", f"{_SOBEL}; mean|g|; mean over frames", _PERTUZ
    ),
    Feature("sharpness_gradient_std", "sharpness", "its standard deviation over frames", _PERTUZ),
    Feature(
        "sharpness_tenengrad_mean", "sharpness", "ln(1 + mean |g|^2); mean over frames", _KROTKOV
    ),
    Feature("sharpness_tenengrad_std", "sharpness", "its standard deviation over frames", _KROTKOV),
    Feature("sharpness_brenner_mean", "sharpness", f"{_DIFFERENCE}; mean over frames", _BRENNER),
    Feature("sharpness_brenner_std", "sharpness", "its standard deviation over frames", _BRENNER),
    Feature(
        "sharpness_block_spread_mean",
        "sharpness",
        "standard deviation over 16 px blocks of ln(1 + mean |g|^2); mean over frames",
        _KROTKOV,
    ),
    Feature(
        "sharpness_anisotropy_mean",
        "sharpness",
        "ln of mean (luma(x+2) - luma(x))^2 along rows over that along columns; mean over frames",
        _BRENNER,
    ),
)

_SOBEL_NORM = 8.0  # the kernel's weights of one sign sum to 4, over a distance of 2 pixels
_FLOOR = 0.1  # (grey levels)^2


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the sharpness features of runs of luma planes ``float32 [L, h, w]``."""
    rows = [_frame_statistics(plane) for plane in frames_of(runs)]
    series = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    values = {f"sharpness_{key}_mean": float(series[key].mean()) for key in series}
    for key in ("laplacian", "gradient", "tenengrad", "brenner"):
        values[f"sharpness_{key}_std"] = float(series[key].std())
    values["sharpness_laplacian_p10"] = float(np.percentile(series["laplacian"], 10))
    return values


def _frame_statistics(plane: NDArray[np.float32]) -> dict[str, float]:
    import cv2

    laplacian = cv2.Laplacian(plane, cv2.CV_32F, ksize=1)
    gx, gy = (
        cv2.Sobel(plane, cv2.CV_32F, *order, scale=1 / _SOBEL_NORM) for order in ((1, 0), (0, 1))
    )
    energy = gx * gx + gy * gy
    along_rows = float(np.square(plane[:, 2:] - plane[:, :-2]).mean(dtype=np.float64))
    along_columns = float(np.square(plane[2:] - plane[:-2]).mean(dtype=np.float64))
    return {
        "laplacian": float(np.log1p(laplacian.var(dtype=np.float64))),
        "gradient": float(np.sqrt(energy).mean(dtype=np.float64)),
        "tenengrad": float(np.log1p(energy.mean(dtype=np.float64))),
        "brenner": float(np.log1p(0.5 * (along_rows + along_columns))),
        "block_spread": float(np.log1p(block_means(energy)).std(dtype=np.float64)),
        "anisotropy": log_ratio(along_rows, along_columns, floor=_FLOOR),
    }
