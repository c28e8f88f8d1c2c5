import json
import shutil

import numpy as np
import polars as pl
import pytest

from aura.datasets import DataConfig, list_table
from aura.errors import DataError, MediaError, UsageError
from aura.inference import Decision, Detector
from aura.media import encode_video
from aura.tables import PREDICTIONS, VIDEOS

MODELS = ("logistic_regression", "naive_cnn")


@pytest.fixture(params=MODELS)
def detector(road, request) -> Detector:
    return Detector.load(road.folder / "training" / request.param)


def noise(n_frames: int, *, height: int = 80, width: int = 96) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (n_frames, height, width, 3), dtype=np.uint8)


def test_a_verdict_gives_the_same_score_as_the_runs_tables(road, detector):
    """One preprocessing: what is made on the fly equals what the stages left."""
    videos = VIDEOS.read(road.folder / "videos.parquet")
    for file in ("predictions.parquet", "test_predictions.parquet"):
        rows = PREDICTIONS.read(road.folder / file).filter(pl.col("model") == detector.model_name)
        for row in rows.join(videos, on="video_id").head(4).iter_rows(named=True):
            verdict = detector.predict(row["path"])
            assert verdict.probability == pytest.approx(row["probability"], abs=1e-9)


def test_a_new_video_gets_a_decision_that_fits_its_probability(road, detector):
    for video in list_table(road.held_out, DataConfig()).videos:
        verdict = detector.predict(video.path)
        assert verdict.decision == ("fake" if verdict.probability >= 0.5 else "real")
        assert verdict.model == detector.model_name
        assert "2 models" in verdict.reasons[0]


def test_a_training_video_is_judged_by_its_own_fold_and_the_verdict_says_so(road, detector):
    video = VIDEOS.read(road.folder / "videos.parquet").filter(pl.col("split") == "train")
    verdict = detector.predict(video["path"][0])
    assert f"only the model of its fold {video['fold'][0]}" in verdict.reasons[0]


@pytest.mark.parametrize("n_frames", [1, 3])
def test_too_few_frames_are_insufficient_evidence_never_a_half(tmp_path, detector, n_frames):
    path = tmp_path / "short.mp4"
    encode_video(path, noise(n_frames), fps=25)
    verdict = detector.predict(path)
    assert verdict.decision is Decision.INSUFFICIENT
    assert verdict.probability is None
    assert "usable frames" in verdict.reasons[0]


def test_frames_of_one_colour_are_no_evidence(tmp_path, detector):
    path = tmp_path / "black.mp4"
    encode_video(path, np.zeros((30, 80, 96, 3), np.uint8), fps=25)
    assert detector.predict(path).decision is Decision.INSUFFICIENT


def test_the_timeline_covers_the_video_and_its_blank_part_has_no_score(tmp_path, detector):
    path = tmp_path / "long.mp4"
    frames = noise(150)
    frames[100:] = 0
    encode_video(path, frames, fps=25)
    timeline = detector.predict(path).timeline
    assert len(timeline) == 3
    assert timeline[0].start_s == 0
    assert timeline[-1].end_s == pytest.approx(6.0, abs=0.1)
    assert [p.probability is None for p in timeline] == [False, False, True]


def test_a_verdict_is_json(road, detector):
    video = list_table(road.held_out, DataConfig()).videos[0]
    record = json.loads(detector.predict(video.path).to_json())
    assert record["decision"] in {"real", "fake"}
    assert set(record) >= {"probability", "timeline", "reasons", "sha256", "model", "detector"}


def test_what_is_no_video_is_an_error_not_a_verdict(tmp_path, detector):
    path = tmp_path / "text.mp4"
    path.write_text("no video at all")
    with pytest.raises(MediaError):
        detector.predict(path)


def test_the_chosen_model_has_the_highest_auc(road):
    metrics = json.loads((road.folder / "metrics.json").read_text())
    best = max(metrics["models"].values(), key=lambda m: m["overall"]["auc"])
    assert Detector.load(road.folder).model_name == best["name"]


def test_an_absent_run_is_a_wrong_command(tmp_path):
    with pytest.raises(UsageError, match="expected the folder of a run"):
        Detector.load(tmp_path / "nowhere")


def test_an_unfinished_run_says_how_to_finish_it(tmp_path):
    with pytest.raises(DataError, match="finish it with aura run"):
        Detector.load(tmp_path)


def test_another_preprocessing_than_the_models_is_refused(road, tmp_path, detector):
    folder = tmp_path / "run"
    shutil.copytree(road.folder, folder)
    for path in folder.glob(f"training/{detector.model_name}/fold_*/model.json"):
        facts = json.loads(path.read_text())
        facts["recipe"]["settings"]["versions"]["scale"] += 1
        path.write_text(json.dumps(facts))
    with pytest.raises(DataError, match="recipe"):
        Detector.load(folder / "training" / detector.model_name)


def test_a_video_unlike_all_training_videos_is_called_so(road, tmp_path):
    path = tmp_path / "odd.mp4"
    checkers = (np.indices((80, 96)).sum(axis=0) % 2 * 255).astype(np.uint8)
    encode_video(path, np.repeat(np.repeat(checkers[None, :, :, None], 3, 3), 30, 0), fps=25)
    reasons = Detector.load(road.folder / "training" / "logistic_regression").predict(path).reasons
    assert any("lie beyond anything usual in the training" in reason for reason in reasons)
