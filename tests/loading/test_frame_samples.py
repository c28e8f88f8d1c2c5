import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import DataError, LeakageError, TableError
from aura.loading.frame_samples import read_samples, take_samples, take_split


def table(n_videos: int, *, n_groups: int, splits=None, n_frames: int = 3) -> pl.DataFrame:
    videos = range(n_videos)
    return pl.DataFrame(
        {
            "video_id": [f"v{i:03d}" for i in videos for _ in range(n_frames)],
            "group_id": [f"g{i % n_groups}" for i in videos for _ in range(n_frames)],
            "split": pl.Series(
                [None if splits is None else splits[i] for i in videos for _ in range(n_frames)],
                dtype=pl.String,
            ),
            "label": [i // n_groups % 2 for i in videos for _ in range(n_frames)],
            "path": [f"ai/v{i:03d}_frame_{k}.jpg" for i in videos for k in range(n_frames)],
        }
    )


def parts(samples, **how):
    shares = {"val": 0.1, "test": 0.2, "seed": 42} | how
    return {name: take_split(samples, name, **shares) for name in ("train", "val", "test")}


@settings(max_examples=15)
@given(st.integers(12, 30), st.integers(0, 1000))
def test_no_group_is_in_two_splits_and_no_frame_in_none(n_groups, seed):
    samples = table(4 * n_groups, n_groups=n_groups)
    found = parts(samples, seed=seed)
    groups = [set(part["group_id"]) for part in found.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == n_groups
    assert sum(map(len, found.values())) == len(samples)
    for part in found.values():
        assert part["label"].n_unique() == 2


def test_shares_are_about_those_asked_for():
    found = parts(table(200, n_groups=100, n_frames=1))
    assert abs(len(found["test"]) - 40) <= 4
    assert abs(len(found["val"]) - 20) <= 4


def test_the_order_of_the_table_does_not_change_the_splits():
    samples = table(60, n_groups=30)
    mixed = samples.sample(fraction=1, shuffle=True, seed=1)
    for name, part in parts(samples).items():
        assert set(part["path"]) == set(parts(mixed)[name]["path"])


def test_a_manifests_splits_are_kept_and_unused_videos_are_in_none():
    splits = ["train"] * 30 + ["test"] * 8 + ["unused"] * 2
    samples = table(40, n_groups=20, splits=splits).with_columns(group_id=pl.col("video_id"))
    found = parts(samples)
    assert set(found["test"]["split"]) == {"test"}
    assert found["test"]["video_id"].n_unique() == 8
    assert set(found["train"]["split"]) == set(found["val"]["split"]) == {"train"}
    assert sum(part["video_id"].n_unique() for part in found.values()) == 38


def test_a_manifests_validation_split_is_kept_too():
    splits = ["train"] * 10 + ["val"] * 5 + ["test"] * 5
    samples = table(20, n_groups=10, splits=splits).with_columns(group_id=pl.col("video_id"))
    assert [part["video_id"].n_unique() for part in parts(samples).values()] == [10, 5, 5]


def test_a_manifest_that_divides_a_group_is_refused():
    samples = table(8, n_groups=4, splits=["train"] * 4 + ["test"] * 4)
    with pytest.raises(LeakageError, match="4 groups lie in two splits"):
        take_split(samples, "train", val=0.1, test=0.2, seed=0)


def test_too_few_groups_are_said():
    with pytest.raises(DataError, match="no test split"):
        take_split(table(4, n_groups=2), "test", val=0.1, test=0.2, seed=0)


def test_a_split_without_a_share_is_empty_and_said():
    with pytest.raises(DataError, match="'val' holds no video"):
        take_split(table(40, n_groups=20), "val", val=0.0, test=0.2, seed=0)


def test_samples_come_from_as_many_videos_as_possible():
    few = take_samples(table(20, n_groups=10), 10, seed=0)
    assert few["label"].to_list().count(1) == 10
    assert few["video_id"].n_unique() == 20
    more = take_samples(table(20, n_groups=10), 15, seed=0)
    assert set(few["path"]) <= set(more["path"])
    assert set(few["path"]) != set(take_samples(table(20, n_groups=10), 10, seed=1)["path"])


def test_a_tree_without_an_index_is_read_by_its_names(tmp_path):
    for name in ("ai/ai_x_12345678_frame_01.jpg", "ai/ai_x_12345678_frame_02.jpg", "real/own.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ai" / ".hidden.jpg").touch()
    samples = read_samples(tmp_path)
    assert samples["video_id"].to_list() == ["ai_x_12345678", "ai_x_12345678", "own"]
    assert samples["label"].to_list() == [1, 1, 0]


def test_an_index_whose_frames_are_gone_is_refused(tmp_path):
    table(2, n_groups=1).write_parquet(tmp_path / "frames.parquet")
    with pytest.raises(DataError, match=r"6 of 6 frames are gone, first ai/v000_frame_0\.jpg"):
        read_samples(tmp_path)


def test_an_index_of_something_else_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected frames in ai/ and real/"):
        read_samples(tmp_path)
    pl.DataFrame({"a": np.arange(2)}).write_parquet(tmp_path / "frames.parquet")
    with pytest.raises(TableError, match="lacks group_id"):
        read_samples(tmp_path)
