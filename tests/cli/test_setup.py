import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from aura.media import encode_video
from aura.tables import LEFT_OUT, VIDEOS

N_CASCADES = 4
SETTINGS = ("split.folds=2", "split.test=0", "archives.keep_free_bytes=0", "--workers", "2")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    """Two archives of small videos of the corpus, its metadata beside them."""
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(0)
    rows = ["cascade_id,video_url,label"]
    for kind, part in (("fake", "FVC1"), ("real", "FVC2")):
        with zipfile.ZipFile(folder / f"{part}.zip", "w") as archive:
            for number in range(N_CASCADES):
                video = f"{kind}_{number:06d}"[:11].rjust(11, "v")
                frames = rng.integers(0, 255, (12, 48, 64, 3), dtype=np.uint8)
                encode_video(folder / "v.mp4", frames, fps=12)
                archive.write(folder / "v.mp4", f"{part}/title of it-{video}.mp4")
                rows.append(f"{kind[0]}{number},https://www.youtube.com/watch?v={video},{kind}")
    (folder / "v.mp4").unlink()
    rows.append("f9,https://www.youtube.com/watch?v=goneforever,fake")
    (folder / "FVC.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.mark.slow
def test_archives_become_a_manifest_and_go_again(corpus, tmp_path, aura):
    root = tmp_path / "fvc"
    command = ("data", "setup", "fvc", "--archives", corpus, "--root", root, *SETTINGS)
    ended = aura(*command)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"{root}: 2 archives, 8 files (")
    assert lines[0].endswith("8 of them written now")
    assert lines[1].startswith("  FVC1  FVC1: 4 files, 4 videos (")
    assert "  FVC3  not found" in lines
    videos = VIDEOS.read(root / "videos.parquet")
    assert sorted(videos["label"]) == [0] * N_CASCADES + [1] * N_CASCADES
    assert videos["group_id"].n_unique() == 2 * N_CASCADES
    assert "goneforever" in " ".join(LEFT_OUT.read(root / "videos.left_out.parquet")["what"])
    again = aura(*command, "--metadata", corpus, "--json")
    record = json.loads(again.out)
    assert (record["setup"]["n_written"], record["setup"]["problems"]) == (0, [])
    assert record["setup"]["missing_subsets"] == ["FVC3"]
    assert record["manifest"]["n_videos"] == 2 * N_CASCADES
    assert VIDEOS.read(root / "videos.parquet").equals(videos)
    removed = aura("data", "teardown", "fvc", "--root", root, "--yes", "--json")
    assert removed.code == 0
    assert json.loads(removed.out)["n_removed"] >= 10
    assert not root.exists()
    assert len(list(corpus.glob("*.zip"))) == 2


def test_what_failed_is_listed_with_exit_code_1(corpus, tmp_path, aura):
    (tmp_path / "FVC3.zip").write_bytes(b"<html>quota exceeded</html>")
    (tmp_path / "FVC1.zip").write_bytes((corpus / "FVC1.zip").read_bytes())
    command = ("data", "setup", "fvc", "--archives", tmp_path, "--root", tmp_path / "fvc")
    ended = aura(*command, "--no-scan", "archives.keep_free_bytes=0")
    assert ended.code == 1
    assert f"failed: {tmp_path / 'FVC3.zip'}: is not an archive: it holds a web page" in ended.err
    assert "4 of them written now" in ended.out
    assert not (tmp_path / "fvc/videos.parquet").exists()


def test_a_limit_is_raised_by_the_setting_the_message_names(corpus, tmp_path, aura):
    command = ("data", "setup", "fvc", "--archives", corpus, "--root", tmp_path / "fvc")
    ended = aura(*command, "--no-scan", "archives.max_files=4")
    assert ended.code == 1
    assert "raise archives.max_files" in ended.err
    assert aura(*command, "--no-scan", "archives.max_files=8").code == 0


def test_without_metadata_the_tree_stands_and_the_manifest_fails(corpus, tmp_path, aura):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/FVC1.zip").write_bytes((corpus / "FVC1.zip").read_bytes())
    root = tmp_path / "out" / "fvc"
    command = ("data", "setup", "fvc", "--archives", tmp_path / "in", "--root", root, *SETTINGS)
    ended = aura(*command, "--json")
    assert ended.code == 1
    assert "FVC.csv" in ended.err
    assert json.loads(ended.out)["manifest"] is None
    assert len(list((root / "FVC1").iterdir())) == N_CASCADES


def test_metadata_is_taken_from_where_it_is(corpus, tmp_path, aura):
    from aura.cli.setup import _with_metadata
    from aura.config import Config

    def found(metadata=None, *, config=None, archives=corpus):
        config = config or Config()
        return _with_metadata(config, metadata, root=root, archives=archives).data.metadata

    root = tmp_path / "root"
    root.mkdir()
    given = Config.model_validate({"data": {"metadata": "elsewhere"}})
    assert found() == found(archives=corpus / "FVC1.zip") == str(corpus)
    assert found(config=given) == "elsewhere"
    assert found(tmp_path) == found(tmp_path, config=given) == str(tmp_path)
    assert found(archives=tmp_path) is None
    (root / "FVC.csv").write_text("cascade_id,video_url,label\n")
    assert found() is None  # the tree has its own
    ended = aura("data", "setup", "fvc", "--archives", corpus, "--root", root, "--metadata", "no")
    assert (ended.code, list(root.iterdir())) == (2, [root / "FVC.csv"])


def test_a_manifest_of_the_users_is_kept(corpus, tmp_path, aura):
    root = tmp_path / "fvc"
    root.mkdir()
    (root / "videos.parquet").write_bytes(b"mine")
    ended = aura("data", "setup", "fvc", "--archives", corpus, "--root", root, *SETTINGS)
    assert ended.code == 1
    assert "failed: videos.parquet was there before set-up, and is kept" in ended.err
    assert (root / "videos.parquet").read_bytes() == b"mine"


class Answers:
    """A terminal with somebody in front of it."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return f"{self._answer}\n"


def test_tear_down_asks_first(corpus, tmp_path, aura, monkeypatch):
    root = tmp_path / "fvc"
    command = ("data", "teardown", "fvc", "--root", root)
    setup = ("data", "setup", "fvc", "--archives", corpus, "--root", root, "--no-scan")
    assert aura(*setup, "archives.keep_free_bytes=0").code == 0
    unattended = aura(*command)
    assert unattended.code == 2
    assert "8 files (" in unattended.err
    assert "give --yes" in unattended.err
    monkeypatch.setattr(sys, "stdin", Answers("n"))
    refused = aura(*command)
    assert (refused.code, refused.out) == (1, "")
    assert "nothing is removed" in refused.err
    assert len(list(root.rglob("*.mp4"))) == 8
    monkeypatch.setattr(sys, "stdin", Answers("y"))
    done = aura(*command)
    assert done.code == 0
    assert done.out.startswith(f"{root}: 8 files removed (")
    assert not root.exists()


@pytest.mark.parametrize(
    ("arguments", "part", "code"),
    [
        (("setup", "fvc", "--archives", "absent", "--root", "r"), "absent: does not exist", 2),
        (("setup", "fvc", "--root", "r"), "--archives", 2),
        (("setup", "fvc", "--archives", ".", "--root", "r"), "holds no archive", 1),
        (("teardown", "fvc", "--root", "r", "--yes"), "nothing to take down", 1),
        (("teardown", "fvc", "--root", "r"), "nothing to take down", 1),
    ],
)
def test_what_cannot_be_says_so_and_leaves_nothing(
    arguments, part, code, tmp_path, aura, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ended = aura("data", *arguments)
    assert ended.code == code
    assert part in ended.err
    assert list(tmp_path.iterdir()) == []
