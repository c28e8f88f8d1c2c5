import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aura.engine import Item
from aura.media import EncodeConfig, encode_video, open_video


@pytest.fixture
def pictures() -> Callable[..., NDArray[np.uint8]]:
    """Makes textured pictures that move and brighten, uint8 [N, H, W, 3], no two alike."""

    def make(n: int, *, height: int = 60, width: int = 96) -> NDArray[np.uint8]:
        grain = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
        return np.stack([np.roll(grain, 3 * i, axis=1) // 2 + np.uint8(2 * i) for i in range(n)])

    return make


@pytest.fixture
def write(tmp_path, pictures) -> Callable[..., Item]:
    """Writes a small moving video and returns it as stages meet it."""

    def _write(
        name: str,
        *,
        n: int = 20,
        height: int = 60,
        width: int = 96,
        times_s=None,
        audio=None,
        **how,
    ) -> Item:
        path = tmp_path / name
        frames = pictures(n, height=height, width=width)
        config = EncodeConfig(**how)
        encode_video(path, frames, fps=25, times_s=times_s, config=config, audio=audio)
        return Item(path.stem, path, "key")

    return _write


@pytest.fixture
def turn() -> Callable[[Path], None]:
    """Has the pictures of an MP4 file displayed turned by a quarter, clockwise."""

    def _turn(path: Path) -> None:
        one = 1 << 16
        upright = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
        turned = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
        content = path.read_bytes()
        at = content.index(upright, content.index(b"tkhd"))
        path.write_bytes(content[:at] + turned + content[at + len(upright) :])

    return _turn


@pytest.fixture
def out(tmp_path) -> Path:
    """The folder of a stage's own."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def decoded() -> Callable[..., tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    """Returns all frames of a file, uint8 [N, H, W, 3], and their times in seconds."""

    def _decoded(path: Path, *, size: tuple[int, int] | None = None):
        with open_video(path) as video:
            frames = list(video.stream(size=size))
        return np.stack([f.data for f in frames]), np.array([f.pts_s for f in frames])

    return _decoded
