"""Operations that add or take away fine detail, with one strength for the whole video."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from aura.augment.operation import Frame, draw_seed


@dataclass(frozen=True, slots=True)
class GaussianBlur:
    """A Gaussian blur with a standard deviation of 0.8 to 2 pixels."""

    sigma_px: float

    name: ClassVar[str] = "gaussian_blur"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(sigma_px=round(float(rng.uniform(0.8, 2.0)), 4))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the blurred frames."""
        import cv2

        for frame in frames:
            blurred = cv2.GaussianBlur(
                frame, (0, 0), self.sigma_px, borderType=cv2.BORDER_REFLECT_101
            )
            yield np.asarray(blurred, np.uint8)


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Noise of 3 to 12 levels, new in each frame and independent in each channel.

    The strength is the video's; the noise itself is drawn from ``seed``, frame after frame.
    """

    sigma_levels: float
    seed: int

    name: ClassVar[str] = "gaussian_noise"
    keeps_timing: ClassVar[bool] = True

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Return the operation with parameters drawn from ``rng``."""
        return cls(sigma_levels=round(float(rng.uniform(3, 12)), 4), seed=draw_seed(rng))

    def apply(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the noisy frames."""
        rng = np.random.default_rng(self.seed)
        for frame in frames:
            noisy = rng.standard_normal(frame.shape, dtype=np.float32)
            noisy *= self.sigma_levels
            noisy += frame
            yield np.clip(np.rint(noisy, out=noisy), 0, 255).astype(np.uint8)
