import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aura.errors import ConfigError, DataError, TooManyFailures, UsageError
from aura.media import encode_video
from aura.pipeline import run_pipeline, steps_for
from aura.tables import FAILURES, PREDICTIONS, VIDEOS, read_frame


def done_now(result) -> dict[str, int]:
    return {step.name: step.n_run for step in result.steps}


def assert_equal(ours: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_the_run_leaves_what_it_promises(road):
    for name in (
        "config.yaml",
        "run.json",
        "videos.parquet",
        "failures.parquet",
        "augmented_videos/augmented_metadata.arrow",
        "features/features_metadata.arrow",
        "scaled_videos/scaled_metadata.arrow",
        "features_scaled/features_scaled_metadata.arrow",
        "training/logistic_regression/summary.json",
        "training/naive_cnn/fold_1/weights.safetensors",
        "training/naive_cnn/fold_1/metrics.jsonl",
        "predictions.parquet",
        "metrics.json",
        "report.html",
    ):
        assert (road.folder / name).stat().st_size > 0, name


def test_every_video_outside_the_test_split_is_predicted_once_by_each_model(road):
    videos = VIDEOS.read(road.folder / "videos.parquet")
    predictions = PREDICTIONS.read(road.folder / "predictions.parquet")
    inside = videos.filter(pl.col("split") == "train")
    for model in ("logistic_regression", "naive_cnn"):
        rows = predictions.filter(pl.col("model") == model)
        assert sorted(rows["video_id"]) == sorted(inside["video_id"])
        joined = rows.join(inside, on="video_id", suffix="_of_video")
        assert (joined["fold"] == joined["fold_of_video"]).all()
        assert (joined["label"] == joined["label_of_video"]).all()


def test_groups_lie_in_one_place(road):
    videos = VIDEOS.read(road.folder / "videos.parquet")
    places = videos.group_by("group_id").agg(pl.struct("fold", "split").n_unique().alias("n"))
    assert (places["n"] == 1).all()
    assert set(videos["split"]) == {"train", "test"}


def test_test_videos_are_neither_augmented_nor_trained_on(road):
    videos = VIDEOS.read(road.folder / "videos.parquet")
    test_ids = set(videos.filter(pl.col("split") == "test")["video_id"])
    augmented = read_frame(road.folder / "augmented_videos" / "augmented_metadata.arrow")
    assert not test_ids & set(augmented["parent_id"])
    tested = PREDICTIONS.read(road.folder / "test_predictions.parquet")
    assert set(tested["video_id"]) == test_ids


def test_running_again_does_nothing(road):
    before = {p: p.stat().st_mtime_ns for p in road.folder.rglob("*") if p.suffix != ".lock"}
    again = run_pipeline(road.table, road.folder, config=road.config)
    assert set(done_now(again).values()) == {0}
    touched = {
        str(p.relative_to(road.folder))
        for p, mtime in before.items()
        if p.is_file() and p.stat().st_mtime_ns != mtime
    }
    assert touched <= {".lock"}


@pytest.mark.parametrize(
    ("setting", "redone"),
    [
        ("engine.time_limit_s=200", set()),
        ("evaluation.n_mistakes=1", {"evaluate"}),
        ("training.epochs=1", {"train naive_cnn", "evaluate"}),
        ("training.without_groups=[codec,dct]", {"train logistic_regression", "evaluate"}),
        (
            "features.n_bursts=5",
            {"features", "features_scaled", "train logistic_regression", "evaluate"},
        ),
        ("clips.n_frames=5", {"clips", "train naive_cnn", "evaluate"}),
    ],
)
def test_a_changed_setting_redoes_what_depends_on_it_and_nothing_else(
    road, tmp_path, setting, redone, make_config
):
    folder = tmp_path / "run"
    shutil.copytree(road.folder, folder)
    result = run_pipeline(road.table, folder, config=make_config(setting))
    assert {name for name, n in done_now(result).items() if n} == redone


def test_output_does_not_depend_on_workers_or_on_the_folders_name(
    road, tmp_path, make_config, stable_bytes
):
    other = run_pipeline(road.table, tmp_path / "other", config=make_config("engine.workers=1"))
    assert_equal(stable_bytes(road.folder), stable_bytes(other.folder))


@pytest.mark.slow
def test_killed_in_every_step_a_rerun_ends_with_the_same_bytes(road, tmp_path, stable_bytes):
    moments = (
        "scan: 9/",
        "augment: 3/",
        "features: 11/",
        "scale: 20/",
        "features_scaled: 5/",
        "clips: 7/",
        "train logistic_regression: 1/",
        "train naive_cnn: 3/",
        "evaluate: 1/",
    )
    arguments = [str(road.table), "--out", str(tmp_path / "run"), "-v", *road.settings]
    command = [sys.executable, "-m", "aura", "run", "--data", *arguments]
    for moment in moments:
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            reached = any(line.startswith(moment) for line in process.stderr)
            process.send_signal(signal.SIGKILL)
        assert reached, moment
        assert process.returncode == -signal.SIGKILL, moment
    run_pipeline(road.table, tmp_path / "run", config=road.config)
    assert_equal(stable_bytes(road.folder), stable_bytes(tmp_path / "run"))


def test_a_single_step_does_what_it_needs_and_no_more(road, tmp_path):
    result = run_pipeline(road.table, tmp_path / "run", config=road.config, stages=["augment"])
    assert list(done_now(result)) == ["scan", "fingerprint", "augment"]
    assert result.evaluation is None


def test_an_unknown_step_is_refused_by_name():
    with pytest.raises(UsageError, match="no stage 'fly'; the stages are scan, augment"):
        steps_for(["fly"])


def test_two_runs_in_one_folder_are_refused(road):
    from filelock import FileLock

    with FileLock(road.folder / ".lock"), pytest.raises(UsageError, match="another aura run"):
        run_pipeline(road.table, road.folder, config=road.config)


def bad_files(root: Path) -> dict[str, str]:
    """Write files that fail, and return a part of the reason each must give."""
    contents = {
        "zero.mp4": (b"", "empty"),
        "text.mp4": (b"this is no video\n" * 100, "not a video"),
        "playlist.m3u8.mp4": (b"#EXTM3U\nfile:///etc/passwd\n", "not a video"),
    }
    for name, (content, _) in contents.items():
        (root / name).write_bytes(content)
    one_frame = np.random.default_rng(0).integers(0, 255, (1, 80, 96, 3), dtype=np.uint8)
    encode_video(root / "one_frame.mp4", one_frame, fps=25)
    reasons = {name: reason for name, (_, reason) in contents.items()}
    return reasons | {"one_frame.mp4": "usable frames"}


def test_a_video_cut_short_is_used_as_far_as_it_goes(folder_of_copies, tmp_path, make_config):
    whole = next((folder_of_copies / "real").glob("*.mp4"))
    (folder_of_copies / "real" / "cut.mp4").write_bytes(
        whole.read_bytes()[: -len(whole.read_bytes()) // 3]
    )
    result = run_pipeline(
        folder_of_copies, tmp_path / "run", config=make_config(), stages=["scale"]
    )
    scaled = read_frame(result.folder / "scaled_videos" / "scaled_metadata.arrow")
    cut = scaled.filter(
        pl.col("video_id").str.starts_with("cut-") & ~pl.col("video_id").str.contains("~")
    )
    assert cut["n_frames"][0] > 0
    assert cut["n_missing"][0] > 0


@pytest.fixture
def folder_of_copies(small_data, tmp_path) -> Path:
    root = tmp_path / "data"
    for kind in ("real", "fake"):
        shutil.copytree(small_data.parent / kind, root / kind)
    return root


def test_each_bad_file_becomes_a_failure_row_and_costs_nothing_else(
    folder_of_copies, tmp_path, make_config
):
    good = next((folder_of_copies / "real").glob("*.mp4"))
    expected = bad_files(folder_of_copies / "fake")
    odd = folder_of_copies / "real" / 'odd "name"\n with spaces и кириллица.mp4'
    shutil.copy(good, odd)
    n_good = len(list(folder_of_copies.rglob("*.mp4"))) - len(expected)
    config = make_config("split.test=0", "engine.max_failed_share=0.5", "training.epochs=1")
    result = run_pipeline(folder_of_copies, tmp_path / "run", config=config)
    failures = FAILURES.read(result.folder / "failures.parquet")
    originals = failures.filter(~pl.col("video_id").str.contains("~"))
    by_name = {
        Path(path).name: reason for path, reason in originals.select("path", "reason").rows()
    }
    assert by_name.keys() == expected.keys()
    for name, part in expected.items():
        assert part in by_name[name], by_name[name]
    predictions = PREDICTIONS.read(result.folder / "predictions.parquet")
    assert predictions["video_id"].n_unique() == n_good
    assert str(odd) in VIDEOS.read(result.folder / "videos.parquet")["path"].to_list()


def test_too_many_failures_stop_the_run_and_say_why(folder_of_copies, tmp_path, make_config):
    bad_files(folder_of_copies / "fake")
    with pytest.raises(TooManyFailures, match=r"3 of \d+ videos failed.*max_failed_share"):
        run_pipeline(
            folder_of_copies, tmp_path / "run", config=make_config("engine.max_failed_share=0.1")
        )
    assert len(FAILURES.read(tmp_path / "run" / "failures.parquet")) == 3


def test_too_few_groups_for_the_folds_are_said_before_any_work(small_data, tmp_path, make_config):
    with pytest.raises(DataError, match=r"set split\.folds="):
        run_pipeline(small_data, tmp_path / "run", config=make_config("split.folds=9"))
    assert not (tmp_path / "run" / "features").exists()


def test_a_model_that_does_not_exist_is_said_before_any_work(small_data, tmp_path, make_config):
    with pytest.raises(UsageError, match="did you mean naive_cnn"):
        run_pipeline(small_data, tmp_path / "run", config=make_config("training.models=[naive_cn]"))
    assert not (tmp_path / "run" / "scan").exists()


def test_a_detector_that_is_not_trained_is_said_before_any_work(small_data, tmp_path, make_config):
    config = make_config("training.models=[naive_cnn]", "detector.model=logistic_regression")
    with pytest.raises(ConfigError, match=r"not among training\.models, naive_cnn"):
        run_pipeline(small_data, tmp_path / "run", config=config)
    assert not (tmp_path / "run" / "scan").exists()


@pytest.mark.parametrize("place", [".", "real/run"])
def test_a_run_inside_its_own_data_is_refused(folder_of_copies, make_config, place):
    with pytest.raises(UsageError, match="lies in the data"):
        run_pipeline(folder_of_copies, folder_of_copies / place, config=make_config())


def test_an_out_that_is_a_file_is_refused(small_data, make_config, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file; give --out a folder"):
        run_pipeline(small_data, tmp_path / "file", config=make_config())
