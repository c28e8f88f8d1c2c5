import os
from pathlib import Path

import pytest

from aura.datasets import DataConfig, Listing, list_folder, list_videos
from aura.errors import DataError

CONFIG = DataConfig()


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def paths(listing: Listing, root: Path) -> list[str]:
    return [video.path.relative_to(root.resolve()).as_posix() for video in listing.videos]


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


def make_unnameable(folder: Path, name: bytes) -> Path:
    made = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    try:
        made.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes only names that are text")
    return made


def test_a_folder_whose_name_is_no_text_fails_with_what_is_in_it(tmp_path):
    make(tmp_path, "fake/z.mp4", "real/a.mp4")
    make(make_unnameable(tmp_path, b"real/b\xff"), "c.mp4", "d/e.mp4")
    listing = list_folder(tmp_path, CONFIG)
    assert paths(listing, tmp_path) == ["fake/z.mp4", "real/a.mp4"]
    assert {failure.reason for failure in listing.failures} == {
        r"the folder name b\udcff is not valid UTF-8; rename the folder"
    }
    assert all(failure.path.isprintable() for failure in listing.failures)
    assert len(listing.failures) == 2


@pytest.mark.parametrize("inside", [("real/a.mp4", "fake/a.mp4"), ("clips/a.mp4",), ()])
def test_a_data_set_whose_name_is_no_text_is_refused_in_text(tmp_path, inside):
    root = make_unnameable(tmp_path, b"b\xff")
    make(root, *inside)
    with pytest.raises(DataError) as caught:
        list_folder(root, CONFIG)
    assert r"b\udcff" in str(caught.value)
    assert str(caught.value).encode()


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
    make(tmp_path, "real/a.mp4", "fake/a.mp4", "real/notes.txt", "real/README")
    listing = list_folder(tmp_path, CONFIG)
    assert len(listing.videos) == 2
    (note,) = listing.notes
    assert "2 files are not taken for videos (1 .txt, 1 README)" in note


def test_hidden_files_are_not_blamed_on_their_suffix(tmp_path):
    make(tmp_path, "real/a.mp4", "fake/a.mp4", "real/._a.mp4", "fake/.b.mp4.x1", "fake/.DS_Store")
    listing = list_folder(tmp_path, CONFIG)
    assert len(listing.videos) == 2
    (note,) = listing.notes
    assert "3 hidden files" in note
    assert "data.suffixes" not in note


def test_a_folder_without_pairs_says_that_every_file_is_its_own_group(tmp_path):
    make(tmp_path, "real/a.mp4", "fake/b.mp4")
    (note,) = list_folder(tmp_path, CONFIG).notes
    assert "every file is its own group" in note
    make(tmp_path, "fake/a.mp4")
    assert list_folder(tmp_path, CONFIG).notes == ()


def test_linked_folders_do_not_vanish(tmp_path):
    make(tmp_path, "data/fake/a.mp4", "data/fake/b/c.mp4", "store/a.mp4", "store/deep/c.mp4")
    (tmp_path / "data/real").mkdir()
    (tmp_path / "data/real/b").symlink_to(tmp_path / "store/deep")
    (tmp_path / "data/real/a.mp4").symlink_to(tmp_path / "store/a.mp4")
    listing = list_folder(tmp_path / "data", CONFIG)
    assert paths(listing, tmp_path / "data") == [
        "fake/a.mp4", "fake/b/c.mp4", "real/a.mp4", "real/b/c.mp4",
    ]  # fmt: skip
    assert listing.failures == listing.notes == ()


def test_a_label_folder_may_be_a_link(tmp_path):
    make(tmp_path, "data/fake/a.mp4", "store/a.mp4")
    (tmp_path / "data/real").symlink_to(tmp_path / "store")
    listing = list_folder(tmp_path / "data", CONFIG)
    assert paths(listing, tmp_path / "data") == ["fake/a.mp4", "real/a.mp4"]


@pytest.mark.parametrize(
    ("link", "target", "words"),
    [
        ("real/loop", "real", "not listed twice"),
        ("real/s/loop", "real/s", "not listed twice"),
        ("real/again", "real/s", "not listed twice"),
        ("real/A", "real/s", "not listed twice"),
        ("real/up", ".", "the data set itself lies in"),
        ("real/up", "..", "the data set itself lies in"),
        ("real/gone", "nowhere", "lead nowhere"),
        ("real/self", "real/self", "lead nowhere"),
    ],
)
def test_a_link_that_is_not_followed_is_named(tmp_path, link, target, words):
    make(tmp_path, "real/s/1.mp4", "fake/s/1.mp4", "stray.mp4")
    (tmp_path / link).symlink_to(tmp_path / target)
    listing = list_folder(tmp_path, CONFIG)
    assert paths(listing, tmp_path) == ["fake/s/1.mp4", "real/s/1.mp4"]
    (note,) = listing.notes
    assert words in note
    assert link in note


def test_two_linked_folders_that_lead_to_each_other_end(tmp_path):
    make(tmp_path, "data/fake/a.mp4", "one/a.mp4", "two/b.mp4")
    (tmp_path / "data/real").symlink_to(tmp_path / "one")
    (tmp_path / "one/x").symlink_to(tmp_path / "two")
    (tmp_path / "two/y").symlink_to(tmp_path / "one")
    listing = list_folder(tmp_path / "data", CONFIG)
    assert paths(listing, tmp_path / "data") == ["fake/a.mp4", "real/a.mp4", "real/x/b.mp4"]
    assert "real/x/y" in listing.notes[0]


def test_a_file_reached_twice_through_a_link_is_listed_once_and_reported(tmp_path):
    make(tmp_path, "real/z.mp4", "fake/z.mp4")
    (tmp_path / "real/a.mp4").symlink_to(tmp_path / "real/z.mp4")
    listing = list_folder(tmp_path, CONFIG)
    assert paths(listing, tmp_path) == ["fake/z.mp4", "real/z.mp4"]
    (failure,) = listing.failures
    assert failure.path.endswith("real/a.mp4")
    assert "same file as" in failure.reason
    assert failure.video_id not in {video.video_id for video in listing.videos}


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("real/b.mp4", "fake/s/1.mp4"),
        ("real/b", "fake/s"),
        ("real/b", "fake"),
        ("fake/b", "real"),
        ("0", "fake/s"),
        ("0", "fake"),
        ("0", "fake/s/deep"),
    ],
)
def test_a_link_cannot_give_one_file_both_labels(tmp_path, link, target):
    make(tmp_path, "real/a.mp4", "fake/s/1.mp4", "fake/s/deep/1.mp4")
    (tmp_path / link).symlink_to(tmp_path / target)
    with pytest.raises(DataError, match="different labels; remove the wrong one"):
        list_folder(tmp_path, CONFIG)


def test_what_cannot_be_opened_as_a_video_is_a_failure_at_once(tmp_path):
    make(tmp_path, "real/a.mp4", "fake/a.mp4")
    (tmp_path / "real/gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    os.mkfifo(tmp_path / "real/pipe.mp4")
    listing = list_folder(tmp_path, CONFIG)
    assert [f.reason for f in listing.failures] == ["the link leads nowhere", "it is not a file"]


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


def test_ids_change_with_the_name_of_the_folder_unless_it_is_set(tmp_path):
    for home in ("one", "two"):
        make(tmp_path / home, "real/a.mp4", "fake/a.mp4")

    def ids(home: str, config: DataConfig) -> list[str]:
        return [v.video_id for v in list_folder(tmp_path / home, config).videos]

    assert ids("one", CONFIG) != ids("two", CONFIG)
    named = DataConfig(dataset="mine")
    assert ids("one", named) == ids("two", named)
