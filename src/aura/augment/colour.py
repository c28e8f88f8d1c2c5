"""Operations that change the value of each pixel by one rule for the whole video."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from aura.augment.operation import Frame, away_from_zero

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_RGB_TO_YIQ = np.array([_LUMA, [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])
_MID_GREY = 128


@dataclass(frozen=True, slots=True)
class Brightness:
    """All values raised or lowered by 10 to 40 of 255 levels."""

    shift_levels: float

    name: ClassVar[str] = "brightness"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(shift_levels=away_from_zero(rng, 10, 40))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the brighter or darker frames."""
        return _mapped(frames, np.arange(256) + self.shift_levels)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Distances from mid-grey multiplied by 0.6 to 0.85 or by 1.15 to 1.5.

    Not from each frame's own mean, which would make the video flicker.
    """

    factor: float

    name: ClassVar[str] = "contrast"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(factor=_draw_factor(rng))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the frames with more or less contrast."""
        return _mapped(frames, (np.arange(256) - _MID_GREY) * self.factor + _MID_GREY)


@dataclass(frozen=True, slots=True)
class Saturation:
    """Distances from grey multiplied by 0.6 to 0.85 or by 1.15 to 1.5; luma stays.

    A video without colour has none to change.
    """

    factor: float

    name: ClassVar[str] = "saturation"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(factor=_draw_factor(rng))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the more or less colourful frames."""
        return _mixed(frames, self.factor * np.eye(3) + (1 - self.factor) * _LUMA)


@dataclass(frozen=True, slots=True)
class Hue:
    """Colours turned about the grey axis of YIQ space by 8 to 25 degrees; luma stays.

    A video without colour has none to turn.
    """

    angle_degrees: float

    name: ClassVar[str] = "hue"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(angle_degrees=away_from_zero(rng, 8, 25))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the frames in other hues."""
        angle = np.deg2rad(self.angle_degrees)
        turn = np.eye(3)
        turn[1:, 1:] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        return _mixed(frames, np.linalg.inv(_RGB_TO_YIQ) @ turn @ _RGB_TO_YIQ)


def _draw_factor(rng: np.random.Generator) -> float:
    low, high = ((0.6, 0.85), (1.15, 1.5))[rng.integers(2)]
    return round(float(rng.uniform(low, high)), 4)


def _mapped(frames: Iterator[Frame], values: NDArray[np.floating[Any]]) -> Iterator[Frame]:
    """Yield the frames with level ``i`` replaced by ``values[i]``, rounded and clipped."""
    import cv2

    table = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    for frame in frames:
        yield np.asarray(cv2.LUT(frame, table), np.uint8)


def _mixed(frames: Iterator[Frame], matrix: NDArray[np.float64]) -> Iterator[Frame]:
    """Yield the frames with each pixel multiplied by ``matrix [3, 3]``, rounded and clipped."""
    import cv2

    for frame in frames:
        yield np.asarray(cv2.transform(frame, matrix), np.uint8)
