"""Frames whose traces are known because the test made them."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True)
class Facts:
    """A container's facts, without a container."""

    width: int = 160
    height: int = 120
    fps: float = 25.0
    duration_s: float = 2.0
    bit_rate_bps: float = 480_000.0
    has_audio: bool = False


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def facts_of() -> type[Facts]:
    return Facts


@pytest.fixture
def scene() -> NDArray[np.uint8]:
    """Five frames of a textured scene that moves by a pixel a frame, with a camera's noise."""
    rng = np.random.default_rng(7)
    world = cv2.GaussianBlur(rng.uniform(0, 255, (140, 180, 3)), (0, 0), 2.5)
    world = (world - world.mean()) * 4 + 128
    frames = [world[10 : 10 + 120, 10 + t : 10 + t + 160] for t in range(5)]
    return quantised(np.stack(frames) + rng.normal(0, 2, (5, 120, 160, 3)))


def quantised(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


@pytest.fixture
def run(scene: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The scene's luma, small enough for loops: 3 planes of 37 x 45 pixels."""
    return np.ascontiguousarray(luma_by_hand(scene[:3, :37, :45]))


def luma_by_hand(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    red, green, blue = (frames[..., c].astype(np.float64) for c in range(3))
    return (0.299 * red + 0.587 * green + 0.114 * blue).astype(np.float32)
