"""Generated videos for the media room, and the modules its tests share."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from aura.media import EncodeConfig, encode_video

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("SVT_LOG", "-1")  # the AV1 encoder of the test videos is to keep quiet

Writer = Callable[..., Path]


def moving_pictures(
    n: int, *, height: int = 64, width: int = 96, seed: int = 0
) -> list[NDArray[np.uint8]]:
    """Textured pictures that move and brighten, no two alike."""
    grain = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return [np.roll(grain, 3 * i, axis=1) // 2 + np.uint8(2 * i) for i in range(n)]


@pytest.fixture
def pictures() -> Callable[..., list[NDArray[np.uint8]]]:
    return moving_pictures


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes a small moving video and returns its path."""

    def _write(name: str, *, n: int = 36, height: int = 64, width: int = 96, **config) -> Path:
        path = tmp_path / name
        frames = moving_pictures(n, height=height, width=width)
        encode_video(path, frames, fps=25, config=EncodeConfig(**config))
        return path

    return _write


@pytest.fixture
def sequential() -> Callable[[Path], tuple[list[NDArray[np.uint8]], list[float]]]:
    """Decodes a file from start to end with nothing but PyAV."""

    def _decode(path: Path) -> tuple[list[NDArray[np.uint8]], list[float]]:
        with av.open(str(path)) as container:
            frames = list(container.decode(video=0))
            return [frame.to_ndarray(format="rgb24") for frame in frames], [f.time for f in frames]

    return _decode


@pytest.fixture
def same() -> Callable[[Sequence[NDArray[np.uint8]], Sequence[NDArray[np.uint8]]], bool]:
    def _same(left: Sequence[NDArray[np.uint8]], right: Sequence[NDArray[np.uint8]]) -> bool:
        return len(left) == len(right) and all(map(np.array_equal, left, right))

    return _same
