"""Which frames are stored, by the times at which they are shown: arithmetic without any input.

Times count, not numbers of frames: where the frame rate varies, half of the frames is not half of
the duration.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

_THIRDS = (Fraction(1, 3), Fraction(1, 2), Fraction(2, 3))
_ROUNDING_S = 0.001
"""Matroska and FLV round times to a millisecond: a frame may be stamped that much late."""


def fractions_of_duration(n: int) -> tuple[Fraction, ...]:
    """Return the moments at which ``n`` frames of a video are taken, as parts of its duration.

    Three lie at 1/3, 1/2 and 2/3, as in the data sets of three frames a video that are around;
    any other number divides the duration into equal parts.

    >>> [str(fraction) for fraction in fractions_of_duration(3)]
    ['1/3', '1/2', '2/3']
    >>> [str(fraction) for fraction in fractions_of_duration(4)]
    ['1/5', '2/5', '3/5', '4/5']
    """
    if n == len(_THIRDS):
        return _THIRDS
    return tuple(Fraction(part, n + 1) for part in range(1, n + 1))


def frames_per_video(pts_seconds: ArrayLike, n: int) -> tuple[int, ...]:
    """Return ``n`` different frames, those shown at `fractions_of_duration`.

    Where two moments fall on one frame, the nearest free one is taken instead; a video with no
    more than ``n`` frames gives all of them.

    Args:
        pts_seconds: float [N], when each frame is shown, increasing.
        n: How many are wanted.

    >>> frames_per_video(np.arange(120) / 30, 3)
    (40, 60, 80)
    >>> frames_per_video([0.0, 0.04, 0.08, 0.12], 3)
    (1, 2, 3)
    >>> frames_per_video([0.0, 0.04], 3)
    (0, 1)
    """
    shown_at = np.asarray(pts_seconds, dtype=np.float64)
    if len(shown_at) <= n:
        return tuple(range(len(shown_at)))
    start_s, end_s = _span_s(shown_at)
    moments = [start_s + float(f) * (end_s - start_s) for f in fractions_of_duration(n)]
    taken: set[int] = set()
    for wanted in _shown(shown_at, np.array(moments)):
        free = (i for i in range(len(shown_at)) if i not in taken)
        taken.add(min(free, key=lambda i: (abs(i - wanted), -i)) if wanted in taken else wanted)
    return tuple(sorted(taken))


def frames_at_rate(pts_seconds: ArrayLike, rate_hz: float) -> tuple[int, ...]:
    """Return the frames shown at 0, 1/rate, 2/rate … seconds after the first, each once.

    Args:
        pts_seconds: float [N], when each frame is shown, increasing.
        rate_hz: Frames a second; at or above the video's own rate, every frame is taken.

    >>> frames_at_rate(np.arange(10) / 30, 10)
    (0, 3, 6, 9)
    >>> frames_at_rate([0.0, 1.0, 1.1, 4.0], 1)
    (0, 1, 2, 3)
    """
    shown_at = np.asarray(pts_seconds, dtype=np.float64)
    if not len(shown_at):
        return ()
    start_s, end_s = _span_s(shown_at)
    n_moments = int(np.ceil((end_s - start_s) * rate_hz - 1e-6))
    moments = start_s + np.arange(max(1, n_moments)) / rate_hz
    return tuple(dict.fromkeys(_shown(shown_at, moments)))


def _span_s(shown_at: NDArray[np.float64]) -> tuple[float, float]:
    """Return when display begins and ends, the last frame being shown as long as most are."""
    start_s, last_s = float(shown_at[0]), float(shown_at[-1])
    if len(shown_at) == 1:
        return start_s, start_s
    if _is_steady(shown_at):  # not the median: stamps rounded to milliseconds add up
        step_s = (last_s - start_s) / (len(shown_at) - 1)
    else:
        step_s = float(np.median(np.diff(shown_at)))
    return start_s, last_s + step_s


def _is_steady(shown_at: NDArray[np.float64]) -> bool:
    even = np.linspace(shown_at[0], shown_at[-1], len(shown_at))
    return bool(np.max(np.abs(shown_at - even)) <= 2 * _ROUNDING_S)


def _shown(shown_at: NDArray[np.float64], moments: NDArray[np.float64]) -> list[int]:
    """Return the frame that is on display at each moment."""
    steps = np.diff(shown_at)
    # Half a frame at most, where frames follow each other faster than rounding.
    late_s = min(_ROUNDING_S, float(steps.min()) / 2) if len(steps) else _ROUNDING_S
    return [
        int(i) for i in np.maximum(np.searchsorted(shown_at, moments + late_s, side="right") - 1, 0)
    ]
