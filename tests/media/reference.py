"""The independent reader that everything in `aura.media` is held against: PyAV, start to end."""

import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from aura.media import Frames, open_video


@dataclass(frozen=True, slots=True)
class Reference:
    """What decoding from start to end with PyAV alone gives.

    Attributes:
        frames: Each uint8 [H, W, 3], RGB, as coded: not turned.
        times_s: When each is shown, from the start of the presentation.
    """

    frames: list[NDArray[np.uint8]]
    times_s: list[float]

    def shown_at(self, time_s: float) -> int:
        """Return the index of the frame on display at a time."""
        return max(0, sum(start_s <= time_s for start_s in self.times_s) - 1)


def read_sequentially(path: Path) -> Reference:
    """Decode a whole file the way any program that uses PyAV would."""
    with av.open(str(path)) as container:
        start_s = (container.start_time or 0) / 1e6
        decoded = list(container.decode(video=0))
        frames = [frame.to_ndarray(format="rgb24") for frame in decoded]
        rate = float(container.streams.video[0].average_rate or 25)
        times_s = [None if frame.pts is None else frame.time - start_s for frame in decoded]
        # AVI says when packets are decoded, not when pictures are shown: count frames instead.
        if container.format.name == "avi" or not _increases(times_s):
            times_s = [number / rate for number in range(len(decoded))]
    return Reference(frames, times_s)


def _increases(times_s: list[float | None]) -> bool:
    return None not in times_s and all(one < following for one, following in pairwise(times_s))


def assert_reads_like(path: Path, reference: Reference, *, n_wanted: int = 10) -> None:
    """Assert that frames by index, by time and in sequence are those of the reference."""
    n_frames = len(reference.frames)
    chance = random.Random(path.name)
    wanted = [*chance.choices(range(n_frames), k=n_wanted), n_frames - 1, 0]
    with open_video(path) as video:
        assert video.n_frames == n_frames
        _assert_same(video.frames_at(wanted), wanted, reference)
        _assert_times(video.frames_at(wanted), reference)
        times_s = _times_between_frames(reference, chance, k=n_wanted)
        shown = [reference.shown_at(time_s) for time_s in times_s]
        _assert_same(video.frames_at(seconds=times_s), shown, reference)
    with open_video(path) as video:
        streamed = list(video.stream())
        assert video.damage == ()
    assert [frame.index for frame in streamed] == list(range(n_frames))
    assert all(map(np.array_equal, [frame.data for frame in streamed], reference.frames))


def _assert_same(frames: Frames, wanted: list[int], reference: Reference) -> None:
    assert frames.missing == ()
    assert frames.indices.tolist() == wanted
    for row, index in enumerate(wanted):
        assert np.array_equal(frames.data[row], reference.frames[index]), f"frame {index} differs"


def _assert_times(frames: Frames, reference: Reference) -> None:
    times_s = [reference.times_s[index] for index in frames.indices]
    assert np.allclose(frames.pts_seconds, times_s, atol=2e-3)


def _times_between_frames(reference: Reference, chance: random.Random, *, k: int) -> list[float]:
    """Return times safely between the start of one frame and of the next; none past the last."""
    starts_s = reference.times_s
    if len(starts_s) == 1:
        return [max(0.0, starts_s[0])]
    places = chance.choices(range(len(starts_s) - 1), k=k)
    middles = [(starts_s[place] + starts_s[place + 1]) / 2 for place in places]
    return [time_s for time_s in middles if time_s >= 0]
