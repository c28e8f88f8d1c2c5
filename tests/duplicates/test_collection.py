import numpy as np

from aura.duplicates import VideoFingerprint
from aura.duplicates.collection import collect
from aura.duplicates.frame_hash import FrameHashes

STILL = np.array([[1, 2]], dtype=np.uint64)
OTHER = ~STILL


def text_of(*frames: np.ndarray) -> str:
    bits = np.concatenate(frames)
    hashes = FrameHashes(bits, np.full(len(bits), 0xFFFF, dtype=np.uint16))
    return VideoFingerprint(np.arange(len(bits)) / 4, hashes).to_text()


def test_videos_follow_each_other():
    collection = collect([text_of(STILL, OTHER), "", None, text_of(OTHER)])
    assert collection.starts.tolist() == [0, 2, 2, 2, 3]
    assert collection.n_frames.tolist() == [2, 0, 0, 1]
    assert collection.video_of_frame().tolist() == [0, 0, 3]
    np.testing.assert_array_equal(collection.hashes.bits, np.concatenate([STILL, OTHER, OTHER]))


def test_a_frame_moves_where_the_one_before_or_after_it_differs():
    collection = collect([text_of(STILL, STILL, STILL, OTHER, OTHER, OTHER)])
    assert collection.moving.tolist() == [False, False, True, True, False, False]


def test_the_next_video_is_no_movement():
    collection = collect(["", text_of(STILL, STILL), "", text_of(OTHER, OTHER), text_of(STILL)])
    assert not collection.moving.any()


def test_nothing_is_collected_from_nothing():
    assert collect([]).n_videos == 0
    assert collect(["", ""]).n_frames.tolist() == [0, 0]
