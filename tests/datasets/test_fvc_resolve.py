import string
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.datasets.fvc_resolve import (
    FOLDER_IS_ID,
    ID_ANY_CASE,
    ID_IN_NAME,
    INDEX_PATH,
    INDEX_PATH_ANY_CASE,
    INDEX_PATH_ANY_ENDING,
    NAME_IS_ID,
    RULES,
    resolve,
)
from aura.datasets.fvc_urls import WebVideo

TUBE = WebVideo("youtube", "Y7MJl-bn_QA")
DASHED = WebVideo("youtube", "-7MJl_bnLQ_")
FACE = WebVideo("facebook", "1542574069191584")
TWEET = WebVideo("twitter", "668495176038510592")
VIDEOS = {video.key: video for video in (TUBE, DASHED, FACE, TWEET)}


def found(*names: str, index: dict[str, str] | None = None):
    return resolve(VIDEOS, [PurePosixPath(name) for name in names], index_paths=index)


@pytest.mark.parametrize(
    ("name", "video", "rule"),
    [
        ("Y7MJl-bn_QA.mp4", TUBE, NAME_IS_ID),
        ("a/b/-7MJl_bnLQ_.webm", DASHED, NAME_IS_ID),
        ("FVC1/youtube/Y7MJl-bn_QA/video.mp4", TUBE, FOLDER_IS_ID),
        ("FVC3/FVC3/deep/er/1542574069191584/x/video.mp4", FACE, FOLDER_IS_ID),
        ("youtube_Y7MJl-bn_QA_720p.mp4", TUBE, ID_IN_NAME),
        ("A title: of it-Y7MJl-bn_QA.mkv", TUBE, ID_IN_NAME),
        ("A title [Y7MJl-bn_QA].mp4", TUBE, ID_IN_NAME),
        ("Y7MJl-bn_QA.f137+140.mp4", TUBE, ID_IN_NAME),
        ("видео Y7MJl-bn_QA.mp4", TUBE, ID_IN_NAME),
        ("A title--7MJl_bnLQ_.mp4", DASHED, ID_IN_NAME),
        ("youtube_-7MJl_bnLQ__720p.mp4", DASHED, ID_IN_NAME),
        ("facebook_1542574069191584.mp4", FACE, ID_IN_NAME),
        ("668495176038510592-1.mp4", TWEET, ID_IN_NAME),
        ("y7mjl-bn_qa.MP4", TUBE, ID_ANY_CASE),
        ("youtube/Y7MJL-BN_QA/video.mp4", TUBE, ID_ANY_CASE),
        ("x_y7mjl-bn_qa_720p.mp4", TUBE, ID_ANY_CASE),
    ],
)
def test_a_file_is_found_and_the_rule_is_said(name, video, rule):
    match = found(name).matches[video.key]
    assert (str(match.path), match.rule) == (name, rule)


@pytest.mark.parametrize(
    "name",
    [
        "11542574069191584.mp4",
        "15425740691915840.mp4",
        "x1542574069191584.mp4",
        "154257406919158.mp4",
        "aY7MJl-bn_QA.mp4",
        "Y7MJl-bn_QAz.mp4",
        "Y7MJl-bn.mp4",
        "Y7MJl bn QA.mp4",
        "video.mp4",
        "f0.mp4",
    ],
)
def test_anything_weaker_than_a_whole_id_is_no_match(name):
    result = found(name)
    assert not result.matches
    assert [str(path) for path in result.unknown] == [name]


@pytest.mark.parametrize(
    ("indexed", "name", "rule"),
    [
        ("FVC1/youtube/x.mp4", "FVC1/youtube/x.mp4", INDEX_PATH),
        ("videos/FVC1/youtube/x.mp4", "FVC1/youtube/x.mp4", INDEX_PATH),
        ("/home/me/fvc/videos/FVC1/x.mp4", "old/videos/FVC1/x.mp4", INDEX_PATH),
        (r"videos\FVC1\youtube\x.mp4", "videos/FVC1/youtube/x.mp4", INDEX_PATH),
        ("videos/x.mp4", "x.mp4", INDEX_PATH),
        ("FVC1/YouTube/x.mp4", "fvc1/youtube/X.MP4", INDEX_PATH_ANY_CASE),
        ("FVC1/youtube/x.mp4", "FVC1/YouTube/x.webm", INDEX_PATH_ANY_ENDING),
    ],
)
def test_an_index_tells_the_file_whatever_its_name(indexed, name, rule):
    match = found(name, index={TUBE.key: indexed}).matches[TUBE.key]
    assert (str(match.path), match.rule) == (name, rule)


def test_an_index_of_another_folder_does_no_harm():
    result = found("FVC1/b/x.mp4", index={TUBE.key: "FVC1/a/x.mp4", FACE.key: ".."})
    assert not result.matches


def test_of_several_files_the_strongest_rule_wins_then_the_shallowest_then_the_first():
    files = ("x/Y7MJl-bn_QA.mp4", "Y7MJl-bn_QA/a.mp4", "Y7MJl-bn_QA.mkv", "Y7MJl-bn_QA.avi")
    result = found(*files)
    assert str(result.matches[TUBE.key].path) == "Y7MJl-bn_QA.avi"
    assert {str(path) for path, key in result.copies} == set(files) - {"Y7MJl-bn_QA.avi"}
    assert result == found(*sorted(files)) == found(*sorted(files, reverse=True))


def test_a_file_that_two_rules_give_away_goes_to_the_stronger():
    result = found("Y7MJl-bn_QA/1542574069191584.mp4")
    assert result.matches.keys() == {FACE.key}
    assert not result.copies


def test_a_file_with_two_ids_in_its_name_is_contested():
    result = found("Y7MJl-bn_QA_1542574069191584.mp4")
    assert not result.matches
    assert result.contested[0][1] == (FACE.key, TUBE.key)


def test_ids_that_differ_by_case_alone_are_told_by_their_case_and_only_by_it():
    twins = {v.key: v for v in (TUBE, WebVideo("youtube", "y7mjL-BN_qa"))}
    exact = resolve(twins, [PurePosixPath("Y7MJl-bn_QA.mp4")])
    assert exact.matches.keys() == {TUBE.key}
    folded = resolve(twins, [PurePosixPath("y7mjl-bn_qa.mp4")])
    assert not folded.matches


def test_one_number_on_two_platforms_is_told_by_the_folder():
    tweet = WebVideo("twitter", FACE.video_id)
    both = {FACE.key: FACE, tweet.key: tweet}
    told = resolve(both, [PurePosixPath(f"FVC1/Twitter/{FACE.video_id}/video.mp4")])
    assert told.matches.keys() == {tweet.key}
    untold = resolve(both, [PurePosixPath(f"{FACE.video_id}.mp4")])
    assert untold.contested[0][1] == (FACE.key, tweet.key)


def test_the_count_by_rule_goes_from_the_strongest_to_the_weakest():
    result = found("668495176038510592.mp4", "a-7MJl_bnLQ_/x.mp4", "x_1542574069191584.mp4")
    assert list(result.by_rule().items()) == [(NAME_IS_ID, 1), (ID_IN_NAME, 1)]


LETTERS = string.ascii_letters + string.digits
IDS = st.text(alphabet=LETTERS + "-_", min_size=11, max_size=11)
AROUND = st.text(alphabet=st.characters(codec="ascii", exclude_characters="/\0."), max_size=12)


@given(video_id=IDS, before=AROUND, after=AROUND)
def test_an_id_set_off_on_both_sides_is_always_found(video_id, before, after):
    video = WebVideo("youtube", video_id)
    name = PurePosixPath(f"{before} {video_id} {after}.mp4")
    assert video.key in resolve({video.key: video}, [name]).matches


@given(video_id=IDS, before=AROUND, after=AROUND)
def test_a_file_is_never_both_taken_and_reported_as_unknown(video_id, before, after):
    video = WebVideo("youtube", video_id)
    result = resolve({video.key: video}, [PurePosixPath(f"{before}{video_id}{after}.mp4")])
    assert len(result.matches) + len(result.unknown) == 1
    assert all(match.rule in RULES for match in result.matches.values())
