"""What a run's detector says after the run, its folds or its held-out videos have changed."""

import json
import shutil

import polars as pl
import pytest

from aura.datasets import DataConfig, list_table
from aura.inference import Detector
from aura.pipeline import run_pipeline
from aura.tables import PREDICTIONS, VIDEOS


@pytest.fixture(scope="module")
def gapped(road, make_config, tmp_path_factory):
    """A run whose folds are called 1 and 3, as when a source has failed altogether."""
    root = tmp_path_factory.mktemp("gapped")
    videos = VIDEOS.read(road.folder / "videos.parquet")
    renamed = videos.select(
        "path",
        "group_id",
        "split",
        label=pl.when(pl.col("label") == 1).then(pl.lit("fake")).otherwise(pl.lit("real")),
        fold=pl.col("fold").replace({0: 1, 1: 3}),
    )
    table = root / "videos.csv"
    renamed.write_csv(table)
    config = make_config("split.scheme=given", "training.models=[logistic_regression]")
    return run_pipeline(table, root / "run", config=config)


def test_folds_with_gaps_in_their_numbers_are_judged_by_the_right_model(gapped):
    detector = Detector.load(gapped.folder)
    videos = VIDEOS.read(gapped.folder / "videos.parquet").filter(pl.col("split") == "train")
    rows = PREDICTIONS.read(gapped.folder / "predictions.parquet").join(videos, on="video_id")
    assert set(rows["fold"]) == {1, 3}
    for fold in (1, 3):
        row = rows.filter(pl.col("fold") == fold).row(0, named=True)
        verdict = detector.predict(row["path"])
        assert verdict.probability == pytest.approx(row["probability"], abs=1e-9)
        assert f"fold {fold}" in verdict.reasons[0]


def test_a_new_division_of_the_videos_does_not_change_who_may_judge_them(
    road, make_config, tmp_path
):
    folder = tmp_path / "run"
    shutil.copytree(road.folder, folder)
    before = PREDICTIONS.read(folder / "predictions.parquet")
    config = make_config("split.seed=7")
    run_pipeline(road.table, folder, config=config, stages=["scan"])
    detector = Detector.load(folder / "training" / "logistic_regression")
    rows = before.filter(pl.col("model") == "logistic_regression")
    known = VIDEOS.read(folder / "videos.parquet").select("video_id", "path")
    for row in rows.join(known, on="video_id").iter_rows(named=True):
        verdict = detector.predict(row["path"])
        assert verdict.probability == pytest.approx(row["probability"], abs=1e-9)


def test_another_training_gives_the_detector_another_fingerprint(road, make_config, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(road.folder, folder)
    model = folder / "training" / "naive_cnn"
    before = Detector.load(model).fingerprint
    run_pipeline(road.table, folder, config=make_config("training.seed=1"))
    assert Detector.load(model).fingerprint != before


def test_an_unreadable_held_out_video_is_a_line_in_the_report_not_its_end(
    road, make_config, tmp_path
):
    folder, broken = tmp_path / "run", tmp_path / "broken.mp4"
    shutil.copytree(road.folder, folder)
    broken.write_bytes(b"no video")
    table = tmp_path / "held_out.csv"
    good = list_table(road.held_out, DataConfig()).videos[0].path
    table.write_text(f"path,label\n{broken},fake\n{good},real\n")
    held_out = list_table(table, DataConfig()).videos
    result = run_pipeline(road.table, folder, config=make_config(), held_out=held_out)
    assert result.evaluation is not None
    verdicts = json.loads((folder / "metrics.json").read_text())["held_out"]
    assert verdicts[0]["decision"] == "not a readable video"
    assert verdicts[1]["decision"] in {"real", "fake"}
    assert "not a readable video" in (folder / "report.html").read_text()


def test_a_model_that_only_guesses_says_so_in_its_verdicts(road):
    detector = Detector.load(road.folder / "training" / "naive_cnn")
    facts = json.loads((road.folder / "detector.json").read_text())
    assert facts["skill"]["naive_cnn"]["low"] <= 0.5
    reasons = detector.predict(list_table(road.held_out, DataConfig()).videos[0].path).reasons
    assert any("not shown to do better than guessing" in reason for reason in reasons)
