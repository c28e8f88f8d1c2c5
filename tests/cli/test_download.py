import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from aura.acquire.availability import AVAILABILITY
from aura.media import encode_video

pytest.importorskip("kagglesdk")
pytest.importorskip("yt_dlp")

SERVERS = Path(__file__).parents[1] / "acquire"
QUICK = (
    "download.kaggle.first_wait_s=0",
    "download.kaggle.attempts=2",
    "download.kaggle.reserve_bytes=0",
)
POLITE_ENOUGH = (
    "download.corpus.extractors=[generic]",
    "download.corpus.pause_s=0",
    "download.corpus.request_pause_s=0",
    "download.corpus.retries=0",
    "download.corpus.reserve_bytes=0",
)


@pytest.fixture(autouse=True)
def servers(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SERVERS))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))


@pytest.fixture
def kaggle(monkeypatch):
    from kaggle_server import TOKEN, KaggleServer

    names = [f"DFD_original sequences/0{n}__exit.mp4" for n in (1, 2, 3)]
    names += [f"DFD_manipulated_sequences/01_02__exit__{x * 8}.mp4" for x in "ABC"]
    files = {name: random.Random(name).randbytes(5000) for name in names}
    with KaggleServer(files) as server:
        for name, value in {**server.environ, "KAGGLE_API_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def site(tmp_path):
    """A site of videos and the folder of an index that leads to it."""
    from video_server import VideoServer

    frames = np.random.default_rng(0).integers(0, 255, (10, 64, 64, 3), dtype=np.uint8)
    encode_video(tmp_path / "one.mp4", frames, fps=10)
    with VideoServer((tmp_path / "one.mp4").read_bytes()) as server:
        yield server


def _index(folder: Path, site, paths, label="fake") -> Path:
    folder.mkdir(exist_ok=True)
    lines = ["platform,video_id,label,url"]
    lines += [f"youtube,{Path(path).stem},{label},{site.url(path)}" for path in paths]
    (folder / "video_index_input.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_dfd_arrives_and_the_next_step_is_named(aura, kaggle, tmp_path):
    ended = aura("data", "download", "dfd", "--root", tmp_path / "dfd", *QUICK)
    assert ended.code == 0, ended.err
    assert "6 fetched" in ended.out
    assert "aura data scan" in ended.out
    assert len(list((tmp_path / "dfd").rglob("*.mp4"))) == 6
    again = aura("data", "download", "dfd", "--root", tmp_path / "dfd", *QUICK)
    assert "6 were there, 0 fetched" in again.out


def test_a_part_of_dfd_as_json(aura, kaggle, tmp_path):
    ended = aura(
        "data", "download", "dfd", "--root", tmp_path / "d", "--max-videos", 2, "--json", *QUICK
    )
    report = json.loads(ended.out)
    assert (report["n_wanted"], report["n_fetched"], report["failures"]) == (4, 4, [])


def test_files_that_cannot_be_had_end_with_one(aura, kaggle, tmp_path):
    from kaggle_server import Status

    kaggle.fail(sorted(kaggle.files)[0], Status(404, "Not found"))
    ended = aura(
        *("data", "download", "dfd", "--root", tmp_path / "dfd"),
        *(*QUICK, "download.kaggle.transfer=files"),
    )
    assert ended.code == 1
    assert "failed: DFD_manipulated" in ended.err
    assert "1 failed" in ended.out


def test_missing_credentials_end_with_two_and_the_steps(aura, kaggle, tmp_path, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    ended = aura("data", "download", "dfd", "--root", tmp_path / "dfd")
    assert ended.code == 2
    assert "kaggle.com/settings" in ended.err
    assert not kaggle.seen


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_readable_key_ends_with_two_and_the_cure(aura, kaggle, tmp_path, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    key = tmp_path / "home" / ".kaggle" / "kaggle.json"
    key.parent.mkdir(parents=True)
    key.write_text('{"username": "ada", "key": "0123456789abcdef"}')
    key.chmod(0o644)
    ended = aura("data", "download", "dfd", "--root", tmp_path / "dfd", *QUICK)
    assert ended.code == 2
    assert f"chmod 600 '{key}'" in ended.err
    key.chmod(0o600)
    assert aura("data", "download", "dfd", "--root", tmp_path / "dfd", *QUICK).code == 0


@pytest.mark.parametrize(
    ("dataset", "library", "border"),
    [("dfd", "kagglesdk", "kaggle_client"), ("fvc", "yt_dlp", "video_fetch")],
)
def test_a_missing_extra_is_one_line(aura, tmp_path, monkeypatch, site, dataset, library, border):
    for name in [n for n in sys.modules if n.partition(".")[0] == library]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"aura.acquire.{border}", raising=False)
    monkeypatch.setenv("KAGGLE_API_TOKEN", "t")
    _index(tmp_path / "root", site, ["alive/a.mp4"])
    ended = aura("data", "download", dataset, "--root", tmp_path / "root")
    assert ended.code == 2
    assert "pip install 'aura-forensics[download]'" in ended.err


def test_fvc_arrives_with_its_report(aura, site, tmp_path):
    root = _index(tmp_path / "fvc", site, ["alive/a.mp4", "404/b.mp4", "451/c.mp4", "page/d"])
    ended = aura("data", "download", "fvc", "--root", root, *POLITE_ENOUGH)
    assert ended.code == 0, ended.err
    assert (root / "youtube" / "a.mp4").is_file()
    counts = dict(line.split()[:2] for line in ended.out.splitlines() if line[:2] != "  ")
    assert {k: counts[k] for k in ("downloaded", "dead", "geo-blocked", "no-video")} == {
        "downloaded": "1",
        "dead": "1",
        "geo-blocked": "1",
        "no-video": "1",
    }


def test_a_check_of_fvc_as_json(aura, site, tmp_path):
    index = _index(tmp_path / "index", site, ["alive/a.mp4", "404/b.mp4"])
    ended = aura(
        *("data", "download", "fvc", "--root", tmp_path / "fvc", "--metadata", index),
        *("--check-only", "--json", *POLITE_ENOUGH),
    )
    report = json.loads(ended.out)
    assert report["states"] == {"alive": 1, "dead": 1}
    assert not (tmp_path / "fvc" / "youtube").exists()


def test_the_dead_are_asked_again_by_an_option(aura, site, tmp_path):
    root = _index(tmp_path / "fvc", site, ["404/b.mp4"])
    for option in ((), ("--retry-dead",), ()):
        assert aura("data", "download", "fvc", "--root", root, *option, *POLITE_ENOUGH).code == 0
    assert len(site.asked) == 2


def test_a_platform_that_refuses_ends_with_one(aura, site, tmp_path):
    root = _index(tmp_path / "fvc", site, [f"429/{n}.mp4" for n in range(9)])
    ended = aura("data", "download", "fvc", "--root", root, *POLITE_ENOUGH)
    assert ended.code == 1
    assert "youtube was left alone" in ended.out


def test_labels_that_training_ignores_are_not_fetched(aura, site, tmp_path):
    root = _index(tmp_path / "fvc", site, ["alive/a.mp4"], label="parody")
    ended = aura("data", "download", "fvc", "--root", root, *POLITE_ENOUGH)
    assert "rows labelled 1 parody" in ended.out
    assert not site.asked
    aura("data", "download", "fvc", "--root", root, "download.corpus.labels=[]", *POLITE_ENOUGH)
    assert (root / "youtube" / "a.mp4").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal")
def test_ctrl_c_keeps_what_there_is(site, tmp_path):
    root = _index(tmp_path / "fvc", site, ["alive/a.mp4", "alive/b.mp4", "silent/c.mp4"])
    command = [sys.executable, "-m", "aura", "data", "download", "fvc", "--root", str(root)]
    run = subprocess.Popen(
        [*command, *POLITE_ENOUGH], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not any(path == "silent/c.mp4" for path, _ in site.asked):
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    rows = AVAILABILITY.rows(AVAILABILITY.read(root / "availability.parquet"))
    there = {row.video_id for row in rows if row.state == "downloaded"}
    assert there == {path.stem for path in (root / "youtube").glob("*.mp4")}
