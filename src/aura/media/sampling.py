"""Which frames to look at: index arithmetic without any input or output.

Indices count the displayed frames of a video from 0. Every function returns increasing indices
that exist; a video with fewer frames than asked for gives each of its frames once.
"""

import math
import random
from collections.abc import Iterable
from itertools import pairwise

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


def clips_with_stride(
    n_frames: int, n_clips: int, length: int, *, stride: int = 1
) -> list[tuple[int, ...]]:
    """Return ``n_clips`` evenly spread clips of ``length`` frames, ``stride`` frames apart.

    Clips overlap where the video is too short to keep them apart, and share frames then. Where it
    is too short even for one, the stride is reduced to what fits; a video with fewer frames than
    ``length`` gives a single clip of all of them.

    Raises:
        UsageError: ``n_frames`` is negative, or another number is below 1.

    >>> clips_with_stride(100, 2, 4, stride=5)
    [(0, 5, 10, 15), (84, 89, 94, 99)]
    >>> clips_with_stride(100, 1, 3, stride=10)
    [(39, 49, 59)]
    >>> clips_with_stride(8, 2, 4, stride=5)
    [(0, 2, 4, 6), (1, 3, 5, 7)]
    >>> clips_with_stride(3, 2, 4)
    [(0, 1, 2)]
    """
    starts, stride = _clip_starts(n_frames, n_clips, length, stride=stride)
    length = min(length, n_frames)
    return [tuple(start + stride * place for place in range(length)) for start in starts]


def jittered_indices(n_frames: int, n: int, *, seed: int) -> tuple[int, ...]:
    """Return one frame from each of ``n`` equal parts of a video, at random, for training.

    The same seed gives the same frames. Increasing, each once; a video with fewer frames than ``n``
    gives each of its frames.

    Raises:
        UsageError: ``n_frames`` is negative or ``n`` is below 1.

    >>> jittered_indices(100, 4, seed=0)
    (12, 49, 63, 76)
    >>> jittered_indices(3, 16, seed=0)
    (0, 1, 2)
    """
    _check_count("n_frames", n_frames, at_least=0)
    _check_count("n", n, at_least=1)
    if n >= n_frames:
        return tuple(range(n_frames))
    draw = random.Random(seed)  # noqa: S311  sampling, not secrecy
    edges = [part * n_frames // n for part in range(n + 1)]
    return tuple(draw.randrange(start, end) for start, end in pairwise(edges))


def jittered_clip(n_frames: int, length: int, *, stride: int = 1, seed: int) -> tuple[int, ...]:
    """Return a clip of ``length`` frames, ``stride`` apart, that starts at random, for training.

    Too short a video is treated as by `clips_with_stride`.

    Raises:
        UsageError: ``n_frames`` is negative, or another number is below 1.

    >>> jittered_clip(100, 4, stride=5, seed=1)
    (17, 22, 27, 32)
    >>> jittered_clip(4, 4, stride=5, seed=1)
    (0, 1, 2, 3)
    """
    starts, stride = _clip_starts(n_frames, 1, length, stride=stride)
    length = min(length, n_frames)
    if not starts:
        return ()
    last_start = n_frames - 1 - stride * (length - 1)
    start = random.Random(seed).randint(0, last_start)  # noqa: S311  sampling, not secrecy
    return tuple(start + stride * place for place in range(length))


def _clip_starts(n_frames: int, n_clips: int, length: int, *, stride: int) -> tuple[list[int], int]:
    """Return where evenly spread clips start, and the stride that fits the video."""
    _check_count("n_frames", n_frames, at_least=0)
    _check_count("n_clips", n_clips, at_least=1)
    _check_count("length", length, at_least=1)
    _check_count("stride", stride, at_least=1)
    if n_frames == 0:
        return [], stride
    if length == 1:
        return list(uniform_indices(n_frames, n_clips)), stride
    stride = max(1, min(stride, (n_frames - 1) // (length - 1)))
    last_start = max(0, n_frames - 1 - stride * (length - 1))
    if n_clips == 1:
        return [last_start // 2], stride
    return sorted({last_start * clip // (n_clips - 1) for clip in range(n_clips)}), stride


def _check_count(name: str, value: int, *, at_least: int) -> None:
    if value < at_least:
        raise UsageError(f"{name} is a count of at least {at_least}, not {value!r}")
