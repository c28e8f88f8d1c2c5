"""What several test rooms share: the real clips where they are at hand, and one finished run."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aura.config import Config
    from aura.pipeline import RunResult

SHARED_DATA = Path(
    os.environ.get("AURA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips and metadata files; tests that need it skip where it is absent."""
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    message = f"{SHARED_DATA} is absent; set AURA_SHARED_DATA to the folder of real clips"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def real_clips(shared_data: Path) -> list[Path]:
    """The 63 real-world clips, sorted."""
    clips = sorted(p for p in (shared_data / "clips").glob("*/*") if p.is_file())
    assert len(clips) == 63
    return clips


SETTINGS = (
    "split.folds=2",
    "split.test=0.34",
    "training.epochs=2",
    "training.validation_folds=2",
    "training.n_threads=1",
    "training.accelerator=cpu",
    "evaluation.n_bootstrap=100",
    "engine.workers=2",
)
"""Makes a run over a handful of small videos possible, and quick."""


@dataclass(frozen=True)
class Road:
    """A small data set's table, its held-out table, a finished run and how it was configured."""

    table: Path
    held_out: Path
    config: "Config"
    settings: tuple[str, ...]
    result: "RunResult"

    @property
    def folder(self) -> Path:
        return self.result.folder


@pytest.fixture(scope="session")
def make_config() -> "Callable[..., Config]":
    """Return the configuration of the small run with further settings."""
    from aura.config import load_config

    return lambda *more: load_config(None, [*SETTINGS, *more])


@pytest.fixture(scope="session")
def stable_bytes() -> Callable[[Path], dict[str, bytes]]:
    """Return what must repeat byte for byte in a run: all but journals, logs and the report.

    The report names the folder the run was made in.
    """
    kinds = {".parquet", ".arrow", ".csv", ".json", ".npz", ".safetensors", ".npy", ".mp4"}

    def read(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in kinds
        }

    return read


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of 24 small generated videos in 6 groups."""
    from aura.datasets.demo import DemoConfig, generate_demo

    small = DemoConfig(
        n_groups=6,
        n_held_out=1,
        widths=(96,),
        heights=(80,),
        min_duration_s=0.6,
        max_duration_s=0.8,
    )
    return generate_demo(tmp_path_factory.mktemp("small") / "data", config=small)


@pytest.fixture(scope="session")
def road(
    small_data: Path,
    make_config: "Callable[..., Config]",
    tmp_path_factory: pytest.TempPathFactory,
) -> Road:
    """A finished run over the small data set; tests that change it copy it first."""
    from aura.pipeline import run_pipeline

    config = make_config()
    result = run_pipeline(small_data, tmp_path_factory.mktemp("road") / "run", config=config)
    held_out = small_data.parent / "held_out" / "held_out.csv"
    return Road(small_data, held_out, config, SETTINGS, result)
