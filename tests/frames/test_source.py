import polars as pl
import pytest

from aura.datasets import DataConfig
from aura.errors import DataError, UsageError
from aura.frames import list_source


def test_a_folder_gives_labels_and_no_group_over_strangers(made_videos):
    videos = list_source(made_videos, DataConfig()).videos
    assert videos["label"].to_list().count(0) == 3 == videos["label"].to_list().count(1)
    assert videos["split"].null_count() == len(videos)
    assert videos["video_id"].n_unique() == 6


def test_a_folder_without_labels_is_refused_with_the_way_out(tmp_path, write_video):
    write_video(tmp_path / "plain" / "one.mp4")
    with pytest.raises(DataError, match="--label none"):
        list_source(tmp_path / "plain", DataConfig())


@pytest.mark.parametrize(("word", "label"), [("real", 0), ("fake", 1), ("none", None)])
def test_a_folder_without_labels_takes_the_one_given(word, label, tmp_path, write_video):
    write_video(tmp_path / "plain" / "deep" / "one.mp4")
    source = list_source(tmp_path / "plain", DataConfig(), label=word)
    assert source.videos["label"].to_list() == [label]


def test_a_label_is_one_of_three_and_for_folders(made_videos, tmp_path):
    with pytest.raises(UsageError, match="real, fake, none"):
        list_source(made_videos, DataConfig(), label="ai")
    (tmp_path / "t.csv").write_text("path,label\n")
    with pytest.raises(DataError, match="column label"):
        list_source(tmp_path / "t.csv", DataConfig(), label="real")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no videos in this folder"):
        list_source(tmp_path / "empty", DataConfig(), label="real")


def test_a_manifest_keeps_its_groups_splits_and_labels(made_videos, tmp_path):
    files = sorted(made_videos.rglob("*.mp4"))
    pl.DataFrame(
        {
            "video_id": [f"v{i}" for i in range(6)],
            "path": [str(path) for path in files],
            "label": [1 if "fake" in path.parts else 0 for path in files],
            "group_id": ["g0", "g1", "g1", "g2", "g3", "g3"],
            "declared_group": [None, "x", "y", None, None, None],
            "split": ["train"] * 4 + ["test"] * 2,
            "fold": [0, 0, 1, 1, None, None],
            "sha256": [f"{i:064d}" for i in range(6)],
        }
    ).write_parquet(tmp_path / "videos.parquet")
    videos = list_source(tmp_path / "videos.parquet", DataConfig()).videos.sort("video_id")
    assert videos["group_id"].to_list() == ["g0", "g1", "g1", "g2", "g3", "g3"]
    assert videos["split"].to_list() == ["train"] * 4 + ["test"] * 2


def test_a_table_joins_what_shares_a_group(made_videos, tmp_path):
    files = sorted(made_videos.rglob("*.mp4"))
    rows = [
        f"{path},{int('fake' in path.parts)},{'scene' if i in (0, 5) else ''}"
        for i, path in enumerate(files)
    ]
    (tmp_path / "t.csv").write_text("path,label,group_id\n" + "\n".join(rows) + "\n")
    videos = list_source(tmp_path / "t.csv", DataConfig()).videos
    groups = dict(zip(videos["path"], videos["group_id"], strict=True))
    assert groups[str(files[0])] == groups[str(files[5])]
    assert len(set(groups.values())) == 5


def test_a_dfd_tree_gives_labels_from_folders_and_groups_from_scenes(tmp_path):
    root = tmp_path / "dfd"
    names = (
        "DFD_original_sequences/01__exit_phone_room.mp4",
        "DFD_original_sequences/02__exit_phone_room.mp4",
        "DFD_manipulated_sequences/01_02__exit_phone_room__YVGY8LOK.mp4",
        "DFD_manipulated_sequences/03_04__exit_phone_room__ABCDEFGH.mp4",
    )
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    videos = list_source(root, DataConfig()).videos
    rows = {path.rpartition("/")[2][:5]: n for n, path in enumerate(videos["path"])}
    group, label, spread = (videos[c].to_list() for c in ("group_id", "label", "spread_by"))
    assert [label[rows[name]] for name in ("01__e", "02__e", "01_02", "03_04")] == [0, 0, 1, 1]
    assert group[rows["01__e"]] == group[rows["01_02"]] != group[rows["02__e"]]
    assert len(set(spread)) == 4
