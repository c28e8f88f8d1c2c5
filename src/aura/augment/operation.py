"""What an augmentation is."""

from collections.abc import Iterator
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""``uint8 [H, W, 3]``, RGB."""


class Operation(Protocol):
    """One change to a whole video, its parameters drawn once and held over all frames.

    An operation is a frozen dataclass whose fields are its parameters; equal operations give equal
    frames, each time they are applied. Parameters are drawn away from those that change nothing.

    Attributes:
        name: Names the operation in configurations and descriptions.
        keeps_timing: Whether frame ``i`` remains frame ``i``, so that sound still fits.
    """

    name: ClassVar[str]
    keeps_timing: ClassVar[bool]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        ...

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the changed frames one by one, in constant memory; the given ones stay as they are.

        The frames are all of one size, and so are those yielded, of the same.
        """
        ...


def away_from_zero(
    rng: np.random.Generator, nearest: float, farthest: float, *, digits: int = 4
) -> float:
    """Draw a number whose magnitude lies between two bounds and whose sign is random.

    It is rounded to ``digits`` places: what a description prints is what was applied.

    >>> 2 <= abs(away_from_zero(np.random.default_rng(0), 2, 10)) <= 10
    True
    """
    return round(float(rng.uniform(nearest, farthest) * rng.choice((-1, 1))), digits)


def draw_seed(rng: np.random.Generator) -> int:
    """Draw the seed of an operation that needs randomness of its own for each frame."""
    return int(rng.integers(1 << 32))
