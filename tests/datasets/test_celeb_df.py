import json

import pytest
from trees import CELEB_TEST, build_celeb_df, touch, write

from aura.datasets import DataConfig
from aura.datasets.celeb_df import list_celeb_df
from aura.errors import DataError

CONFIG = DataConfig()
LIST = "List_of_testing_videos.txt"


def splits(root, config=CONFIG):
    listing = list_celeb_df(root, config)
    return {
        f"{v.path.parent.name}/{v.path.stem}": v.extras["official_split"] for v in listing.videos
    }


def test_the_listed_test_videos_are_kept_out_of_train(tmp_path):
    found = splits(build_celeb_df(tmp_path))
    assert {name for name, split in found.items() if split == "test"} == {
        "YouTube-real/00170", "Celeb-real/id1_0000", "Celeb-synthesis/id1_id0_0000",
    }  # fmt: skip
    assert set(found.values()) == {"train", "test"}


def test_label_1_of_the_list_is_real(tmp_path):
    labels = {v.path.stem: v.label for v in list_celeb_df(build_celeb_df(tmp_path), CONFIG).videos}
    assert (labels["00170"], labels["id1_0000"], labels["id1_id0_0000"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0 Celeb-real/id0_0001.mp4", "says fake .* that of the real videos"),
        ("1 Celeb-synthesis/id0_id1_0001.mp4", "says real .* that of the fakes"),
        ("2 Celeb-real/id0_0001.mp4", "expected a label and a path"),
        ("Celeb-real/id0_0001.mp4", "expected a label and a path"),
        ("1 elsewhere/id0_0001.mp4", "expected a label and a path"),
    ],
)
def test_a_line_that_contradicts_its_folder_is_refused_by_number(tmp_path, line, says):
    root = build_celeb_df(tmp_path)
    write(root / LIST, CELEB_TEST + line + "\n")
    with pytest.raises(DataError, match=f"line 4: '{line}'.*{says}"):
        list_celeb_df(root, CONFIG)


def test_a_listed_video_that_is_absent_is_a_missing_file(tmp_path):
    root = build_celeb_df(tmp_path)
    (root / "Celeb-real/id1_0000.mp4").unlink()
    (left,) = list_celeb_df(root, CONFIG).left_out
    assert (left.kind, left.what) == ("missing file", "1 Celeb-real/id1_0000.mp4")
    assert left.detail == f"line 2 of {LIST}"


def test_without_a_list_nothing_is_called_train(tmp_path):
    root = build_celeb_df(tmp_path)
    (root / LIST).unlink()
    assert set(splits(root).values()) == {None}
    (note,) = list_celeb_df(root, CONFIG).notes
    assert "no video has an official split" in note


def test_people_and_source_clips_tie_a_fake_to_its_originals(tmp_path):
    videos = {v.path.stem: v.extras for v in list_celeb_df(build_celeb_df(tmp_path), CONFIG).videos}
    assert videos["id1_id0_0000"]["identities"] == "celebdf/id0;celebdf/id1"
    assert videos["id1_id0_0000"]["ties"] == videos["id1_0000"]["ties"] == "clip:celebdf/id1_0000"
    assert videos["id1_id0_0000"]["method"] == "Celeb-synthesis"
    assert videos["id1_0000"]["identities"] == "celebdf/id1"
    assert videos["00170"]["identities"] is None


@pytest.mark.parametrize("youtube", ["YouTube-real", "Youtube-real", "youtube_real"])
@pytest.mark.parametrize("inner", ["", "videos/"])
def test_spellings_of_the_folders_and_of_the_list_match(tmp_path, youtube, inner):
    root = touch(
        tmp_path,
        [f"Celeb-real/{inner}id1_0000.mp4", f"{youtube}/{inner}00170.mp4",
         f"Celeb-synthesis/{inner}id1_id0_0000.mp4"],
    )  # fmt: skip
    write(root / "list_of_testing_videos.TXT", CELEB_TEST.replace("\n", "\r\n"))
    listing = list_celeb_df(root, CONFIG)
    assert [v.extras["official_split"] for v in listing.videos] == ["test"] * 3
    assert listing.left_out == ()


def test_a_json_list_without_labels_is_read_too(tmp_path):
    root = build_celeb_df(tmp_path)
    (root / LIST).unlink()
    given = write(tmp_path / "celeb_test.json", json.dumps(["YouTube-real/00208.mp4"]))
    found = splits(root, DataConfig(metadata=str(given)))
    assert [name for name, split in found.items() if split == "test"] == ["YouTube-real/00208"]
    write(given, '{"a": 1}')
    with pytest.raises(DataError, match="expected a JSON list of paths"):
        splits(root, DataConfig(metadata=str(given)))


def test_the_published_test_list_is_found_whole(tmp_path, shared_data):
    given = shared_data / "meta" / "celebdf" / "genconvit_celeb_test.json"
    names = json.loads(given.read_text())
    # One of the 518 names ends in ".mp"; the file behind it is an mp4 like all others.
    files = [name.removesuffix(".mp").removesuffix(".mp4") + ".mp4" for name in names]
    assert files != names
    root = touch(tmp_path / "Celeb-DF-v2", [*files, "Celeb-real/id90_0000.mp4"])
    listing = list_celeb_df(root, DataConfig(metadata=str(given)))
    by_split = [(v.extras["official_split"], v.label) for v in listing.videos]
    assert by_split.count(("test", 0)) == 178
    assert by_split.count(("test", 1)) == 340
    assert by_split.count(("train", 0)) == 1
    assert listing.left_out == ()


@pytest.mark.parametrize(
    "name", ["Celeb-real/id1_id0_0003.mp4", "Celeb-synthesis/id1_0003.mp4", "other/id1_0003.mp4"]
)
def test_names_out_of_place_are_left_out(tmp_path, name):
    root = touch(build_celeb_df(tmp_path), [name])
    (left,) = list_celeb_df(root, CONFIG).left_out
    assert (left.kind, left.what) == ("file without metadata", str(root / name))
