import os
from pathlib import Path

import pytest

from aura.datasets import DataConfig, list_folder, list_videos
from aura.errors import DataError

CONFIG = DataConfig()


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def test_labels_come_from_the_folders_whatever_their_case(tmp_path):
    make(tmp_path, "Real/a.mp4", "FAKE/deep/b.MKV")
    listing = list_folder(tmp_path, CONFIG)
    assert [(v.path.name, v.label) for v in listing.videos] == [("b.MKV", 1), ("a.mp4", 0)]


def test_awkward_names_are_kept_exactly(tmp_path):
    names = ["a b.mp4", 'it\'s "q".mp4', "line\nbreak.mp4", "видео.mp4", "*.mp4", "a%03d.mp4"]
    make(tmp_path, "fake/z.mp4", *(f"real/{name}" for name in names))
    videos = list_folder(tmp_path, CONFIG).videos
    assert {v.path.name for v in videos} == {"z.mp4", *names}
    assert len({v.video_id for v in videos}) == len(names) + 1
    assert all(v.video_id.replace("_", "").replace("-", "").isalnum() for v in videos)


def test_a_name_that_is_no_text_becomes_a_failure(tmp_path):
    make(tmp_path, "fake/z.mp4", "real/a.mp4")
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/real/b\xff.mp4"))).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    (failure,) = list_folder(tmp_path, CONFIG).failures
    assert "rename the file" in failure.reason


def test_ids_do_not_change_when_the_folder_moves(tmp_path):
    ids = []
    for home in ("one/data", "two/data"):
        make(tmp_path / home, "real/a.mp4", "fake/a.mp4")
        ids.append([v.video_id for v in list_folder(tmp_path / home, CONFIG).videos])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_versions_of_one_scene_share_a_group(tmp_path):
    make(tmp_path, "real/s/1.mp4", "fake/s/1.mp4", "fake/t/1.mp4")
    groups = {v.path.relative_to(tmp_path.resolve()).as_posix(): v.group_id
              for v in list_folder(tmp_path, CONFIG).videos}  # fmt: skip
    assert groups["real/s/1.mp4"] == groups["fake/s/1.mp4"] != groups["fake/t/1.mp4"]


def test_other_files_are_counted_not_lost(tmp_path):
    make(tmp_path, "real/a.mp4", "fake/b.mp4", "real/notes.txt", "real/._a.mp4")
    listing = list_folder(tmp_path, CONFIG)
    assert len(listing.videos) == 2
    assert "2 files are not taken for videos (1 .mp4, 1 .txt)" in listing.notes[0]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "expected the folders real/ and fake/"),
        (["clips/a.mp4"], r"found clips/.*path,label"),
        (["real/a.txt", "fake/b.txt"], "no videos found"),
        (["real/a.mp4", "real/b.mp4"], "all 2 videos are real"),
        (["fake/a.mp4"], "Add real videos"),
    ],
)
def test_a_folder_that_cannot_be_used_says_what_is_wrong(tmp_path, files, message):
    make(tmp_path, *files)
    with pytest.raises(DataError, match=message):
        list_folder(tmp_path, CONFIG)


def test_an_absent_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no such folder or table"):
        list_videos(tmp_path / "nowhere", CONFIG)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    make(tmp_path, "a.mp4")
    with pytest.raises(DataError, match="or a table"):
        list_videos(tmp_path / "a.mp4", CONFIG)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_forbidden_folder_is_named(tmp_path):
    make(tmp_path, "real/a.mp4", "fake/b.mp4")
    (tmp_path / "real").chmod(0)
    with pytest.raises(DataError, match="cannot be listed"):
        list_folder(tmp_path, CONFIG)
