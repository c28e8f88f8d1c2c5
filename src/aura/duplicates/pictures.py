"""From decoded frames to the small grey pictures that are hashed: no colour, no black bars."""

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.duplicates.frame_hash import SIDE_PX

_LUMA_WEIGHTS = np.array([77, 150, 29], dtype=np.uint32)
"""BT.601, out of 256."""
_DARKEST_LEVEL = 40
"""Brightest grey level of a bar; black that was coded twice is lifted to about 16."""
_BAR_TOLERANCE = 8
"""Levels by which compression changes a bar."""
_MARKED_IN_BAR = 0.25
"""Part of a line of a bar that a logo may cover."""
_SEEN_BESIDE_BAR = 0.5
_BORDER_LINES = 3
_MIN_LEFT = 0.3
"""Part of the height or width that bars must leave."""


def small_pictures(frames: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the content of frames in grey, without bars, squeezed into squares.

    Args:
        frames: uint8 [N, H, W, 3], RGB, of one video.

    Returns:
        uint16 [N, 32, 32], grey levels of 0 to 255 times 256.
    """
    luma = (frames @ _LUMA_WEIGHTS).astype(np.uint16)
    rows, columns = content_box((luma >> 8).astype(np.uint8))
    small = [
        cv2.resize(
            np.ascontiguousarray(picture[rows, columns]),
            (SIDE_PX, SIDE_PX),
            interpolation=cv2.INTER_AREA,
        )
        for picture in luma
    ]
    return np.array(small, dtype=np.uint16).reshape(len(frames), SIDE_PX, SIDE_PX)


def content_box(luma: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the rows and columns that lie within black bars, all of them where there are none.

    A bar has one dark level in all frames, next to it most of the line shows something else, and
    there is one on the opposite side. So an object before a black background has no bars around
    it, and a dark wall at one side is none.

    Args:
        luma: uint8 [N, H, W], the frames of one video.

    >>> picture = np.zeros((1, 12, 8), np.uint8)
    >>> picture[:, 3:10] = 90
    >>> content_box(picture)
    (slice(3, 10, None), slice(0, 8, None))
    """
    peak = luma.max(axis=0, initial=0)
    top, left, bottom, right = 0, 0, *peak.shape
    while True:
        # Again and again: bars may lie on all four sides, and bars of other levels within bars.
        rows = _within_bars(peak[top:bottom, left:right])
        columns = _within_bars(peak[top:bottom, left:right][rows].T)
        box = (top + rows.start, left + columns.start, top + rows.stop, left + columns.stop)
        if box == (top, left, bottom, right):
            return slice(top, bottom), slice(left, right)
        top, left, bottom, right = box


def _within_bars(peak: NDArray[np.uint8]) -> slice:
    """Return the rows between a bar above and one below; bars come in pairs.

    A single dark edge belongs to the picture. Where the picture beside one of the bars is itself
    dark, that bar is taken to be as high as the other one.
    """
    n_rows = len(peak)
    runs = [_dark_run(peak), _dark_run(peak[::-1])]
    bars = [n for n, ends_sharply in runs if ends_sharply]
    if not bars or min(n for n, _ in runs) < min(bars) / 2:
        return slice(0, n_rows)
    start, end = (
        n if ends_sharply and n <= 1.5 * min(bars) else min(n, *bars) for n, ends_sharply in runs
    )
    is_plausible = n_rows - start - end >= _MIN_LEFT * n_rows
    return slice(start, n_rows - end) if is_plausible else slice(0, n_rows)


def _dark_run(peak: NDArray[np.uint8]) -> tuple[int, bool]:
    """Return how many of the first rows are of one dark level, and if they end in a clear line.

    Args:
        peak: uint8 [H, W], the brightest each pixel gets in any frame.
    """
    level = int(np.median(peak[0]))
    if level > _DARKEST_LEVEL:
        return 0, False
    is_other = np.abs(peak.astype(np.int16) - level) > _BAR_TOLERANCE
    other_share = is_other.mean(axis=1)
    beyond = np.flatnonzero(other_share > _MARKED_IN_BAR)
    if not len(beyond):
        return len(peak), False
    first = int(beyond[0])
    border = other_share[first : first + _BORDER_LINES].max()
    return first, first > 0 and bool(border >= _SEEN_BESIDE_BAR)
