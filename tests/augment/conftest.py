"""A clip whose frames can be told apart, and a picture in which every change shows."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """A colourful, textured, asymmetric picture without black or white: ``uint8 [48, 65, 3]``."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (48, 65, 3)), (0, 0), 1.5)
    return np.clip((texture - texture.mean()) * 2 + 128, 60, 200).astype(np.uint8)


@pytest.fixture
def numbered() -> list[NDArray[np.uint8]]:
    """Forty one-colour frames, frame ``i`` of level ``i``."""
    return [np.full((4, 4, 3), level, np.uint8) for level in range(40)]
