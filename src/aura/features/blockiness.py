"""Block boundaries: how strongly an 8-pixel grid shows, and where it lies.

A grid that is not where the frame begins tells of cropping or pasting after compression; the
strongest of the eight phases is therefore sought in each direction, not assumed.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import GRID_PX, frames_of, log_ratio

_FAN = "Fan and de Queiroz, Identification of Bitmap Compression History, IEEE TIP 12(2), 2003"
_YE = "Ye, Sun and Chang, Detecting Digital Image Forgeries by Measuring Inconsistencies of Blocking Artifact, ICME 2007"  # noqa: E501
_STEP = (
    "d(x) = luma(x) - luma(x-1); step(x) = mean over rows of |d(x) - (d(x-1) + d(x+1))/2|; "
    "s_p = mean step(x) over x = p (mod 8)"
)

FEATURES = (
    Feature(
        "blockiness_horizontal_mean",
        "blockiness",
        f"{_STEP}; ln(max_p s_p / mean of the other seven), boundaries between columns; "
        "mean over frames",
        _FAN,
    ),
    Feature(
        "blockiness_vertical_mean", "blockiness", "the same between rows; mean over frames", _FAN
    ),
    Feature(
        "blockiness_std",
        "blockiness",
        "standard deviation over frames of the mean of both directions",
        _FAN,
    ),
    Feature("blockiness_p90", "blockiness", "90th percentile of the same over frames", _FAN),
    Feature(
        "blockiness_aligned_mean",
        "blockiness",
        "ln(s_0 / mean of the other seven), averaged over both directions; mean over frames",
        _YE,
    ),
    Feature(
        "blockiness_phase_share",
        "blockiness",
        "share of frames whose strongest pair of phases is the most frequent one",
        _YE,
    ),
)

_FLOOR = 0.02  # grey levels


def phase_steps(plane: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean unevenness of luma at each of the eight phases of an 8-pixel grid.

    Args:
        plane: ``float32 [h, w]``, both sides at least 16.

    Returns:
        ``float64 [2, 8]``: for boundaries between columns and between rows, the phases 0 (where
        the plane begins) to 7.
    """
    steps = np.empty((2, GRID_PX))
    for row, oriented in enumerate((plane, plane.T)):
        d = np.diff(oriented, axis=1)
        unevenness = np.abs(d[:, 1:-1] - 0.5 * (d[:, :-2] + d[:, 2:]))
        profile = unevenness.mean(axis=0, dtype=np.float64)
        phase = (np.arange(len(profile)) + 2) % GRID_PX  # profile[0] lies between columns 1 and 2
        steps[row] = np.bincount(phase, weights=profile) / np.bincount(phase)
    return steps


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the blockiness features of runs of luma planes ``float32 [L, h, w]``."""
    strongest: list[tuple[float, float]] = []
    aligned: list[float] = []
    phases: Counter[tuple[int, int]] = Counter()
    for plane in frames_of(runs):
        columns, rows = phase_steps(plane)
        at = (int(columns.argmax()), int(rows.argmax()))
        phases[at] += 1
        strongest.append((_contrast(columns, at[0]), _contrast(rows, at[1])))
        aligned.append(0.5 * (_contrast(columns, 0) + _contrast(rows, 0)))
    both = np.mean(strongest, axis=1)
    horizontal, vertical = np.mean(strongest, axis=0)
    return {
        "blockiness_horizontal_mean": float(horizontal),
        "blockiness_vertical_mean": float(vertical),
        "blockiness_std": float(both.std()),
        "blockiness_p90": float(np.percentile(both, 90)),
        "blockiness_aligned_mean": float(np.mean(aligned)),
        "blockiness_phase_share": max(phases.values()) / len(strongest),
    }


def _contrast(steps: NDArray[np.float64], phase: int) -> float:
    others = (steps.sum() - steps[phase]) / (GRID_PX - 1)
    return log_ratio(float(steps[phase]), float(others), floor=_FLOOR)
