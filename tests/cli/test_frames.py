import json
import shutil

import cv2
import numpy as np
import polars as pl
import pytest

from aura.media import encode_video


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A folder of one real and two fake videos of ten frames."""
    root = tmp_path_factory.mktemp("clips") / "set"
    for seed, name in enumerate(("real/a.mp4", "fake/a.mp4", "fake/b.mp4")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (64, 48))
        encode_video(root / name, [np.roll(picture, 5 * i, axis=1) for i in range(10)], fps=10)
    return root


def frames_of(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.glob("*/*.jpg"))


def test_a_folder_becomes_a_tree_of_frames(clips, tmp_path, aura):
    out = tmp_path / "data"
    ended = aura("frames", clips, "--out", out, "--workers", 1)
    assert ended.code == 0
    assert ended.out.startswith(f"{out}: 9 frames of 3 videos, ")
    assert "ai               6 frames of 2 videos" in ended.out
    assert len(frames_of(out)) == 9
    again = aura("frames", clips, "--out", out, "--workers", 1)
    assert "done now: 0 videos" in again.out
    assert "3 were up to date" in again.out


def test_options_reach_the_frames(clips, tmp_path, aura):
    out = tmp_path / "data"
    options = ("--fps", 5, "--quality", 50, "--max-side", 32, "--max-videos", 1, "--workers", 1)
    ended = aura("frames", clips, "--out", out, "--json", "-q", *options)
    report = json.loads(ended.out)
    assert report["settings"] == {"per_video": 3, "fps": 5.0, "quality": 50, "max_side_px": 32}
    assert (report["n_videos"], report["n_frames"]) == (2, 10)
    assert report["resolutions"] == {"32x24": 10}
    report = json.loads(
        aura("frames", clips, "--out", out, "--json", "-q", "frames.per_video=1").out
    )
    assert report["n_frames"] == 3


def test_a_folder_of_unlabelled_videos_needs_a_word(clips, tmp_path, aura):
    shutil.copytree(clips / "fake", tmp_path / "plain")
    ended = aura("frames", tmp_path / "plain", "--out", tmp_path / "data")
    assert ended.code == 1
    assert "--label none" in ended.err
    ended = aura("frames", tmp_path / "plain", "--out", tmp_path / "data", "--label", "none")
    assert ended.code == 0
    assert all(name.startswith("unlabelled/unlabelled_") for name in frames_of(tmp_path / "data"))


def test_a_manifest_is_taken_with_its_groups(few, tmp_path, aura):
    out = tmp_path / "data"
    assert aura("frames", few, "--out", out, "--per-video", 1, "--workers", 1).code == 0
    index, manifest = pl.read_parquet(out / "frames.parquet"), pl.read_parquet(few)
    for column in ("video_id", "group_id", "label", "split"):
        assert index[column].to_list() == manifest[column].to_list()


def test_verification_ends_with_1_on_damage(clips, tmp_path, aura):
    out = tmp_path / "data"
    aura("frames", clips, "--out", out, "--workers", 1)
    ended = aura("frames", "--out", out, "--verify-only")
    assert ended.code == 0
    assert "9 of 9 frames read, of 3 videos" in ended.out
    assert ended.out.endswith("no damage\n")
    (out / frames_of(out)[0]).unlink()
    ended = aura("frames", clips, "--out", out, "--verify-only", "--json", "-q")
    assert ended.code == 1
    assert [found["kind"] for found in json.loads(ended.out)["damage"]] == ["missing"]
    ended = aura("frames", "--out", out, "--verify-only")
    assert ended.code == 1
    assert "damage: ai/" in ended.out


def test_too_many_failures_are_1_and_the_rest_is_there(clips, no_video, tmp_path, aura):
    root = tmp_path / "set"
    shutil.copytree(clips, root)
    shutil.copy(no_video, root / "fake" / "b.mp4")
    out = tmp_path / "data"
    ended = aura("frames", root, "--out", out, "--workers", 1)
    assert ended.code == 1
    assert "failed: " in ended.err
    assert "engine.max_failed_share" in ended.err
    assert len(frames_of(out)) == 6
    share = "engine.max_failed_share=0.5"
    assert aura("frames", root, share, "--out", out, "--workers", 1).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--per-video", 3, "--fps", 5), "exclude each other"),
        ((), "aura frames ROOT --out DIR"),
        (("--quality", 101), "frames.quality"),
        (("--label", "ai"), "real, fake, none"),
    ],
)
def test_wrong_usage_is_2(arguments, said, clips, tmp_path, aura):
    root = () if said.startswith("aura") else (clips,)
    ended = aura("frames", *root, "--out", tmp_path / "data", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_help_shows_how(aura):
    ended = aura("frames", "--help")
    assert ended.code == 0
    assert "Example: aura frames videos/ --out data" in ended.out
