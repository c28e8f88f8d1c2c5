"""Frames as the features see them: luma planes at native resolution.

Resizing would destroy the traces the features look for, so large frames are cropped instead. The
crop begins at a multiple of 8 pixels, which keeps the coding grid of the whole frame.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GRID_PX = 8
"""Edge of a coding block."""

BLOCK_PX = 16
"""Edge of the blocks over which local differences within a frame are taken."""

MIN_SIDE_PX = 16
"""Frames with a shorter side hold no block to measure."""

FLAT_LUMA_STD = 1.0
"""Grey levels; a frame whose luma varies less is one colour with coding noise: black, a fade."""


def luma_planes(frames: NDArray[np.uint8], *, crop_px: int) -> NDArray[np.float32]:
    """Return the luma of the middle of each frame.

    Args:
        frames: ``uint8 [L, H, W, 3]``, RGB.
        crop_px: The longest side kept, in pixels; a multiple of 8.

    Returns:
        ``float32 [L, h, w]`` in grey levels, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), not
        rounded, with ``h = min(H, crop_px)`` and ``w = min(W, crop_px)``.
    """
    import cv2

    height, width = frames.shape[1:3]
    top, left = (max(0, side - crop_px) // 2 // GRID_PX * GRID_PX for side in (height, width))
    window = frames[:, top : top + crop_px, left : left + crop_px]
    planes = np.empty(window.shape[:3], np.float32)
    for plane, frame in zip(planes, window, strict=True):
        cv2.cvtColor(frame.astype(np.float32), cv2.COLOR_RGB2GRAY, dst=plane)
    return planes


def usable_runs(planes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the longest stretches of ``planes`` without a flat plane.

    Args:
        planes: ``float32 [L, h, w]``, consecutive frames.

    Returns:
        Runs ``float32 [l, h, w]`` in their order; none when every plane is flat.

    >>> textured = np.tile(np.arange(16, dtype=np.float32), (5, 16, 1))
    >>> textured[2] = 128
    >>> [len(run) for run in usable_runs(textured)]
    [2, 2]
    """
    usable = planes.std(axis=(1, 2), dtype=np.float64) > FLAT_LUMA_STD
    padded = np.concatenate(([False], usable, [False])).astype(np.int8)
    starts = np.flatnonzero(np.diff(padded) == 1)
    ends = np.flatnonzero(np.diff(padded) == -1)
    return [planes[start:end] for start, end in zip(starts, ends, strict=True)]


def count_usable(frames: NDArray[np.uint8]) -> int:
    """Return how many of ``frames`` uint8 [N, H, W, 3] are not of one colour.

    >>> count_usable(np.zeros((3, 16, 16, 3), np.uint8))
    0
    """
    if not len(frames):
        return 0
    planes = luma_planes(frames, crop_px=max(frames.shape[1:3]))
    return sum(len(run) for run in usable_runs(planes))


def block_means(plane: NDArray[np.float32], side_px: int = BLOCK_PX) -> NDArray[np.float32]:
    """Return the mean of each whole block of a plane; what remains at the end is left out.

    >>> block_means(np.arange(16 * 40, dtype=np.float32).reshape(16, 40)).shape
    (1, 2)
    """
    rows, columns = (side // side_px for side in plane.shape)
    whole = plane[: rows * side_px, : columns * side_px]
    # One axis at a time: a mean over both axes at once takes five times as long.
    bands = whole.reshape(rows, side_px, columns * side_px).mean(axis=1)
    return bands.reshape(rows, columns, side_px).mean(axis=2)


def frames_of(runs: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Return the planes ``float32 [h, w]`` of all runs, one after another."""
    return [plane for run in runs for plane in run]


def log_ratio(numerator: float, denominator: float, *, floor: float) -> float:
    """Return the natural logarithm of a ratio of two magnitudes that may vanish.

    ``floor`` is added to both: what lies well below it counts as nothing.

    >>> log_ratio(0.0, 0.0, floor=0.01)
    0.0
    """
    return float(np.log((numerator + floor) / (denominator + floor)))
