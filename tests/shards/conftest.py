from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aura.shards import ShardWriter


def make_frames(seed: int, *, n: int = 3, height: int = 24, width: int = 32) -> np.ndarray:
    """Smooth pictures that differ from frame to frame and from seed to seed."""
    rows = np.linspace(0, 3, height)[:, None, None]
    columns = np.linspace(0, 4, width)[None, :, None]
    phases = np.arange(3) + seed
    frames = [
        127 + 120 * np.sin(rows * (1 + seed % 5) + columns + phases + 0.4 * t) for t in range(n)
    ]
    return np.stack(frames).astype(np.uint8)


def make_mel(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(-4, 2, size=(8, 5)).astype(np.float16)


def add_samples(writer: ShardWriter, numbers) -> None:
    """Add numbered samples: two clips a video, videos real and fake in turn, some with sound."""
    for i in numbers:
        video = i // 2
        writer.add_sample(
            sample_id=f"{video:06d}_{i % 2:06d}",
            frames_rgb=make_frames(i),
            label=video % 2,
            sample_metadata={"fps": 25.0, "video_id": f"v{video}", "number": i},
            mel_clip=make_mel(i) if i % 3 else None,
        )


def write_shards(folder: Path, *, n: int = 24, **options) -> Path:
    options = {"max_shard_size_bytes": 25_000} | options
    with ShardWriter(folder, **options) as writer:
        add_samples(writer, range(n))
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All files but the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


@pytest.fixture(scope="session")
def frames_of() -> Callable[..., np.ndarray]:
    return make_frames


@pytest.fixture(scope="session")
def mel_of() -> Callable[[int], np.ndarray]:
    return make_mel


@pytest.fixture(scope="session")
def fill() -> Callable[..., None]:
    return add_samples


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    return write_shards


@pytest.fixture(scope="session")
def content() -> Callable[[Path], dict[str, bytes]]:
    return bytes_of


@pytest.fixture(scope="session")
def shards(tmp_path_factory) -> Path:
    """24 clips of 12 videos in several shards; nobody changes them."""
    return write_shards(tmp_path_factory.mktemp("stored") / "shards")
