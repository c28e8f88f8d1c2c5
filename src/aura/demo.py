"""The demonstration: videos made on the spot, the whole road over them, a verdict at its end."""

from dataclasses import dataclass
from pathlib import Path

from aura.config import Config
from aura.datasets import DataConfig, ListedVideo, list_table
from aura.datasets.demo import HELD_OUT_TABLE, generate_demo
from aura.inference import Detector, Verdict
from aura.pipeline import RunResult, run_pipeline
from aura.progress import Progress

DATA_FOLDER = "demo_videos"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The run, and verdicts on videos of scenes the run has never seen."""

    run: RunResult
    held_out: tuple[ListedVideo, ...]
    verdicts: tuple[Verdict, ...]


def run_demo(folder: Path, *, config: Config, progress: Progress) -> DemoResult:
    """Generate the demo videos in ``folder``, run the pipeline over them, judge the held-out ones.

    Args:
        folder: Becomes the run's folder; the videos go to ``demo_videos/`` in it.
        config: All settings.
        progress: Told what happens.
    """
    root = folder / DATA_FOLDER
    table = generate_demo(root, workers=config.engine.workers, progress=progress)
    held_out = list_table(root / HELD_OUT_TABLE, DataConfig()).videos
    run = run_pipeline(table, folder, config=config, held_out=held_out, progress=progress)
    detector = Detector.load(folder)
    return DemoResult(run, held_out, tuple(detector.predict(video.path) for video in held_out))
