import shutil
from pathlib import Path

import pytest

from aura.tables import FAILURES, VIDEOS


@pytest.fixture
def manifest(road, tmp_path) -> Path:
    """A manifest of 24 videos in 6 groups, to be changed at will."""
    return Path(shutil.copy(road.folder / "videos.parquet", tmp_path / "videos.parquet"))


def places(path: Path) -> dict[str, tuple[int | None, str]]:
    rows = VIDEOS.read(path).select("video_id", "fold", "split").iter_rows()
    return {video_id: (fold, split) for video_id, fold, split in rows}


def test_scan_writes_a_manifest_and_lists_what_failed(small_data, tmp_path, no_video, aura):
    root = tmp_path / "data"
    for kind in ("real", "fake"):
        shutil.copytree(small_data.parent / kind, root / kind)
    no_video.rename(root / "fake" / "text.mp4")
    out = tmp_path / "made" / "videos.parquet"
    ended = aura("data", "scan", root, "--out", out, "split.folds=2", "split.test=0.34")
    assert ended.code == 0
    assert ended.out.startswith(f"{out}: 24 videos in ")
    assert "\n1 failed (see " in ended.out
    assert f"failed: {root / 'fake' / 'text.mp4'}: " in ended.err
    videos = VIDEOS.read(out)
    assert len(videos) == 24
    assert set(videos["label"]) == {0, 1}
    assert videos["width"].unique().to_list() == [96]
    failures = FAILURES.read(out.with_suffix(".failures.parquet"))
    assert failures["path"].to_list() == [str(root / "fake" / "text.mp4")]
    again = aura("data", "scan", root, "--out", out, "split.folds=2", "split.test=0.34", "-q")
    assert again.out == ended.out
    assert VIDEOS.read(out).equals(videos)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (
            ["--dataset", "fly", "--out", "x.parquet"],
            "data.layout=fly: there is no such layout; the layouts are auto",
        ),
        (["--out", "x.txt"], "--out x.txt: a table ends in .parquet, .arrow, .csv"),
        (["--out", "x.parquet", "split.fold=3"], "did you mean split.folds?"),
    ],
)
def test_a_wrong_scan_is_2_before_any_work(options, part, small_data, tmp_path, aura, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = aura("data", "scan", small_data, *options)
    assert ended.code == 2
    assert part in ended.err
    assert list(tmp_path.iterdir()) == []


def test_scan_of_nothing_says_what_was_expected(tmp_path, aura):
    ended = aura("data", "scan", tmp_path, "--out", tmp_path / "videos.parquet")
    assert ended.code == 1
    assert "expected the folders real/ and fake/" in ended.err


def test_split_then_audit_finds_nothing(manifest, aura):
    before = places(manifest)
    ended = aura("data", "split", manifest, "--folds", 3, "--test", 0.17, "--seed", 7)
    assert ended.code == 0
    after = places(manifest)
    assert after != before
    assert {fold for fold, _ in after.values()} == {0, 1, 2, None}
    assert "test split" in ended.out
    audit = aura("data", "audit", manifest)
    assert audit.code == 0
    assert audit.out.splitlines()[-1].startswith("Nothing leaks")
    assert "24 videos in 6 groups" in audit.out


def test_the_same_seed_splits_alike_and_another_does_not(manifest, aura):
    found = []
    for seed in (1, 1, 2):
        assert aura("data", "split", manifest, "--folds", 2, "--seed", seed).code == 0
        found.append(places(manifest))
    assert found[0] == found[1] != found[2]


def test_too_many_folds_are_1_and_the_manifest_stays(manifest, aura):
    before = manifest.read_bytes()
    ended = aura("data", "split", manifest, "--folds", 9)
    assert ended.code == 1
    assert "split.folds=" in ended.err
    assert manifest.read_bytes() == before


@pytest.mark.parametrize("test", ["1.5", "-0.1"])
def test_a_share_that_cannot_be_is_2(test, manifest, aura):
    assert aura("data", "split", manifest, f"--test={test}").code == 2


@pytest.mark.parametrize("command", ["audit", "split"])
def test_what_is_no_manifest_is_said(command, tmp_path, aura, small_data):
    absent = aura("data", command, tmp_path / "videos.parquet")
    assert absent.code == 1
    assert "videos.parquet: cannot be read as a table" in absent.err
    other = aura("data", command, small_data)
    assert other.code == 1
    assert "a Video table needs the columns" in other.err


def test_a_run_keeps_the_folds_of_a_manifest(manifest, tmp_path, aura):
    aura("data", "split", manifest, "--folds", 3, "--test", 0.17, "--seed", 3)
    given = places(manifest)
    run = tmp_path / "run"
    arguments = ["run", "--data", manifest, "--out", run, "--stages", "scan"]
    assert aura(*arguments, "split.scheme=given", "--workers", 1).code == 0
    assert places(run / "videos.parquet") == given
    again = [*arguments[:2], run / "videos.parquet", "--out", tmp_path / "second", *arguments[5:]]
    assert aura(*again, "split.scheme=given", "--workers", 1).code == 0
    assert places(tmp_path / "second" / "videos.parquet") == given
