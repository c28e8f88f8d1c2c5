"""Operations that move pixels: the same way in every frame.

The size stays. What enters at the borders is the mirrored picture, because black corners would
tell a model which videos were augmented.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from aura.augment.operation import Frame, away_from_zero


@dataclass(frozen=True, slots=True)
class HorizontalFlip:
    """Left and right exchanged."""

    name: ClassVar[str] = "horizontal_flip"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation; it has no parameters, so nothing is drawn."""
        del rng
        return cls()

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the flipped frames."""
        for frame in frames:
            yield np.ascontiguousarray(frame[:, ::-1])


@dataclass(frozen=True, slots=True)
class Rotation:
    """A turn about the centre by 2 to 10 degrees, counter-clockwise where positive."""

    angle_degrees: float

    name: ClassVar[str] = "rotation"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(angle_degrees=away_from_zero(rng, 2, 10))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the turned frames."""
        # Rows point down, so a counter-clockwise turn has the sine below the diagonal negative.
        angle = np.deg2rad(self.angle_degrees)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for frame in frames:
            yield _warp(frame, turn, shift_px=np.zeros(2))


@dataclass(frozen=True, slots=True)
class Affine:
    """A shift by 2 to 8 % of each side, a scale of 0.9 to 1.1 and a horizontal shear up to 0.1."""

    shift_x: float
    shift_y: float
    scale: float
    shear: float

    name: ClassVar[str] = "affine"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(
            shift_x=away_from_zero(rng, 0.02, 0.08),
            shift_y=away_from_zero(rng, 0.02, 0.08),
            scale=round(float(rng.uniform(0.9, 1.1)), 4),
            shear=round(float(rng.uniform(-0.1, 0.1)), 4),
        )

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the shifted, scaled and sheared frames."""
        linear = self.scale * np.array([[1, self.shear], [0, 1]])
        for frame in frames:
            height, width = frame.shape[:2]
            shift_px = np.array([self.shift_x * width, self.shift_y * height])
            # Whole pixels at least: on a small frame the share alone could round to nothing.
            whole_px = np.copysign(np.maximum(np.abs(np.rint(shift_px)), 1), shift_px)
            yield _warp(frame, linear, shift_px=whole_px)


def _warp(frame: Frame, linear: NDArray[np.float64], *, shift_px: NDArray[np.float64]) -> Frame:
    """Move what lies at ``c + p`` to ``c + linear p + shift_px``, with ``c`` the frame's centre."""
    import cv2

    height, width = frame.shape[:2]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.column_stack([linear, centre - linear @ centre + shift_px])
    warped = cv2.warpAffine(
        frame, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(warped, np.uint8)
