import pytest
from tree_fvc import build_fvc, write_files

from aura.datasets import DataConfig, list_videos
from aura.errors import ConfigError, DataError


def test_a_recognised_data_set_is_named_in_the_first_note(tmp_path):
    root = build_fvc(tmp_path)
    listing = list_videos(root, DataConfig())
    assert "is read as the Fake Video Corpus; data.layout=fvc" in listing.notes[0]
    named = list_videos(root, DataConfig(layout="fvc"))
    assert named.notes == listing.notes[1:]
    assert named.videos == listing.videos


def test_a_plain_folder_gets_no_such_note(tmp_path):
    write_files(tmp_path, ["real/a.mp4", "fake/a.mp4"])
    assert list_videos(tmp_path, DataConfig()).notes == ()


def test_what_is_not_there_is_said_before_anything_else(tmp_path):
    with pytest.raises(DataError, match="there is no such folder or table"):
        list_videos(tmp_path / "gone", DataConfig())


def test_an_unknown_layout_is_a_mistake_of_the_settings(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.layout=nonsense"):
        list_videos(tmp_path, DataConfig(layout="nonsense"))


@pytest.mark.parametrize(("layout", "wants"), [("table", "a table"), ("fvc", "a folder")])
def test_a_layout_of_the_other_kind_is_explained(tmp_path, layout, wants):
    (tmp_path / "t.csv").write_text("path,label\n")
    path = tmp_path if layout == "table" else tmp_path / "t.csv"
    with pytest.raises(DataError, match=rf"data\.layout={layout} expects {wants}"):
        list_videos(path, DataConfig(layout=layout))
