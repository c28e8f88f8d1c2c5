import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aura.media import encode_video
from aura.tables import VIDEOS


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def aura(monkeypatch, capsys) -> Callable[..., Ended]:
    """Runs a command in this process, by way of the entry point users' shells call."""
    from aura.cli import main

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["aura", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def few(road, tmp_path) -> Path:
    """The manifest of a real and a fake video, both in folds."""
    videos = VIDEOS.read(road.folder / "videos.parquet").filter(pl.col("split") == "train")
    two = pl.concat([videos.filter(pl.col("label") == label).head(1) for label in (0, 1)])
    VIDEOS.write(two, tmp_path / "few.parquet")
    return tmp_path / "few.parquet"


@pytest.fixture
def no_video(tmp_path) -> Path:
    """A file that is no video whatever its name says."""
    path = tmp_path / "text.mp4"
    path.write_text("this is no video\n" * 50)
    return path


@pytest.fixture
def one_frame(tmp_path) -> Path:
    """A video too short for any statement."""
    path = tmp_path / "one_frame.mp4"
    frames = np.random.default_rng(0).integers(0, 255, (1, 80, 96, 3), dtype=np.uint8)
    encode_video(path, frames, fps=25)
    return path
