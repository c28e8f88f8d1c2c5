import json
import shutil
from pathlib import Path

import pytest
from trees import build_dfdc, dfdc_json, touch, write

from aura.datasets import DataConfig, ListedVideo
from aura.datasets.dfdc import list_dfdc, recognises_dfdc
from aura.errors import DataError

CONFIG = DataConfig()
FAKE, REAL = {"label": "FAKE", "split": "train"}, {"label": "REAL", "split": "train"}


def listed(root: Path, config: DataConfig = CONFIG) -> dict[str, ListedVideo]:
    return {v.path.stem: v for v in list_dfdc(root, config).videos}


def kinds(root: Path) -> list[tuple[str, str]]:
    return [(item.kind, Path(item.what).name) for item in list_dfdc(root, CONFIG).left_out]


def test_a_fake_shares_the_group_of_its_original_in_another_part(tmp_path):
    videos = listed(build_dfdc(tmp_path))
    assert videos["fake1"].group_id == videos["real1"].group_id == "dfdc/real1"
    assert videos["fake1"].path.parent.name != videos["real1"].path.parent.name
    assert videos["fake0"].group_id == videos["real0"].group_id == "dfdc/real0"
    assert videos["real2"].group_id == "dfdc/real2"


def test_fakes_of_an_original_that_is_nowhere_still_share_a_group(tmp_path):
    root = build_dfdc(tmp_path)
    videos = listed(root)
    assert videos["fake2"].group_id == videos["fake3"].group_id == "dfdc/absent"
    notes = list_dfdc(root, CONFIG).notes
    assert any("2 fake videos name an original that is not here" in note for note in notes)


def test_original_null_absent_or_empty_is_no_original(tmp_path):
    entries = {
        "r.mp4": REAL,
        "a.mp4": FAKE | {"original": None},
        "b.mp4": FAKE,
        "c.mp4": FAKE | {"original": " "},
    }
    dfdc_json(tmp_path / "train_sample_videos/metadata.json", entries)
    touch(tmp_path / "train_sample_videos", entries)
    assert {v.group_id for v in listed(tmp_path).values()} == {
        "dfdc/r", "dfdc/a", "dfdc/b", "dfdc/c",
    }  # fmt: skip
    notes = list_dfdc(tmp_path, CONFIG).notes
    assert any("3 fake videos name no original" in note for note in notes)


def test_splits_are_those_of_the_files(tmp_path):
    videos = listed(build_dfdc(tmp_path))
    assert {name: videos[name].extras["official_split"] for name in ("fake0", "t0", "t1")} == {
        "fake0": "train", "t0": "test", "t1": "test",
    }  # fmt: skip
    assert (videos["t0"].label, videos["t1"].label) == (0, 1)


@pytest.mark.parametrize("folder", ["", "videos/", "test_videos/", "deep/down/"])
@pytest.mark.parametrize("words", [("0", "1"), ("REAL", "FAKE"), ("0.0", "1.0"), ("real", "Fake")])
def test_test_videos_lie_beside_their_labels_or_below(tmp_path, folder, words):
    write(tmp_path / "labels.csv", f"label,filename\r\n{words[0]},a.mp4\r\n{words[1]},b\r\n")
    touch(tmp_path, [f"{folder}a.mp4", f"{folder}b.mp4"])
    assert {name: v.label for name, v in listed(tmp_path).items()} == {"a": 0, "b": 1}


def test_videos_that_no_metadata_names_are_left_out(tmp_path):
    root = touch(build_dfdc(tmp_path), ["test_videos/aassnaulhq.mp4"])
    assert kinds(root) == [("file without metadata", "aassnaulhq.mp4")]


def test_named_videos_that_are_absent_are_missing_files(tmp_path):
    root = build_dfdc(tmp_path)
    (root / "dfdc_train_part_0/real2.mp4").unlink()
    (left,) = list_dfdc(root, CONFIG).left_out
    assert (left.kind, left.what) == ("missing file", "real2.mp4")
    assert "metadata.json: entry 'real2.mp4': no file of that name" in left.detail


def test_a_video_of_two_metadata_files_that_agree_is_listed_once(tmp_path):
    root = build_dfdc(tmp_path)
    dfdc_json(root / "other_metadata.json", {"fake0.mp4": FAKE | {"original": "real2.mp4"}})
    listing = list_dfdc(root, CONFIG)
    assert kinds(root) == [("repeated row", "fake0.mp4")]
    video = next(v for v in listing.videos if v.path.stem == "fake0")
    assert video.extras["ties"] == "clip:dfdc/real0;clip:dfdc/real2"


def test_a_video_of_two_metadata_files_that_contradict_is_left_out(tmp_path):
    root = build_dfdc(tmp_path)
    dfdc_json(root / "other_metadata.json", {"fake0.mp4": REAL})
    (left,) = list_dfdc(root, CONFIG).left_out
    assert (left.kind, Path(left.what).name) == ("contradicting labels", "fake0.mp4")
    assert "says FAKE" in left.detail
    assert "says REAL" in left.detail
    assert "fake0" not in listed(root)


def test_a_copy_in_the_sample_and_in_its_part_are_two_videos_of_one_group(tmp_path):
    root = build_dfdc(tmp_path)
    shutil.copytree(root / "train_sample_videos", root / "dfdc_train_part_1")
    videos = [v for v in list_dfdc(root, CONFIG).videos if v.path.stem == "fake0"]
    assert len({v.video_id for v in videos}) == len(videos) == 2
    assert {v.group_id for v in videos} == {"dfdc/real0"}
    assert kinds(root) == []


def test_metadata_gathered_elsewhere_finds_its_videos_by_name(tmp_path):
    root = build_dfdc(tmp_path)
    for part in ("train_sample_videos", "dfdc_train_part_0"):
        target = tmp_path / "gathered" / f"{part}_metadata.json"
        target.parent.mkdir(exist_ok=True)
        (root / part / "metadata.json").rename(target)
    videos = listed(root, DataConfig(metadata=str(tmp_path / "gathered")))
    assert len(videos) == 7
    assert {v.extras["matched_by"] for v in videos.values()} == {"file name in the tree"}


def test_a_name_that_occurs_twice_elsewhere_is_not_guessed(tmp_path):
    root = build_dfdc(tmp_path)
    touch(root, ["x/lost.mp4", "y/lost.mp4"])
    dfdc_json(root / "z/metadata.json", {"lost.mp4": FAKE})
    left = next(i for i in list_dfdc(root, CONFIG).left_out if i.kind == "missing file")
    assert left.detail.endswith("2 files of that name")


@pytest.mark.parametrize("name", ["dfdc_train_part_3_metadata", "train_sample_videos_metadata"])
def test_the_published_metadata_is_read_whole(tmp_path, shared_data, name):
    entries = json.loads((shared_data / f"meta/dfdc/{name}.json").read_text())
    root = touch(tmp_path / "dfdc_train_part_3", entries)
    dfdc_json(root / "metadata.json", entries)
    listing = list_dfdc(root, CONFIG)
    assert recognises_dfdc(root)
    assert len(listing.videos) == len(entries)
    assert listing.left_out == ()
    reals = {video.group_id for video in listing.videos if video.label == 0}
    fakes = [video for video in listing.videos if video.label == 1]
    named = [entries[video.path.name]["original"] for video in fakes]
    assert [video.group_id for video in fakes] == [f"dfdc/{Path(n).stem}" for n in named]
    n_beside = sum(video.group_id in reals for video in fakes)
    assert n_beside == {"d": 1236, "t": 58}[name[0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "expected an object such as .* found a list"),
        ('{"a.mp4": "FAKE"}', "'a.mp4' has FAKE"),
        ('{"a.mp4": {"split": "train"}}', "'a.mp4' has"),
        ('{"a.mp4": {"label": "MAYBE"}}', "entry 'a.mp4' has the label 'MAYBE'"),
        ('{"a.mp4": ', "is no valid JSON"),
    ],
)
def test_metadata_of_another_form_is_refused_by_file_and_entry(tmp_path, text, message):
    write(touch(tmp_path, ["a.mp4"]) / "metadata.json", text)
    with pytest.raises(DataError, match=message) as caught:
        list_dfdc(tmp_path, CONFIG)
    assert "metadata.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,class\na.mp4,0\n", "expected the columns filename and label, found file, class"),
        ("", "an empty file"),
        ("filename,label\na.mp4\n", "row 2 has 1 cells, the header has 2"),
        ("filename,label\n\na.mp4,perhaps\n", "row 3 has the label 'perhaps'"),
    ],
)
def test_labels_of_another_form_are_refused_by_row(tmp_path, text, message):
    write(touch(tmp_path, ["a.mp4"]) / "labels.csv", text)
    with pytest.raises(DataError, match=message):
        list_dfdc(tmp_path, CONFIG)


def test_ignored_words_are_left_out_and_counted(tmp_path):
    root = build_dfdc(tmp_path)
    write(root / "test/labels.csv", "filename,label\nt0.mp4,uncertain\nt1.mp4,1\n")
    assert kinds(root) == [("neither real nor fake", "t0.mp4")]


def test_a_tree_without_metadata_is_told_what_is_wanted(tmp_path):
    with pytest.raises(DataError, match=r"expected DFDC's metadata\.json.*labels\.csv"):
        list_dfdc(touch(tmp_path, ["train_sample_videos/a.mp4"]), CONFIG)


def test_parts_below_a_folder_of_the_train_set_are_recognised(tmp_path):
    touch(tmp_path, ["train/dfdc_train_part_00/a.mp4"])
    assert recognises_dfdc(tmp_path)
    assert not recognises_dfdc(tmp_path / "train/absent")
