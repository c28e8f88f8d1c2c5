import csv
from collections import Counter
from pathlib import Path

import pytest
from trees import (
    AV_CLIPS,
    AV_NORMALISED,
    AV_RELEASED,
    av_line,
    av_path,
    build_fakeavceleb,
    touch,
    write,
)

from aura.datasets import DataConfig, ListedVideo, Listing
from aura.datasets.fakeavceleb import list_fakeavceleb
from aura.datasets.fakeavceleb_metadata import read_rows
from aura.errors import DataError

CONFIG = DataConfig()
TABLE = "meta_data.csv"
SOUND_ONLY = "RealVideo-FakeAudio"


def facts(listing: Listing) -> list[tuple[object, ...]]:
    """Return all a listing says, but where the tree lies."""
    return [
        (v.video_id, v.path.name, v.label, v.dataset, v.group_id, dict(v.extras))
        for v in listing.videos
    ]


def by_name(listing: Listing) -> dict[str, ListedVideo]:
    return {f"{v.extras['category']}/{v.path.name}": v for v in listing.videos}


@pytest.fixture(scope="module")
def published(shared_data: Path) -> Path:
    """The released table under the normalised header."""
    return shared_data / "meta" / "fakeavceleb" / TABLE


@pytest.fixture(scope="module")
def whole(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Listing]:
    """The whole tree with the table under its normalised header, and its listing."""
    root = tmp_path_factory.mktemp("fakeavceleb") / "FakeAVCeleb_v1.2"
    touch(root, sorted({row.path for row in read_rows(published)}))
    (root / TABLE).write_bytes(published.read_bytes())
    return root, list_fakeavceleb(root, CONFIG)


def test_the_released_table_has_21566_rows_and_22_of_them_repeat_a_file(whole, published):
    _, listing = whole
    assert len(read_rows(published)) == 21_566
    assert len(listing.videos) == 21_544
    assert {item.kind for item in listing.left_out} == {"repeated row"}
    assert len(listing.left_out) == 22
    assert listing.failures == ()
    assert "row 17478 repeats row 2017" in listing.left_out[0].detail
    assert "method faceswap-wav2lip instead of wav2lip" in listing.left_out[0].detail


def test_both_headers_give_identical_listings(whole, tmp_path):
    root, normalised = whole
    text = (root / TABLE).read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    assert head.strip() == AV_NORMALISED
    released = AV_RELEASED + "\n" + body.replace("FakeAVCeleb_v1.2/", "FakeAVCeleb/")
    assert ",path,\n" in released
    other = write(tmp_path / TABLE, released)
    listing = list_fakeavceleb(root, DataConfig(metadata=str(other)))
    assert facts(listing) == facts(normalised)
    assert listing.left_out == normalised.left_out


def test_categories_and_labels_of_the_whole_data_set(whole):
    _, listing = whole
    kinds = ("category", "video_label", "audio_label")
    counts = Counter((*(v.extras[kind] for kind in kinds), v.label) for v in listing.videos)
    assert counts == {
        ("RealVideo-RealAudio", "real", "real", 0): 500,
        ("RealVideo-FakeAudio", "real", "fake", 1): 500,
        ("FakeVideo-RealAudio", "fake", "real", 1): 9_709,
        ("FakeVideo-FakeAudio", "fake", "fake", 1): 10_857 - 22,
    }
    assert any(
        "500 videos have genuine pictures and fake sound" in note and "data.fake_means" in note
        for note in listing.notes
    )


def test_people_form_ten_circles_of_fifty_one_for_each_race_and_gender(whole):
    _, listing = whole
    circle_of: dict[str, frozenset[str]] = {}
    for video in listing.videos:
        people = (video.extras["identities"] or "").split(";")
        joined = frozenset(people).union(*(circle_of.get(person, ()) for person in people))
        if any(circle_of.get(person) is not joined for person in people):
            circle_of.update(dict.fromkeys(joined, joined))
    circles = set(circle_of.values())
    assert sorted(map(len, circles)) == [50] * 10
    kinds = {
        (circle_of[person], video.extras["race"], video.extras["gender"])
        for video in listing.videos
        for person in (video.extras["identities"] or "").split(";")
    }
    assert len(kinds) == 10


def test_dirty_targets_are_no_people(whole):
    _, listing = whole
    people = {p for v in listing.videos for p in (v.extras["identities"] or "").split(";")}
    assert len(people) == 500
    assert all(person.startswith("fakeavceleb/id") and len(person) == 19 for person in people)


def test_a_person_whom_only_the_file_name_tells_is_found(tmp_path):
    videos = by_name(list_fakeavceleb(build_fakeavceleb(tmp_path), CONFIG))
    voice = videos["FakeVideo-FakeAudio/00109_10_id00173_wavtolip.mp4"]
    assert voice.extras["identities"] == "fakeavceleb/id00076;fakeavceleb/id00173"


def test_a_fake_is_tied_to_the_clip_it_was_made_of(tmp_path):
    videos = by_name(list_fakeavceleb(build_fakeavceleb(tmp_path), CONFIG))
    original = videos["RealVideo-RealAudio/00109.mp4"]
    assert original.extras["ties"] == "clip:fakeavceleb/id00076/00109"
    assert original.extras["method"] is None
    for name in (f"{SOUND_ONLY}/00109_fake.mp4", "FakeVideo-RealAudio/00109_1.mp4"):
        assert videos[name].extras["ties"] == original.extras["ties"]


@pytest.mark.parametrize(("means", "label"), [("any", 1), ("video", 0), ("audio", 1)])
def test_what_makes_a_video_fake_is_a_setting(tmp_path, means, label):
    config = DataConfig(fake_means=means)
    videos = by_name(list_fakeavceleb(build_fakeavceleb(tmp_path), config))
    assert videos[f"{SOUND_ONLY}/00109_fake.mp4"].label == label
    assert videos["FakeVideo-RealAudio/00109_1.mp4"].label == (means != "audio")
    assert videos["RealVideo-RealAudio/00109.mp4"].label == 0


def test_missing_files_and_files_without_a_row_are_listed_not_fatal(tmp_path):
    root = build_fakeavceleb(tmp_path)
    (root / av_path(AV_CLIPS[0])).unlink()
    touch(root, ["RealVideo-RealAudio/African/men/id00999/00001.mp4"])
    listing = list_fakeavceleb(root, CONFIG)
    assert [(item.kind, item.what) for item in listing.left_out] == [
        ("missing file", "RealVideo-RealAudio/African/men/id00076/00109.mp4"),
        ("file without metadata", str(root / "RealVideo-RealAudio/African/men/id00999/00001.mp4")),
    ]
    assert listing.left_out[0].detail == f"row 2 of {TABLE}"


def test_folders_spelled_differently_are_found_by_a_named_rule(tmp_path):
    root = build_fakeavceleb(tmp_path)
    (root / "RealVideo-FakeAudio/Asian (East)").rename(root / "RealVideo-FakeAudio/Asian-East")
    (root / "FakeVideo-RealAudio/African").rename(root / "FakeVideo-RealAudio/AFRICAN")
    videos = by_name(list_fakeavceleb(root, CONFIG))
    rules = {name: video.extras["matched_by"] for name, video in videos.items()}
    assert rules["RealVideo-FakeAudio/00012_fake.mp4"] == "category, person and file name"
    assert rules["FakeVideo-RealAudio/00109_1.mp4"] == "path in any case"
    assert rules["RealVideo-RealAudio/00109.mp4"] == "path"


def test_rows_that_contradict_each_other_are_both_left_out(tmp_path):
    root = build_fakeavceleb(tmp_path)
    clip = AV_CLIPS[0]
    wrong = av_line(clip).replace(",A,RealVideo-RealAudio,", ",B,RealVideo-FakeAudio,")
    write(root / TABLE, "\n".join([AV_RELEASED, *map(av_line, AV_CLIPS), wrong]))
    left_out = list_fakeavceleb(root, CONFIG).left_out
    contradicting = [item for item in left_out if item.kind == "contradicting labels"]
    assert len(contradicting) == 2
    assert "row 11" in contradicting[0].detail


def test_a_row_whose_category_and_type_disagree_is_left_out(tmp_path):
    root = build_fakeavceleb(tmp_path)
    lines = [av_line(AV_CLIPS[0], category="D"), *map(av_line, AV_CLIPS[1:])]
    write(root / TABLE, "\n".join([AV_RELEASED, *lines]))
    left = list_fakeavceleb(root, CONFIG).left_out[0]
    assert left.kind == "contradicting labels"
    assert "row 2: category D, type RealVideo-RealAudio" in left.detail


@pytest.mark.parametrize("place", ["beside", "above"])
def test_the_table_may_lie_in_the_root_or_above_it(tmp_path, place):
    root = build_fakeavceleb(tmp_path)
    if place == "above":
        (root / TABLE).rename(root.parent / "Meta_Data.CSV")
    for given in (root, root.parent):
        assert len(list_fakeavceleb(given, CONFIG).videos) == len(AV_CLIPS)


def test_without_a_table_the_error_says_what_is_wanted(tmp_path):
    root = build_fakeavceleb(tmp_path)
    (root / TABLE).unlink()
    with pytest.raises(DataError, match=r"expected FakeAVCeleb's meta_data\.csv.*data\.metadata"):
        list_fakeavceleb(root, CONFIG)


def table_of(root: Path, header: str, lines: list[str], *, end: str = "\n") -> Path:
    return write(root / TABLE, end.join([header, *lines]) + end)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, end, mark):
    root = build_fakeavceleb(tmp_path / "a")
    plain = list_fakeavceleb(root, CONFIG)
    table_of(root, mark + AV_RELEASED, list(map(av_line, AV_CLIPS)), end=end)
    assert facts(list_fakeavceleb(root, CONFIG)) == facts(plain)


def test_a_table_saved_again_with_an_index_and_named_columns_is_read(tmp_path):
    root = build_fakeavceleb(tmp_path)
    plain = list_fakeavceleb(root, CONFIG)
    lines = [f"{i},{av_line(clip)}" for i, clip in enumerate(AV_CLIPS)]
    table_of(root, "," + AV_RELEASED + "Unnamed: 9", lines)
    assert facts(list_fakeavceleb(root, CONFIG)) == facts(plain)


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        ("a,b", ["1,2"], "no column source, target1"),
        ("", [], "an empty file"),
        (AV_RELEASED.removesuffix(","), [], "expected a tenth column"),
        (AV_RELEASED, ["id00076,-,-,real"], "row 2 has 4 cells, the header has 10"),
        (AV_RELEASED, [av_line(AV_CLIPS[0], category="E")], "row 2 has the category 'E'"),
        (AV_RELEASED, [av_line(AV_CLIPS[0]), "", "x"], "row 4 has 1 cells"),
        (AV_RELEASED, ['"open,' + av_line(AV_CLIPS[0])], "line 2"),
    ],
)
def test_a_broken_table_is_refused_by_row(tmp_path, header, lines, message):
    root = build_fakeavceleb(tmp_path)
    table_of(root, header, lines)
    with pytest.raises(DataError, match=message) as caught:
        list_fakeavceleb(root, CONFIG)
    assert TABLE in str(caught.value)


def test_a_table_that_is_no_text_is_refused(tmp_path):
    root = build_fakeavceleb(tmp_path)
    (root / TABLE).write_bytes(AV_RELEASED.encode("utf-16"))
    with pytest.raises(DataError, match="save it as UTF-8"):
        list_fakeavceleb(root, CONFIG)


def test_the_released_table_is_as_its_facts_say(published):
    with published.open(newline="", encoding="utf-8") as stream:
        counts = Counter(row["category"] for row in csv.DictReader(stream))
    assert counts == {"A": 500, "B": 500, "C": 9_709, "D": 10_857}
