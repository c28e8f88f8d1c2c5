"""Operations that change which frames are shown.

They work on windows of consecutive frames and change one frame in each, so at most a quarter of
the frames is concerned however long the video is. Playing a video backwards is not among them: it
cannot be done on a stream in constant memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from aura.augment.operation import Frame, draw_seed

_FIRST = 3
"""The earliest place in a window that is chosen: three frames before it keep the share of chosen
frames at a quarter or less wherever the video ends."""


@dataclass(frozen=True, slots=True)
class FrameDrop:
    """One frame left out of every ``window`` (5 to 12), at a place drawn anew for each.

    At most a quarter of the frames goes. A video of ``window`` frames or more loses one at least.
    """

    window: int
    seed: int

    name: ClassVar[str] = "frame_drop"
    keeps_timing: ClassVar[bool] = False

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(window=int(rng.integers(5, 13)), seed=draw_seed(rng))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the frames that stay."""
        for frame, chosen in _one_of_each_window(frames, self.window, seed=self.seed):
            if not chosen:
                yield frame


@dataclass(frozen=True, slots=True)
class FrameDuplicate:
    """One frame of every ``window`` (5 to 12) shown twice, at a place drawn anew for each.

    The video grows by a quarter at most. One of ``window`` frames or more grows by one at least.
    """

    window: int
    seed: int

    name: ClassVar[str] = "frame_duplicate"
    keeps_timing: ClassVar[bool] = False

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(window=int(rng.integers(5, 13)), seed=draw_seed(rng))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield all frames, the chosen ones twice."""
        for frame, chosen in _one_of_each_window(frames, self.window, seed=self.seed):
            yield frame
            if chosen:
                yield frame.copy()


def _one_of_each_window(
    frames: Iterator[Frame], window: int, *, seed: int
) -> Iterator[tuple[Frame, bool]]:
    """Yield each frame and whether it is the chosen one of its window."""
    rng = np.random.default_rng(seed)
    chosen_place = _FIRST
    for index, frame in enumerate(frames):
        place = index % window
        if place == 0:
            chosen_place = int(rng.integers(_FIRST, window))
        yield frame, place == chosen_place
