import functools
import shutil
import sys

import pytest

from aura.datasets.demo import DemoConfig, generate_demo
from aura.demo import DATA_FOLDER, DemoResult, run_demo
from aura.progress import Silent
from aura.tables import VIDEOS

SETTINGS = (
    "split.folds=2",
    "split.test=0",
    "training.models=[logistic_regression]",
    "evaluation.n_bootstrap=100",
    "engine.workers=2",
)
SMALL = DemoConfig(
    n_groups=4,
    n_held_out=1,
    widths=(96,),
    heights=(80,),
    min_duration_s=0.6,
    max_duration_s=0.8,
)


@pytest.fixture(scope="module", autouse=True)
def few_videos():
    """Have the demonstration make a handful of videos instead of its many."""
    with pytest.MonkeyPatch.context() as patch:
        small = functools.partial(generate_demo, config=SMALL)
        patch.setattr("aura.demo.generate_demo", small)
        yield


@pytest.fixture(scope="module")
def config():
    from aura.config import load_config

    return load_config(None, SETTINGS)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, config) -> DemoResult:
    folder = tmp_path_factory.mktemp("demo") / "run"
    return run_demo(folder, config=config, progress=Silent())


def test_videos_run_and_report_lie_in_the_one_folder(finished):
    folder = finished.run.folder
    assert (folder / DATA_FOLDER / "videos.csv").is_file()
    assert (folder / "report.html").is_file()
    assert finished.run.n_failed == 0
    assert finished.run.n_videos == len(VIDEOS.read(folder / "videos.parquet"))


def test_verdicts_are_on_scenes_the_run_has_never_seen(finished):
    seen = set(VIDEOS.read(finished.run.folder / "videos.parquet")["sha256"])
    assert {video.label for video in finished.held_out} == {0, 1}
    assert [verdict.path for verdict in finished.verdicts] == [
        str(video.path) for video in finished.held_out
    ]
    for verdict in finished.verdicts:
        assert verdict.sha256 not in seen
        assert verdict.decision in ("real", "fake")
        assert verdict.reasons


def test_a_second_demonstration_changes_nothing(finished, config):
    again = run_demo(finished.run.folder, config=config, progress=Silent())
    assert {step.n_run for step in again.run.steps} == {0}
    assert again.verdicts == finished.verdicts


def test_the_command_shows_report_verdicts_and_what_to_type_next(
    finished, tmp_path, monkeypatch, capsys
):
    from aura.cli import main

    folder = shutil.copytree(finished.run.folder, tmp_path / "run")
    monkeypatch.setattr(sys, "argv", ["aura", "demo", "--out", str(folder), "-q", *SETTINGS])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert not ended.value.code
    assert printed.err == ""
    _, after = printed.out.split("open the report:\n")
    assert after.splitlines()[0].strip() == str(folder / "report.html")
    for video, verdict in zip(finished.held_out, finished.verdicts, strict=True):
        truth = "fake" if video.label else "real"
        said = (
            f"{video.path.name}: {verdict.decision} ({verdict.probability:.2f}), in truth {truth}"
        )
        assert said in printed.out
    first = (
        folder
        / DATA_FOLDER
        / finished.held_out[0].path.relative_to(finished.run.folder / DATA_FOLDER)
    )
    assert f"aura predict {first} --model {folder}\n" in printed.out
