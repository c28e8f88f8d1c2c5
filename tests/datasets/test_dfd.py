from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import build_dfd, dfd_names, touch

from aura.datasets import DataConfig, Listing
from aura.datasets.dfd import list_dfd, parse_dfd
from aura.errors import DataError

CONFIG = DataConfig()


def by_stem(listing: Listing) -> dict[str, dict[str, str | None]]:
    return {video.path.stem: dict(video.extras) for video in listing.videos}


@pytest.mark.parametrize("real", ["DFD_original sequences", "DFD_original_sequences"])
@pytest.mark.parametrize(
    "fake",
    [
        "DFD_manipulated_sequences/DFD_manipulated_sequences",
        "DFD_manipulated_sequences",
        "DFD_manipulated sequences",
        "dfd_MANIPULATED_sequences",
    ],
)
def test_every_spelling_and_nesting_of_the_folders_is_read(tmp_path, real, fake):
    touch(tmp_path, dfd_names(fake, real))
    listing = list_dfd(tmp_path, CONFIG)
    assert {v.path.stem: v.label for v in listing.videos} == {
        **dict.fromkeys(["01__exit_phone_room", "01__walking", "02__exit_phone_room"], 0),
        **dict.fromkeys(["03__talking"], 0),
        **dict.fromkeys(["01_02__exit_phone_room__YVGY8LOK", "01_02__walking__YVGY8LOK"], 1),
        **dict.fromkeys(["02_01__exit_phone_room__0AB2XYZ9", "03_02__talking__Q1W2E3R4"], 1),
        "03_01__talking__AAAA1111": 1,
    }
    assert listing.left_out == ()


def test_a_fake_is_tied_to_both_actors_and_to_the_scene_it_was_made_of(tmp_path):
    videos = by_stem(list_dfd(build_dfd(tmp_path), CONFIG))
    fake = videos["01_02__exit_phone_room__YVGY8LOK"]
    assert fake["identities"] == "dfd/01;dfd/02"
    assert fake["method"] == "DeepFakeDetection"
    original = videos["01__exit_phone_room"]
    assert original["identities"] == "dfd/01"
    assert original["method"] is None
    ties = [set((columns["ties"] or "").split(";")) for columns in (fake, original)]
    shared = ties[0] & ties[1]
    assert shared == {"scene-source:dfd/01__exit_phone_room"}


def test_one_hash_under_two_scenes_makes_two_videos(tmp_path):
    listing = list_dfd(build_dfd(tmp_path), CONFIG)
    same = [v for v in listing.videos if v.path.stem.endswith("YVGY8LOK")]
    assert len({v.video_id for v in same}) == len(same) == 2
    assert len({v.extras["ties"] for v in same}) == 2


@pytest.mark.parametrize(
    "stem",
    ["trailer", "1__walking", "01_walking", "01_02__walking__SHORT", "01_02__walking", "0١__a"],
)
def test_names_that_fit_neither_pattern_are_left_out(tmp_path, stem):
    assert parse_dfd(stem) is None
    root = touch(build_dfd(tmp_path), [f"DFD_original sequences/{stem}.mp4"])
    (left,) = list_dfd(root, CONFIG).left_out
    assert (left.kind, Path(left.what).stem) == ("file without metadata", stem)


@given(
    actor=st.from_regex(r"[0-9]{2}", fullmatch=True),
    donor=st.none() | st.from_regex(r"[0-9]{2}", fullmatch=True),
    words=st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=5),
    code=st.from_regex(r"[A-Z0-9]{8}", fullmatch=True),
)
def test_whatever_a_name_says_is_read_back(actor, donor, words, code):
    scene = "_".join(words)
    stem = f"{actor}__{scene}" if donor is None else f"{actor}_{donor}__{scene}__{code}"
    name = parse_dfd(stem)
    assert name is not None
    assert (name.actor, name.donor, name.scene) == (actor, donor, scene)


def test_a_fake_among_the_originals_is_a_contradiction_not_a_guess(tmp_path):
    name = "DFD_original sequences/01_02__walking__ZZZZ9999.mp4"
    root = touch(build_dfd(tmp_path), [name])
    (left,) = list_dfd(root, CONFIG).left_out
    assert (left.kind, left.what) == ("contradicting labels", str(root / name))


def test_originals_alone_are_refused(tmp_path):
    touch(tmp_path, ["DFD_original sequences/01__walking.mp4"])
    with pytest.raises(DataError, match="all 1 videos are real"):
        list_dfd(tmp_path, CONFIG)


def test_the_whole_data_set_is_listed(tmp_path):
    actors = [f"{number:02d}" for number in range(1, 29)]
    reals = [f"{actor}__scene_{i}" for i in range(13) for actor in actors][:363]
    fakes = [
        f"{a}_{b}__scene_{i}__{i:04d}{a}{b}"
        for i in range(5)
        for a in actors
        for b in actors
        if a != b
    ][:3068]
    touch(tmp_path / "DFD_original sequences", (f"{name}.mp4" for name in reals))
    nested = tmp_path / "DFD_manipulated_sequences/DFD_manipulated_sequences"
    touch(nested, (f"{name}.mp4" for name in fakes))
    listing = list_dfd(tmp_path, CONFIG)
    labels = [video.label for video in listing.videos]
    assert (labels.count(0), labels.count(1)) == (363, 3068)
    assert len({video.video_id for video in listing.videos}) == 3431
