"""Which frames to look at: index arithmetic without any input or output.

Indices count the displayed frames of a video from 0. Every function returns increasing indices
that exist; a video with fewer frames than asked for gives each of its frames once.
"""

import math
from collections.abc import Iterable

from aura.errors import UsageError


def uniform_indices(n_frames: int, n: int) -> tuple[int, ...]:
    """Return the centre frames of ``n`` equal parts of a video.

    Raises:
        UsageError: ``n_frames`` is negative or ``n`` is below 1.

    >>> uniform_indices(100, 4)
    (12, 37, 62, 87)
    >>> uniform_indices(3, 16)
    (0, 1, 2)
    >>> uniform_indices(0, 4)
    ()
    """
    _check_count("n_frames", n_frames, at_least=0)
    _check_count("n", n, at_least=1)
    if n >= n_frames:
        return tuple(range(n_frames))
    return tuple((2 * part + 1) * n_frames // (2 * n) for part in range(n))


def indices_at_fractions(n_frames: int, fractions: Iterable[float]) -> tuple[int, ...]:
    """Return the frames at ``fractions`` (0 to 1) of a video's length, each once, increasing.

    Fraction 0 is the first frame, fraction 1 the last.

    Raises:
        UsageError: ``n_frames`` is negative or a fraction lies outside 0 to 1.

    >>> indices_at_fractions(100, [0.25, 0.5, 0.75])
    (25, 50, 75)
    >>> indices_at_fractions(2, [0.25, 0.5, 0.75, 1])
    (0, 1)
    """
    _check_count("n_frames", n_frames, at_least=0)
    wanted = list(fractions)
    for fraction in wanted:
        if not 0 <= fraction <= 1:
            raise UsageError(f"a fraction of a video's length lies within 0 to 1, not {fraction!r}")
    if n_frames == 0:
        return ()
    return tuple(sorted({min(int(n_frames * fraction), n_frames - 1) for fraction in wanted}))


def indices_at_rate(n_frames: int, fps: float, rate_hz: float) -> tuple[int, ...]:
    """Return the frames shown at times 0, 1/rate, 2/rate … of a video of constant rate ``fps``.

    A rate at or above ``fps`` gives every frame once.

    Raises:
        UsageError: ``n_frames`` is negative, or a rate is not a positive finite number.

    >>> indices_at_rate(10, 30.0, 10.0)
    (0, 3, 6, 9)
    >>> indices_at_rate(4, 25.0, 60.0)
    (0, 1, 2, 3)
    """
    _check_count("n_frames", n_frames, at_least=0)
    for name, value in (("fps", fps), ("rate_hz", rate_hz)):
        if not (math.isfinite(value) and value > 0):
            raise UsageError(f"{name} is a positive number of frames a second, not {value!r}")
    if rate_hz >= fps:
        return tuple(range(n_frames))
    step = fps / rate_hz
    n_samples = math.ceil(n_frames / step)
    # The tolerance keeps products like 10 * (29.97 / 9.99) = 29.999… on the frame they mean.
    indices = (math.floor(sample * step + 1e-6) for sample in range(n_samples + 1))
    return tuple(index for index in indices if index < n_frames)


def bursts(n_frames: int, n_bursts: int, length: int) -> list[tuple[int, ...]]:
    """Return ``n_bursts`` evenly spread runs of ``length`` consecutive frames, never overlapping.

    A video too short for all of them gives as many whole runs as fit; one shorter than a single
    run gives one run of all its frames.

    Raises:
        UsageError: ``n_frames`` is negative, or ``n_bursts`` or ``length`` is below 1.

    >>> bursts(100, 3, 4)
    [(14, 15, 16, 17), (48, 49, 50, 51), (81, 82, 83, 84)]
    >>> bursts(5, 3, 2)
    [(0, 1), (2, 3)]
    >>> bursts(3, 2, 8)
    [(0, 1, 2)]
    """
    _check_count("n_frames", n_frames, at_least=0)
    _check_count("n_bursts", n_bursts, at_least=1)
    _check_count("length", length, at_least=1)
    if n_frames == 0:
        return []
    if n_frames <= length:
        return [tuple(range(n_frames))]
    n = min(n_bursts, n_frames // length)
    slack = n_frames - n * length
    starts = (part * length + (2 * part + 1) * slack // (2 * n) for part in range(n))
    return [tuple(range(start, start + length)) for start in starts]


def _check_count(name: str, value: int, *, at_least: int) -> None:
    if value < at_least:
        raise UsageError(f"{name} is a count of at least {at_least}, not {value!r}")
