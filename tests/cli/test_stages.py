import shutil
from pathlib import Path

import polars as pl
import pytest

from aura.features import FeatureConfig, feature_names
from aura.media import probe
from aura.tables import FAILURES, VIDEOS, read_frame


@pytest.fixture
def spoiled(few, no_video) -> Path:
    """A manifest whose second video is none any more."""
    is_second = pl.int_range(pl.len()) == 1
    path = pl.when(is_second).then(pl.lit(str(no_video))).otherwise("path")
    VIDEOS.write(VIDEOS.read(few).with_columns(path=path), few)
    return few


def test_augment_writes_versions_and_their_table(few, tmp_path, aura):
    out = tmp_path / "augmented"
    ended = aura("augment", few, "--out", out, "augment.n_versions=2", "--workers", 1)
    assert ended.code == 0
    assert ended.out == f"{out / 'augment_metadata.parquet'}: 4 rows\n"
    table = read_frame(out / "augment_metadata.parquet")
    ids = VIDEOS.read(few)["video_id"].to_list()
    assert table["parent_id"].to_list() == [ids[0], ids[0], ids[1], ids[1]]
    for row in table.iter_rows(named=True):
        info = probe(out / row["file"])
        assert (info.n_frames, info.has_audio) == (row["n_frames"], row["has_audio"])


def test_features_gives_a_row_a_video_and_a_column_a_feature(few, tmp_path, aura):
    out = tmp_path / "features"
    ended = aura("features", few, "--out", out, "features.groups=[codec,noise]", "--workers", 1)
    assert ended.code == 0
    table = read_frame(out / "features_metadata.parquet")
    assert table["video_id"].to_list() == VIDEOS.read(few)["video_id"].to_list()
    names = feature_names(FeatureConfig(groups=("codec", "noise")))
    assert table.columns == ["video_id", *names]


def test_scale_writes_small_videos(few, tmp_path, aura):
    out = tmp_path / "scaled"
    ended = aura("scale", few, "--out", out, "scale.max_side_px=48", "--workers", 1)
    assert ended.code == 0
    videos = VIDEOS.read(few)
    for row in read_frame(out / "scale_metadata.parquet").iter_rows(named=True):
        info = probe(out / row["file"])
        assert (info.width, info.height) == (48, 40) == (row["width"], row["height"])
        frames = videos.filter(pl.col("video_id") == row["video_id"])["n_frames"][0]
        assert info.n_frames == row["n_frames"] == frames


@pytest.mark.parametrize("command", ["augment", "features", "scale"])
def test_a_failed_video_is_1_and_said_and_the_others_are_done(
    command, spoiled, no_video, tmp_path, aura
):
    out = tmp_path / "out"
    ended = aura(command, spoiled, "--out", out, "--workers", 1)
    assert ended.code == 1
    assert f"failed: {no_video}: " in ended.err
    assert ended.out == f"{out / f'{command}_metadata.parquet'}: 1 rows\n"
    failures = FAILURES.read(out / "failures.parquet")
    assert failures["path"].to_list() == [str(no_video)]
    assert failures["stage"].to_list() == [command]
    again = aura(command, spoiled, "--out", out, "--workers", 1)
    assert (again.code, again.out) == (1, ended.out)


def test_a_second_time_nothing_is_done_and_the_table_stays(few, tmp_path, aura):
    out = tmp_path / "scaled"
    first = aura("scale", few, "--out", out, "--workers", 1)
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.mp4")}
    again = aura("scale", few, "--out", out, "--workers", 1)
    assert again.out == first.out
    assert {path: path.stat().st_mtime_ns for path in out.glob("*.mp4")} == before


def test_a_video_changed_since_the_manifest_is_done_again(few, one_frame, tmp_path, aura):
    videos = VIDEOS.read(few)
    copy = Path(shutil.copy(videos["path"][0], tmp_path / "copy.mp4"))
    VIDEOS.write(videos.head(1).with_columns(path=pl.lit(str(copy))), few)
    out = tmp_path / "scaled"
    aura("scale", few, "--out", out, "--workers", 1)
    shutil.copy(one_frame, copy)
    aura("scale", few, "--out", out, "--workers", 1)
    assert read_frame(out / "scale_metadata.parquet")["n_frames"].to_list() == [1]


@pytest.mark.parametrize("command", ["augment", "features", "scale"])
def test_an_absent_manifest_is_said(command, tmp_path, aura):
    ended = aura(command, tmp_path / "videos.parquet", "--out", tmp_path / "out")
    assert ended.code == 1
    assert "videos.parquet: cannot be read as a table" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_setting_out_of_range_is_2(few, tmp_path, aura):
    ended = aura("scale", few, "--out", tmp_path / "out", "scale.max_side_px=5")
    assert ended.code == 2
    assert "scale.max_side_px" in ended.err
