import json
import shutil
from pathlib import Path

import pytest

from aura.tables import FAILURES, VIDEOS


@pytest.fixture
def run(road, tmp_path) -> Path:
    """A copy of the finished run."""
    return Path(shutil.copytree(road.folder, tmp_path / "run"))


def test_json_is_the_run_and_its_metrics(road, run, aura):
    ended = aura("run", "--data", road.table, "--out", run, "--json", *road.settings)
    assert ended.code == 0
    record = json.loads(ended.out)
    assert record["metrics"] == json.loads((run / "metrics.json").read_text())
    assert record["report"] == str(run / "report.html")
    assert record["detector"] in record["metrics"]["models"]
    assert record["n_failed"] == 0
    assert {step["run"] for step in record["steps"].values()} == {0}


def test_words_tell_the_report_the_figures_and_what_was_done(road, run, aura):
    ended = aura("run", "--data", road.table, "--out", run, *road.settings)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"report: {run / 'report.html'}"
    assert "24 of 24 videos used, 0 failed\n" in ended.out
    assert "done now: nothing, everything was up to date" in ended.out
    metrics = json.loads((run / "metrics.json").read_text())
    for name, model in metrics["models"].items():
        assert f"\n  {name:32} AUC {model['overall']['auc']:.3f} [" in ended.out


def test_the_model_with_the_highest_auc_is_named_first(road, run, aura):
    ended = aura("run", "--data", road.table, "--out", run, *road.settings)
    models = json.loads((run / "metrics.json").read_text())["models"]
    printed = [line.split()[0] for line in ended.out.splitlines() if line.startswith("  ")]
    ours = [name for name in printed if name in models][: len(models)]
    assert ours == sorted(models, key=lambda name: -models[name]["overall"]["auc"])


def test_quiet_says_nothing_on_stderr_and_progress_is_not_on_stdout(road, tmp_path, aura):
    arguments = ["run", "--data", road.table, "--stages", "scan", *road.settings, "--out"]
    assert aura(*arguments, tmp_path / "a", "-q").err == ""
    loud = aura(*arguments, tmp_path / "b")
    assert "scan: 0/24 starts" in loud.err
    assert "scan: 24/24 done" in loud.err
    assert loud.out == "24 of 24 videos used, 0 failed\ndone now: scan 24, fingerprint 24\n"


def test_verbose_says_a_line_for_each_video(few, tmp_path, aura):
    ended = aura("scale", few, "--out", tmp_path / "scaled", "-v", "--workers", 1)
    assert [line.split()[1] for line in ended.err.splitlines()] == ["0/2", "1/2", "2/2", "2/2"]


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        ("trainig.epochs=3", ["trainig", "did you mean training?"]),
        ("training.epoch=3", ["training.epoch", "did you mean training.epochs?"]),
        ("training.epochs=many", ["training.epochs", "many"]),
        ("split.folds=1", ["split.folds", "1"]),
        ("folds", ["'folds'", "section.key=value"]),
        ("training.models=[naive_cn]", ["did you mean naive_cnn"]),
        ("training.settings.logistic_regression.X=1", ["logistic_regression", "X"]),
    ],
)
def test_a_wrong_setting_is_2_and_named_before_any_work(setting, parts, road, tmp_path, aura):
    ended = aura("run", "--data", road.table, "--out", tmp_path / "run", setting)
    assert ended.code == 2
    assert all(part in ended.err for part in parts), ended.err
    assert not (tmp_path / "run" / "scan").exists()


def test_an_unknown_stage_is_2_and_the_stages_are_listed(road, tmp_path, aura):
    ended = aura("run", "--data", road.table, "--out", tmp_path / "run", "--stages", "scan,fly")
    assert ended.code == 2
    assert "'fly'; the stages are scan, augment" in ended.err


@pytest.mark.parametrize("text", [None, "[1, 2]", "a: [", "training: {epoch: 3}"])
def test_a_config_file_that_cannot_be_used_is_2_and_named(text, road, tmp_path, aura):
    path = tmp_path / "settings.yaml"
    if text is not None:
        path.write_text(text)
    ended = aura("run", "--data", road.table, "--out", tmp_path / "run", "--config", path)
    assert ended.code == 2
    assert "settings.yaml" in ended.err or "training.epoch" in ended.err


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    road, tmp_path, aura, monkeypatch
):
    (tmp_path / "settings.yaml").write_text("split: {seed: 1, folds: 2}\nscale: {max_side_px: 48}")
    monkeypatch.setenv("AURA_SPLIT__SEED", "2")
    monkeypatch.setenv("AURA_SPLIT__TEST", "0.1")
    given = ["--config", tmp_path / "settings.yaml", "--stages", "scan"]
    run = tmp_path / "run"
    ended = aura("run", "--data", road.table, "--out", run, *given, "split.test=0.34")
    assert ended.code == 0
    text = (run / "config.yaml").read_text()
    assert "max_side_px: 48" in text
    assert "seed: 2" in text
    assert "test: 0.34" in text


@pytest.mark.parametrize("data", ["nowhere", "empty", "one_class"])
def test_data_that_cannot_be_used_is_said_by_name(data, tmp_path, aura, small_data):
    (tmp_path / "empty").mkdir()
    shutil.copytree(small_data.parent / "real", tmp_path / "one_class" / "real")
    ended = aura("run", "--data", tmp_path / data, "--out", tmp_path / "run")
    assert ended.code == 1
    assert ended.err.startswith(f"error: {tmp_path / data}: ")
    assert len(ended.err.splitlines()) == 1


def test_failed_videos_are_counted_and_pointed_to(road, tmp_path, aura, no_video):
    videos = VIDEOS.read(road.folder / "videos.parquet").select("path", "label").rows()
    table = tmp_path / "table.csv"
    rows = [f"{path},{label}" for path, label in (*videos, (no_video, 1), ("gone.mp4", 0))]
    table.write_text("\n".join(["path,label", *rows]))
    run = tmp_path / "run"
    ended = aura("run", "--data", table, "--out", run, "--stages", "scan", *road.settings)
    assert ended.code == 0
    said = f"24 of 25 videos used, 1 failed (see {run / 'failures.parquet'})"
    assert said in ended.out
    assert "left out and listed: 1, first gone.mp4 in row 27" in ended.out + ended.err
    failures = FAILURES.read(run / "failures.parquet")
    assert sorted(Path(path).name for path in failures["path"]) == ["text.mp4"]
    limited = aura(
        *("run", "--data", table, "--out", run, "--stages", "scan", *road.settings),
        "engine.max_failed_share=0.01",
    )
    assert limited.code == 1
    assert "max_failed_share" in limited.err
