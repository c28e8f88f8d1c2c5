import csv
import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from aura.datasets import DataConfig, list_table
from aura.inference import Detector

AWKWARD = 'a, "quoted"\nname ü.mp4'


@pytest.fixture
def clip(road) -> Path:
    """A video of a scene the run has never seen."""
    return list_table(road.held_out, DataConfig()).videos[0].path


def test_a_verdict_is_printed_with_its_score_and_reasons(road, clip, aura):
    ended = aura("predict", clip, "--model", road.folder)
    verdict = Detector.load(road.folder).predict(clip)
    assert ended.code == 0
    first, *rest = ended.out.splitlines()
    assert first == (
        f"{clip}: {verdict.decision}, probability of fake {verdict.probability:.3f} "
        f"({verdict.model})"
    )
    assert [line.removeprefix("  - ") for line in rest if line.startswith("  - ")] == list(
        verdict.reasons
    )


def test_json_holds_the_verdict(road, clip, aura):
    ended = aura("predict", clip, "--model", road.folder, "--json")
    verdict = Detector.load(road.folder).predict(clip)
    assert json.loads(ended.out) == json.loads(verdict.to_json())
    assert ended.err == ""


def test_a_folder_gives_one_line_a_video_at_any_depth(road, clip, tmp_path, aura):
    for name in ("b.mp4", "deep/er/a.MP4", "deep/.hidden.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, tmp_path / "in" / name)
    ended = aura("predict", tmp_path / "in", "--model", road.folder, "--json", "-q")
    assert ended.code == 0
    verdicts = [json.loads(line) for line in ended.out.splitlines()]
    found = [str(Path(v["path"]).relative_to(tmp_path / "in")) for v in verdicts]
    assert found == ["b.mp4", "deep/er/a.MP4"]
    assert len({v["probability"] for v in verdicts}) == 1
    assert ended.err == ""


def test_csv_survives_commas_quotes_and_line_breaks_in_names(road, clip, tmp_path, aura):
    shutil.copy(clip, tmp_path / AWKWARD)
    ended = aura("predict", tmp_path / AWKWARD, clip, "--model", road.folder, "--csv")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [row["path"] for row in rows] == [str(tmp_path / AWKWARD), str(clip)]
    expected = Detector.load(road.folder).predict(clip)
    for row in rows:
        assert float(row["probability"]) == expected.probability
        assert row["decision"] == expected.decision
        assert row["model"] == expected.model


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes are allowed on Linux")
def test_a_name_that_is_not_utf_8_comes_back_whole_from_json(road, clip, tmp_path, aura):
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    shutil.copy(clip, odd)
    ended = aura("predict", odd, "--model", road.folder, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["path"] == str(odd)


def test_what_is_no_video_is_one_line_and_1_and_the_others_are_judged(road, clip, no_video, aura):
    gone = no_video.with_name("gone.mp4")
    ended = aura("predict", no_video, gone, clip, "--model", road.folder, "--json", "-q")
    assert ended.code == 1
    lines = ended.err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error: ")
    assert "text.mp4" in lines[0]
    assert "gone.mp4" in lines[1]
    bad, missing, judged = map(json.loads, ended.out.splitlines())
    assert "not a video" in bad["error"]
    assert "does not exist" in missing["error"]
    assert judged["path"] == str(clip)


def test_a_file_that_fails_has_its_row_in_the_csv(road, clip, no_video, aura):
    ended = aura("predict", no_video, clip, "--model", road.folder, "--csv")
    assert ended.code == 1
    bad, judged = csv.DictReader(io.StringIO(ended.out))
    assert (bad["path"], bad["decision"], bad["probability"]) == (str(no_video), "error", "")
    assert "not a video" in bad["error"]
    assert judged["error"] == ""


def test_insufficient_evidence_is_an_answer_and_no_failure(road, one_frame, aura):
    ended = aura("predict", one_frame, "--model", road.folder)
    assert ended.code == 0
    assert f"{one_frame}: insufficient-evidence (" in ended.out
    assert "usable frames" in ended.out
    row = aura("predict", one_frame, "--model", road.folder, "--csv").out.splitlines()[1]
    assert row.split(",")[1:3] == ["insufficient-evidence", ""]
    record = json.loads(aura("predict", one_frame, "--model", road.folder, "--json").out)
    assert record["probability"] is None


def test_a_longer_video_is_given_a_timeline(road, tmp_path, aura):
    import numpy as np

    from aura.media import encode_video

    path = tmp_path / "long.mp4"
    grain = np.random.default_rng(0).integers(0, 255, (125, 80, 96, 3), dtype=np.uint8)
    encode_video(path, grain, fps=25)
    out = aura("predict", path, "--model", road.folder).out
    assert "  timeline:\n" in out
    assert "0.0 to    2.5 s" in out


def test_one_model_of_a_run_can_be_asked(road, clip, aura):
    folder = road.folder / "training" / "naive_cnn"
    assert aura("predict", clip, "--model", folder).out.splitlines()[0].endswith("(naive_cnn)")


@pytest.mark.parametrize("options", [["--model", "nowhere"], ["--model", "nowhere", "--json"]])
def test_a_missing_model_is_2(options, clip, aura):
    ended = aura("predict", clip, *options)
    assert ended.code == 2
    assert "nowhere: expected the folder of a run" in ended.err


def test_an_empty_folder_is_2(road, tmp_path, aura):
    ended = aura("predict", tmp_path, "--model", road.folder)
    assert ended.code == 2
    assert "no videos in this folder" in ended.err


def test_json_and_csv_exclude_each_other(road, clip, aura):
    ended = aura("predict", clip, "--model", road.folder, "--json", "--csv")
    assert (ended.code, ended.out) == (2, "")
