import numpy as np
import polars as pl
import pytest

from aura.audit.findings import LeakPair, Side
from aura.audit.near import find_near_duplicates, moments_of, pairs_explain, with_near_groups
from aura.duplicates import DuplicateConfig, fingerprint_video
from aura.media import encode_video


@pytest.fixture(scope="module")
def prints(tmp_path_factory) -> pl.DataFrame:
    """Fingerprints of a moving scene, of the same half a second later, and of another scene."""
    folder = tmp_path_factory.mktemp("near")
    rows = []
    for name, seed, start in (("a", 1, 0), ("b", 1, 6), ("other", 2, 0)):
        noise = np.random.default_rng(seed).integers(0, 255, (8, 30, 3), dtype=np.uint8)
        wide = np.kron(noise, np.ones((12, 12, 1), dtype=np.uint8))
        frames = np.stack([wide[:, 4 * k : 4 * k + 128] for k in range(start, start + 30)])
        encode_video(folder / f"{name}.mp4", frames, fps=12)
        found = fingerprint_video(folder / f"{name}.mp4", DuplicateConfig())
        rows.append({"video_id": name, "fingerprint": found.to_text()})
    return pl.DataFrame([*rows, {"video_id": "blank", "fingerprint": None}])


def pair(first: str, second: str) -> LeakPair:
    one, two = (Side(video_id=i, path=i, label=0, place="fold 0") for i in (first, second))
    return LeakPair((("near-duplicate", "a"),), one, two)


def test_groups_found_are_joined_to_those_of_the_table(prints):
    near = find_near_duplicates(prints, config=DuplicateConfig())
    videos = pl.DataFrame(
        {
            "video_id": ["other", "b", "a", "new", "gone", "lost", "single"],
            "near_group": ["old", None, " old ", "", "missing", "missing", "alone"],
        }
    )
    found = with_near_groups(videos, near)
    assert found["video_id"].to_list() == videos["video_id"].to_list()
    # b is like a by its pixels, a like other by the table; gone and lost were never looked at.
    assert found["near_group"].to_list() == ["a", "a", "a", None, "gone", "gone", None]
    assert near.pairs.select("first", "second").rows() == [("a", "b")]
    assert not pairs_explain(near, found)


def test_groups_of_one_name_stay_apart(prints):
    near = find_near_duplicates(prints, config=DuplicateConfig())
    videos = pl.DataFrame({"video_id": ["a", "b", "v", "w"], "near_group": [None, None, "a", "a"]})
    assert with_near_groups(videos, near)["near_group"].to_list() == ["a", "a", "v", "v"]


def test_a_table_without_near_groups_gets_those_found(prints):
    near = find_near_duplicates(prints, config=DuplicateConfig())
    found = with_near_groups(pl.DataFrame({"video_id": ["b", "new", "a"]}), near)
    assert found["near_group"].to_list() == ["a", None, "a"]
    assert pairs_explain(near, found)


def test_a_video_without_a_fingerprint_was_not_looked_at(prints):
    near = find_near_duplicates(prints, config=DuplicateConfig())
    assert near.groups["video_id"].to_list() == ["a", "b", "other"]


def test_the_moments_shown_are_those_that_look_alike(prints):
    near = find_near_duplicates(prints, config=DuplicateConfig())
    moments = moments_of([pair("a", "b"), pair("a", "unknown"), pair("a", "blank")], near)
    ((ids, (first, second)),) = moments.items()
    assert ids == ("a", "b")
    assert first - second == pytest.approx(0.5, abs=0.2)
    assert moments_of([pair("a", "b")], None) == {}
