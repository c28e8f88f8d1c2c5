"""Small tables of videos and predictions with known answers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import settings

from aura.evaluation import ReportData, RunFacts, gather_report
from aura.tables import PREDICTIONS, VIDEOS, Prediction, Video

# A slow machine is no reason for a test to fail.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


def _video(number: int, **changes: object) -> Video:
    values = {
        "video_id": f"v{number:04d}",
        "path": f"/data/v{number:04d}.mp4",
        "label": number % 2,
        "dataset": "made",
        "group_id": f"g{number // 2:03d}",
        "fold": (number // 2) % 4,
        "split": "train",
        "sha256": f"{number:064d}",
        "codec": "h264",
        "width": 640,
        "height": 480,
        "fps": 25.0,
        "n_frames": 75,
        "duration_s": 3.0,
        "has_audio": True,
        "bit_rate_bps": 500_000,
        "container": "mp4",
    }
    return Video(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def make_videos() -> Callable[..., pl.DataFrame]:
    """Return a maker of n videos, alternately real and fake, two a group."""

    def make(
        n: int, change: Callable[[int], dict[str, object]] = lambda number: {}
    ) -> pl.DataFrame:
        return VIDEOS.from_rows(_video(number, **change(number)) for number in range(n))

    return make


@pytest.fixture
def make_predictions() -> Callable[..., pl.DataFrame]:
    """Return a maker of one model's predictions for a videos table."""

    def make(
        videos: pl.DataFrame, *, model: str = "noise_cnn", skill: float = 1.5, seed: int = 0
    ) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        rows = []
        for video in VIDEOS.rows(videos):
            logit = skill * (2 * video.label - 1) + rng.normal()
            rows.append(
                Prediction(
                    video_id=video.video_id,
                    group_id=video.group_id,
                    label=video.label,
                    fold=video.fold,
                    model=model,
                    probability=float(1 / (1 + np.exp(-logit))),
                    logit=float(logit),
                )
            )
        return PREDICTIONS.from_rows(rows)

    return make


@pytest.fixture
def run_facts() -> RunFacts:
    return RunFacts(
        run_id="run-7",
        config_hash="c0ffee",
        data_fingerprint="da7a",
        command="aura run --data videos.csv --out runs/7",
        config_text="seed: 7\n",
        versions={"aura-forensics": "0.1.0"},
    )


@pytest.fixture
def report_data(make_videos, make_predictions, run_facts) -> ReportData:
    videos = make_videos(40)
    predictions = pl.concat(
        [
            make_predictions(videos, model="good", skill=1.5, seed=1),
            make_predictions(videos, model="weak", skill=0.4, seed=2),
        ]
    )
    shortcut = make_predictions(videos, model="container:logistic_regression", skill=0.0, seed=3)
    return gather_report(
        "A report",
        run_facts,
        videos=videos,
        predictions=predictions,
        shortcut_predictions=shortcut,
        n_bootstrap=200,
    )
