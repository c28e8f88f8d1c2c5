"""What holds for every published tree, whatever its layout."""

from collections.abc import Callable
from pathlib import Path

import pytest
from trees import BUILDERS, build_faceforensics, touch

from aura.datasets import DataConfig, Listing
from aura.datasets.celeb_df import list_celeb_df, recognises_celeb_df
from aura.datasets.dfd import list_dfd, recognises_dfd
from aura.datasets.dfdc import list_dfdc, recognises_dfdc
from aura.datasets.faceforensics import list_faceforensics, recognises_faceforensics
from aura.datasets.fakeavceleb import list_fakeavceleb, recognises_fakeavceleb
from aura.errors import ConfigError, DataError

LISTERS: dict[str, Callable[[Path, DataConfig], Listing]] = {
    "dfd": list_dfd,
    "fakeavceleb": list_fakeavceleb,
    "faceforensics": list_faceforensics,
    "celeb-df": list_celeb_df,
    "dfdc": list_dfdc,
}
RECOGNISERS: dict[str, Callable[[Path], bool]] = {
    "dfd": recognises_dfd,
    "fakeavceleb": recognises_fakeavceleb,
    "faceforensics": recognises_faceforensics,
    "celeb-df": recognises_celeb_df,
    "dfdc": recognises_dfdc,
}
CONFIG = DataConfig()
every = pytest.mark.parametrize("name", BUILDERS)


@every
def test_each_tree_is_recognised_by_its_own_layout_alone(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    assert [other for other, sees in RECOGNISERS.items() if sees(root)] == [name]


def test_nothing_is_recognised_in_a_plain_folder_or_nowhere(tmp_path):
    touch(tmp_path, ["real/a.mp4", "fake/b.mp4"])
    for sees in RECOGNISERS.values():
        assert not sees(tmp_path)
        assert not sees(tmp_path / "absent")


@every
def test_a_tree_is_listed_whole_with_both_labels_and_its_own_name(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    listing = LISTERS[name](root, CONFIG)
    assert len(listing.videos) == len(list(root.rglob("*.mp4")))
    assert {video.label for video in listing.videos} == {0, 1}
    names = {"faceforensics": "ffpp"}
    assert {video.dataset for video in listing.videos} == {names.get(name, name)}
    assert all(video.extras["method"] for video in listing.videos if video.label == 1)
    assert listing.failures == listing.left_out == ()


@every
def test_the_data_set_keeps_its_ids_wherever_it_lies(tmp_path, name):
    first = LISTERS[name](BUILDERS[name](tmp_path / "a"), CONFIG)
    root = BUILDERS[name](tmp_path / "b").rename(tmp_path / "renamed")
    (tmp_path / "link").symlink_to(root)
    again = LISTERS[name](tmp_path / "link", CONFIG)
    assert [v.video_id for v in first.videos] == [v.video_id for v in again.videos]


@pytest.mark.parametrize("name", sorted(BUILDERS.keys() - {"dfdc"}))
def test_a_root_given_one_level_too_high_gives_the_same_ids(tmp_path, name):
    root = BUILDERS[name](tmp_path / "above")
    (tmp_path / "above/other").mkdir()
    high, exact = LISTERS[name](root.parent, CONFIG), LISTERS[name](root, CONFIG)
    assert [v.video_id for v in high.videos] == [v.video_id for v in exact.videos]
    assert any(f"found in the folder {root.name}" in note for note in high.notes)


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("dfd", "DFD_manipulated_sequences"),
        ("dfd", "DFD_manipulated_sequences/DFD_manipulated_sequences"),
        ("faceforensics", "manipulated_sequences"),
        ("faceforensics", "manipulated_sequences/Deepfakes/c23/videos"),
        ("fakeavceleb", "RealVideo-RealAudio/African"),
        ("celeb-df", "Celeb-synthesis"),
    ],
)
def test_a_root_given_too_low_is_explained(tmp_path, name, inside):
    root = BUILDERS[name](tmp_path)
    with pytest.raises(DataError, match="is a part of") as caught:
        LISTERS[name](root / inside, CONFIG)
    assert f"give its root, {root}" in str(caught.value)


def test_two_roots_side_by_side_are_named(tmp_path):
    build_faceforensics(tmp_path).rename(tmp_path / "one")
    build_faceforensics(tmp_path)
    with pytest.raises(DataError, match=r"several folders: FaceForensics\+\+, one"):
        list_faceforensics(tmp_path, CONFIG)


def test_an_absent_folder_is_said_to_be_absent(tmp_path):
    with pytest.raises(DataError, match="there is no such folder"):
        list_dfd(tmp_path / "absent", CONFIG)


@every
def test_another_tree_is_refused_with_what_was_expected(tmp_path, name):
    touch(tmp_path / "data", ["clips/a.mp4"])
    with pytest.raises(DataError, match="expected") as caught:
        LISTERS[name](tmp_path / "data", CONFIG)
    assert str(tmp_path / "data") in str(caught.value)


@every
def test_alien_and_hidden_files_are_counted_and_metadata_is_neither(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    touch(root, ["notes.txt", "licence.pdf", "._hidden.mp4"])
    notes = "\n".join(LISTERS[name](root, CONFIG).notes)
    assert "2 files are not taken for videos (1 .pdf, 1 .txt)" in notes
    assert "1 hidden files or folders" in notes


@every
def test_a_video_nobody_knows_is_left_out_and_named(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    touch(root, ["holiday in Rømø.mp4"])
    listing = LISTERS[name](root, CONFIG)
    (left,) = listing.left_out
    assert left.kind == "file without metadata"
    assert left.what == str(root / "holiday in Rømø.mp4")
    assert any("1 entries are left out" in note for note in listing.notes)


@every
def test_a_link_to_nowhere_is_a_failure_not_a_video(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    victim = next(path for path in sorted(root.rglob("*.mp4")))
    victim.unlink()
    victim.symlink_to(root / "gone.mp4")
    listing = LISTERS[name](root, CONFIG)
    assert [(f.path, f.reason) for f in listing.failures] == [
        (str(victim), "the link leads nowhere")
    ]


def test_wanted_methods_keep_all_real_videos(tmp_path):
    root = build_faceforensics(tmp_path)
    listing = list_faceforensics(root, DataConfig(methods=("deepfakes",)))
    assert {v.extras["method"] for v in listing.videos} == {"Deepfakes", None}
    assert sum(v.label == 0 for v in listing.videos) == 4
    assert any("data.methods leaves out 3 fake videos" in note for note in listing.notes)


@every
def test_an_unknown_method_is_named_beside_the_known(tmp_path, name):
    root = BUILDERS[name](tmp_path)
    with pytest.raises(ConfigError, match=r"is of Nonsense; known here: [A-Za-z]"):
        LISTERS[name](root, DataConfig(methods=("Nonsense",)))


def test_a_compression_is_refused_where_none_is_stated(tmp_path):
    root = BUILDERS["dfd"](tmp_path)
    with pytest.raises(ConfigError, match=r"data\.compressions.*no compression is stated"):
        list_dfd(root, DataConfig(compressions=("c23",)))
