import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from aura.datasets import DataConfig
from aura.engine import worker
from aura.frames import ExtractionPlan, extract_frames, list_source
from aura.media import encode_video
from aura.stages import FrameConfig


class Here:
    """Runs tasks in this process, one after another."""

    time_limit_s = 60.0

    def run(self, stage, tasks):
        for task in tasks:
            yield worker.process(stage, task)


@pytest.fixture(scope="session")
def here() -> Here:
    return Here()


@pytest.fixture(scope="session")
def write_video() -> Callable[..., Path]:
    """Writes a small video that no other seed's equals."""

    def write(path: Path, *, seed: int = 0, n: int = 12, height: int = 48, width: int = 64) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        encode_video(path, [np.roll(picture, 5 * i, axis=1) for i in range(n)], fps=12)
        return path

    return write


@pytest.fixture(scope="session")
def made_videos(tmp_path_factory, write_video) -> Path:
    """Six videos, two of one name in different folders."""
    root = tmp_path_factory.mktemp("videos") / "set"
    names = ("real/a/1.mp4", "real/b/1.mp4", "real/b/two words.mp4")
    names += ("fake/x/1.mp4", "fake/x/2.mp4", "fake/y/3.mp4")
    for seed, name in enumerate(names):
        write_video(root / name, seed=seed)
    return root


@pytest.fixture
def videos(made_videos, tmp_path) -> Path:
    """A copy of the six videos that a test may spoil."""
    return Path(shutil.copytree(made_videos, tmp_path / "set"))


@pytest.fixture
def extract(here, tmp_path) -> Callable[..., dict]:
    """Extracts to ``tmp_path/out`` and returns the report."""

    def run(root: Path, *, label=None, executor=None, data=None, progress=None, **how) -> dict:
        settings = {key: how.pop(key) for key in list(how) if key in FrameConfig.model_fields}
        plan = ExtractionPlan(
            source=list_source(root, data or DataConfig(), label=label),
            out=tmp_path / "out",
            config=FrameConfig(**settings),
            **how,
        )
        return extract_frames(plan, executor or here, progress=progress)

    return run


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"
