import csv

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.datasets.demo import DemoConfig, generate_demo
from aura.duplicates import (
    DuplicateConfig,
    VideoFingerprint,
    fingerprint_video,
    groups_of,
    near_duplicate_pairs,
    near_groups,
)
from aura.duplicates.fingerprint import from_text
from aura.duplicates.frame_hash import FrameHashes
from aura.errors import DataError

N_SCENES = 4


def made_up(n_frames: int, *, seed: int, start: int = 0) -> str:
    """Return the fingerprint of a video of ``n_frames`` random pictures from the seed's film."""
    film = np.random.default_rng(seed).integers(0, 2**64, (64, 2), dtype=np.uint64)
    bits = film[start : start + n_frames]
    hashes = FrameHashes(bits, np.full(n_frames, 0xFFFF, dtype=np.uint16))
    return VideoFingerprint(np.arange(n_frames) / 2, hashes).to_text()


def joined(*texts: str) -> str:
    """Return the fingerprint of videos shown one after another."""
    parts = [from_text(text) for text in texts]
    bits = np.concatenate([part.hashes.bits for part in parts])
    textured = np.concatenate([part.hashes.textured for part in parts])
    return VideoFingerprint(np.arange(len(bits)) / 2, FrameHashes(bits, textured)).to_text()


def names(n: int) -> list[str]:
    return [f"v{number:02d}" for number in range(n)]


def test_a_changed_copy_is_found_and_nothing_else(scene, fingerprint_of, originals, change):
    copies = [fingerprint_of(change(scene(number)), crf=34) for number in range(N_SCENES)]
    found = near_groups(names(2 * N_SCENES), [*originals, *copies])
    assert found == names(N_SCENES) * 2


def test_a_mirrored_copy_is_found_and_called_so(scene, fingerprint_of, originals):
    copy = fingerprint_of(np.ascontiguousarray(scene(2)[:, :, ::-1]), crf=34)
    pairs = near_duplicate_pairs([*names(N_SCENES), "x"], [*originals, copy])
    assert pairs.select("first", "second", "mirrored").rows() == [("v02", "x", True)]
    off = DuplicateConfig(mirrored=False)
    assert near_duplicate_pairs([*names(N_SCENES), "x"], [*originals, copy], config=off).is_empty()


def test_a_still_image_is_found_in_its_recompressed_copy(scene, fingerprint_of):
    still = np.repeat(scene(1)[:1], 30, axis=0)
    texts = [fingerprint_of(still), fingerprint_of(still, crf=38)]
    assert near_groups(["a", "b"], texts) == ["a", "a"]


def test_a_single_frame_is_found_in_another_single_frame(scene, fingerprint_of, originals):
    texts = [fingerprint_of(scene(1)[:1]), fingerprint_of(scene(1)[:1], crf=30), originals[2]]
    assert near_groups(["a", "b", "c"], texts) == ["a", "a", None]


def test_black_frames_do_not_tie_videos(scene, fingerprint_of):
    def with_black(number: int) -> str:
        frames = scene(number)
        frames[:24] = 0
        frames[-6:] = 255
        return fingerprint_of(frames)

    assert near_groups(["a", "b"], [with_black(0), with_black(1)]) == [None, None]


def test_blank_and_missing_fingerprints_have_no_copies(originals):
    assert near_groups(["a", "b", "c", "d"], ["", "", None, originals[0]]) == [None] * 4


def test_a_common_opening_does_not_tie_videos():
    opening = made_up(4, seed=1)
    texts = [joined(opening, made_up(20, seed=2)), joined(opening, made_up(24, seed=3))]
    assert near_groups(["a", "b"], texts) == [None, None]
    lenient = DuplicateConfig(min_share=0.15)
    assert near_groups(["a", "b"], texts, config=lenient) == ["a", "a"]


def test_a_clip_within_a_longer_video_is_tied_to_it():
    clip = made_up(6, seed=1)
    compilation = joined(made_up(10, seed=2), clip, made_up(14, seed=3))
    pairs = near_duplicate_pairs(["a", "b"], [compilation, clip])
    assert pairs.rows() == [("a", "b", 6, 1.0, False)]


def test_the_same_moments_in_another_order_are_not_the_same_footage():
    parts = [made_up(1, seed=seed) for seed in range(12)]
    texts = [joined(*parts), joined(*parts[::-1])]
    assert near_groups(["a", "b"], texts) == [None, None]


def test_one_shared_picture_does_not_tie_videos_that_have_more():
    shared = made_up(1, seed=9)
    texts = [joined(shared, made_up(1, seed=1), made_up(1, seed=2)), joined(*[shared] * 12)]
    assert near_groups(["a", "b"], texts) == [None, None]


def test_groups_follow_chains_and_bear_the_smallest_name():
    middle = made_up(30, seed=1)
    texts = [made_up(14, seed=1, start=16), made_up(8, seed=5), middle, made_up(14, seed=1)]
    assert near_groups(["d", "c", "b", "a"], texts) == ["a", None, "a", "a"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_videos_does_not_matter(order):
    texts = [made_up(10 + number, seed=number // 3) for number in range(8)]
    ids = [f"video {number}" for number in range(8)]
    expected = near_duplicate_pairs(ids, texts)
    shuffled = near_duplicate_pairs([ids[i] for i in order], [texts[i] for i in order])
    assert shuffled.equals(expected)


def test_many_copies_of_one_video_end_in_one_group():
    ids = [f"{number:04d}" for number in range(300)]
    assert near_groups(ids, [made_up(12, seed=4)] * 300) == ["0000"] * 300


def test_pairs_are_sorted_and_each_named_once(originals):
    ids = ["z", "b", "y", "a"]
    pairs = near_duplicate_pairs(ids, [originals[0], originals[1]] * 2)
    assert pairs.schema == {
        "first": pl.String,
        "second": pl.String,
        "n_matched": pl.Int64,
        "share": pl.Float64,
        "mirrored": pl.Boolean,
    }
    assert pairs.select("first", "second").rows() == [("a", "b"), ("y", "z")]


@pytest.mark.parametrize("n", [0, 1])
def test_few_videos_have_no_pairs(n, originals):
    assert near_duplicate_pairs(["a"][:n], originals[:n]).shape == (0, 5)
    assert near_groups(["a"][:n], originals[:n]) == [None] * n


def test_wrong_arguments_are_explained(originals):
    with pytest.raises(DataError, match="2 videos and 1 fingerprints"):
        near_groups(["a", "b"], originals[:1])
    with pytest.raises(DataError, match="occur once"):
        near_groups(["a", "a"], originals[:2])
    with pytest.raises(DataError, match="fingerprint 1: 'rubbish'"):
        near_groups(["a", "b"], [originals[0], "rubbish"])


def test_groups_need_no_pairs():
    nothing = pl.DataFrame(schema={"first": pl.String, "second": pl.String})
    assert groups_of(["a", "b"], nothing) == [None, None]
    assert groups_of([], nothing) == []


def test_the_demo_ties_what_was_filmed_together_and_nothing_across_scenes(tmp_path):
    small = DemoConfig(
        n_groups=6,
        n_held_out=1,
        widths=(128,),
        heights=(96,),
        min_duration_s=0.9,
        max_duration_s=1.1,
    )
    table = generate_demo(tmp_path / "demo", config=small)
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts = [
        fingerprint_video(table.parent / row["path"], DuplicateConfig()).to_text() for row in rows
    ]
    places = [str(number) for number in range(len(rows))]
    pairs = near_duplicate_pairs(places, texts)
    scenes = [
        (rows[int(first)]["group_id"], rows[int(second)]["group_id"])
        for first, second in pairs.select("first", "second").iter_rows()
    ]
    assert all(one == other for one, other in scenes)
    # Each take stands there twice: as it was filmed and forged.
    takes = {frozenset(pair) for pair in pairs.select("first", "second").iter_rows()}
    assert len(takes) >= 2 * small.n_groups
    assert all(group is not None for group in near_groups(places, texts))
