"""Generated footage, and ways in which videos are changed when they are passed on."""

import functools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from aura.datasets.demo_scene import LOOKS, build_scene, film
from aura.duplicates import DuplicateConfig, fingerprint_video
from aura.media import EncodeConfig, encode_video

FPS = 24
Frames = NDArray[np.uint8]


@pytest.fixture(scope="session")
def scene() -> Callable[..., Frames]:
    """Films a place of its own for every number, uint8 [N, H, W, 3]."""

    @functools.cache
    def take(number: int) -> Frames:
        rng = np.random.default_rng([number, 77])
        place = build_scene(rng, look=LOOKS[number % len(LOOKS)], width=160, height=120)
        return film(place, rng, n_frames=3 * FPS, fps=FPS).frames

    def make(number: int, *, seconds: float = 2.0) -> Frames:
        return take(number)[: round(seconds * FPS)].copy()

    return make


@pytest.fixture(scope="session")
def fingerprint_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Encodes frames and returns the fingerprint of the file."""

    def make(frames: Frames, *, crf: float = 20, fps: float = FPS, name: str = "a.mp4") -> str:
        path = tmp_path_factory.mktemp("video") / name
        encode_video(path, frames, fps=fps, config=EncodeConfig(crf=crf, preset="veryfast"))
        return fingerprint_video(path, DuplicateConfig()).to_text()

    return make


@pytest.fixture(scope="session")
def originals(scene: Callable[..., Frames], fingerprint_of: Callable[..., str]) -> list[str]:
    """The fingerprints of scenes 0 to 3, which have nothing in common."""
    return [fingerprint_of(scene(number)) for number in range(4)]


@pytest.fixture(scope="session")
def write_video(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Encodes frames and returns where the file lies."""

    def make(frames: Frames, *, name: str = "a.mp4", fps: float = FPS, **how) -> Path:
        path = tmp_path_factory.mktemp("video") / name
        encode_video(path, frames, fps=fps, config=EncodeConfig(**how))
        return path

    return make


def scaled(frames: Frames, *, height: int) -> Frames:
    width = round(frames.shape[2] * height / frames.shape[1] / 2) * 2
    return np.stack([cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in frames])


def framed(frames: Frames, *, top: int = 0, left: int = 0, level: int = 0) -> Frames:
    around = ((0, 0), (top, top), (left, left), (0, 0))
    return np.pad(frames, around, constant_values=level)


def marked(frames: Frames) -> Frames:
    """Put a sign into the upper right corner."""
    signed = frames.copy()
    height, width = frames.shape[1:3]
    box = np.s_[:, round(height * 0.05) : round(height * 0.17), round(width * 0.76) : -8]
    signed[box] = (200, 30, 40)
    signed[box][:, ::3, ::4] = 255
    return signed


VERSIONS: dict[str, Callable[[Frames], Frames]] = {
    "recompressed": lambda frames: frames,
    "scaled": lambda frames: scaled(frames, height=72),
    "enlarged and squeezed": lambda frames: np.stack([cv2.resize(f, (200, 240)) for f in frames]),
    "letterboxed": lambda frames: framed(frames, top=20),
    "pillarboxed": lambda frames: framed(frames, left=26),
    "framed in grey black": lambda frames: framed(frames, top=20, left=16, level=16),
    "trimmed at the start": lambda frames: frames[len(frames) * 3 // 10 + 1 :],
    "trimmed at the end": lambda frames: frames[: len(frames) * 7 // 10],
    "trimmed at both ends": lambda frames: frames[len(frames) // 6 : -len(frames) // 6],
    "logo": marked,
    "logo on a bar": lambda frames: marked(framed(frames, left=40)),
    "darker": lambda frames: (frames * 0.7).astype(np.uint8),
    "in grey": lambda frames: np.repeat(frames.mean(axis=3, keepdims=True), 3, 3).astype(np.uint8),
    "all at once": lambda frames: framed(
        scaled(marked(frames[len(frames) // 7 : -len(frames) // 7]), height=96), top=16
    ),
}


@pytest.fixture(params=VERSIONS)
def change(request: pytest.FixtureRequest) -> Callable[[Frames], Frames]:
    """One way of changing a video."""
    return VERSIONS[request.param]
