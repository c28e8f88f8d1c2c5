from collections import Counter
from pathlib import Path

import pytest
from tree_fvc import DUPLICATES, FIRST, PAGE, WATCH, build_fvc, write_files, write_metadata

from aura.datasets.fvc import list_fvc, recognises_fvc
from aura.datasets.fvc_metadata import read_metadata
from aura.datasets.listing import DataConfig, Listing
from aura.errors import DataError

CONFIG = DataConfig()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return build_fvc(tmp_path)


def left_out(listing: Listing, kind: str) -> list[str]:
    return [row.what for row in listing.left_out if row.kind == kind]


def by_url(listing: Listing) -> dict[str, object]:
    return {video.extras["url"]: video for video in listing.videos}


def test_the_label_is_the_rows_own_never_the_cascades(root):
    videos = by_url(list_fvc(root, CONFIG))
    assert videos["twitter:668495176038510592"].label == 0
    assert videos["twitter:668495176038510592"].group_id == "fvc/f0"
    assert videos["facebook:1542574069191584"].label == 1


def test_a_video_carries_what_ties_and_describes_it(root):
    video = by_url(list_fvc(root, CONFIG))["youtube:emNPHuWnXGU"]
    assert video.group_id == "fvc/r0"
    assert video.extras == {
        **{"platform": "youtube", "url": "youtube:emNPHuWnXGU", "source": "FVC2"},
        **{"ties": "cascade:fvc/r0", "event_title": None, "label_word": "real"},
        "matched_by": "folder name is the id",
    }


def test_words_that_are_neither_real_nor_fake_are_left_out_and_counted(root):
    listing = list_fvc(root, CONFIG)
    assert left_out(listing, "neither real nor fake") == [f"{WATCH}XiASPGAWYXE"]
    assert not left_out(listing, "file without metadata")
    assert any("(1 uncertain)" in note for note in listing.notes)


def test_such_words_can_be_used_by_a_setting(root):
    config = DataConfig(fake_words=("fake", "uncertain"))
    assert by_url(list_fvc(root, config))["youtube:XiASPGAWYXE"].label == 1


def test_an_unknown_word_is_refused_by_file_and_row(root):
    write_metadata(root / "Metadata", first=[*FIRST, f"r1,{WATCH}aaaaaaaaaaa,maybe"])
    with pytest.raises(DataError, match=r"FVC\.csv: row 5 has the label 'maybe'"):
        list_fvc(root, CONFIG)


def test_a_row_without_a_file_is_listed_by_its_address(root):
    listing = list_fvc(root, CONFIG)
    assert left_out(listing, "missing file") == [f"{WATCH}missing_vid"]
    assert any("'missing file'" in note for note in listing.notes)


def test_a_file_without_a_row_is_listed(root):
    write_files(root, ["FVC1/youtube/unknownidxx/video.mp4", "FVC1/youtube/holiday.mp4"])
    assert left_out(list_fvc(root, CONFIG), "file without metadata") == [
        str(root / "FVC1/youtube/holiday.mp4"),
        str(root / "FVC1/youtube/unknownidxx/video.mp4"),
    ]


def test_rows_that_repeat_a_video_are_one_video_and_tie_their_cascades(root):
    again = f"f1,https://youtu.be/Y7MJlmbnLQA,fake"  # noqa: F541
    write_metadata(root / "Metadata", duplicates=[*DUPLICATES, again])
    listing = list_fvc(root, CONFIG)
    videos = by_url(listing)
    assert left_out(listing, "repeated row") == ["https://youtu.be/Y7MJlmbnLQA"]
    assert videos["youtube:Y7MJlmbnLQA"].extras["ties"] == "cascade:fvc/f0;cascade:fvc/f1"
    assert {videos[f"youtube:{name}"].group_id for name in ("Y7MJlmbnLQA", "-EPvSo8bE2_")} == {
        "fvc/f0"
    }


def test_a_video_with_contradicting_rows_is_left_out_naming_both(root):
    write_metadata(root / "Metadata", duplicates=[*DUPLICATES, f"f1,{WATCH}Y7MJlmbnLQA,real"])
    listing = list_fvc(root, CONFIG)
    (row,) = [row for row in listing.left_out if row.kind == "contradicting labels"]
    assert row.detail == "FVC.csv row 2 says fake and FVC_dup.csv row 7 says real"
    assert "youtube:Y7MJlmbnLQA" not in by_url(listing)
    assert not left_out(listing, "file without metadata")


def test_a_word_set_to_fake_no_longer_contradicts_fake(root):
    write_metadata(root / "Metadata", duplicates=[*DUPLICATES, f"f0,{WATCH}Y7MJlmbnLQA,debunked"])
    assert left_out(list_fvc(root, CONFIG), "contradicting labels")
    agreed = list_fvc(root, DataConfig(fake_words=("fake", "debunked")))
    assert not left_out(agreed, "contradicting labels")
    assert by_url(agreed)["youtube:Y7MJlmbnLQA"].label == 1


def test_further_copies_and_contested_files_are_listed_with_the_reason(root):
    names = ["old/Y7MJlmbnLQA_720p.mp4", "emNPHuWnXGU_uqZeCGo0LnE.mp4"]
    write_files(root, names)
    listing = list_fvc(root, CONFIG)
    assert left_out(listing, "another copy") == [str(root / names[0])]
    assert left_out(listing, "file of several rows") == [str(root / names[1])]
    assert len(listing.videos) == 6


def test_ids_stay_when_files_are_moved_and_renamed(root):
    before = {video.video_id for video in list_fvc(root, CONFIG).videos}
    (root / "FVC1/youtube/Y7MJlmbnLQA/video.mp4").rename(root / "A title-Y7MJlmbnLQA.mp4")
    (root / "FVC2").rename(root / "other")
    after = list_fvc(root, CONFIG)
    assert {video.video_id for video in after.videos} == before
    assert all(video.video_id.count("video") == 0 for video in after.videos)


def test_the_rules_that_found_the_files_are_counted(root):
    (root / "FVC3/twitter/668495176038510592/video.mp4").rename(root / "668495176038510592.mp4")
    notes = list_fvc(root, CONFIG).notes
    assert "files found for 7 of 8 videos of the metadata: 1 by file name is the id, 6 by folder " \
        "name is the id" in notes  # fmt: skip


def test_a_tree_of_which_no_file_is_known_says_how_files_are_recognised(tmp_path):
    write_metadata(tmp_path)
    with pytest.raises(DataError, match=r"names 7 real and fake videos, there are no video files"):
        list_fvc(tmp_path, CONFIG)
    write_files(tmp_path, ["a.mp4", "b.mp4"])
    with pytest.raises(DataError, match=r"none of 2 video files, such as a\.mp4"):
        list_fvc(tmp_path, CONFIG)


def test_a_single_class_is_refused(tmp_path):
    write_metadata(tmp_path)
    write_files(tmp_path, ["Y7MJlmbnLQA.mp4"])
    with pytest.raises(DataError, match="are fake; a detector needs both"):
        list_fvc(tmp_path, CONFIG)


def test_an_address_that_is_not_understood_is_no_crash(root):
    rows = [*DUPLICATES, "r0,https://example.org/clip,real", f"r0,{PAGE},real"]
    write_metadata(root / "Metadata", duplicates=rows)
    missing = [row for row in list_fvc(root, CONFIG).left_out if row.kind == "missing file"]
    assert [row.what for row in missing[1:]] == ["https://example.org/clip", PAGE]
    assert all("names no video" in row.detail for row in missing[1:])


@pytest.mark.parametrize(
    "layout", ["{id}.mp4", "FVC{n}/{id}/video.mp4", "x/fvc{n}/y/t-{id}.f13.mkv"]
)
def test_the_whole_corpus_in_one_tree(tmp_path, shared_data, layout):
    metadata = shared_data / "meta" / "fvc"
    config = DataConfig(metadata=str(metadata))
    keys = dict.fromkeys(row.key for row in read_metadata(metadata, DataConfig()).rows)
    ids = [key.partition(":")[2] for key in keys]
    write_files(tmp_path, [layout.format(id=name, n=1 + n % 3) for n, name in enumerate(ids)])
    listing = list_fvc(tmp_path, config)
    kinds = Counter(row.kind for row in listing.left_out)
    assert kinds["missing file"] == kinds["file without metadata"] == 0
    assert kinds["contradicting labels"] == 2
    assert kinds["repeated row"] == 5
    assert kinds["neither real nor fake"] == 340 + 88 + 65
    assert len(listing.videos) == 5572 - 2 - 493
    assert len({video.group_id for video in listing.videos}) == 376


@pytest.mark.parametrize("name", ["FVC1", "fvc2", "videos/FVC3"])
def test_the_folders_of_the_archives_are_recognised(tmp_path, name):
    assert not recognises_fvc(tmp_path)
    (tmp_path / name).mkdir(parents=True)
    assert recognises_fvc(tmp_path)


def test_the_metadata_files_are_recognised_but_not_those_of_a_neighbour(tmp_path):
    write_metadata(tmp_path / "metadata")
    assert recognises_fvc(tmp_path)
    (tmp_path / "plain").mkdir()
    assert not recognises_fvc(tmp_path / "plain")
