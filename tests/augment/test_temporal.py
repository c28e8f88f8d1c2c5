from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.augment.temporal import FrameDrop, FrameDuplicate


def shown(operation, n_frames):
    frames = (np.full((2, 2, 3), i % 256, np.uint8) for i in range(n_frames))
    return [int(frame[0, 0, 0]) for frame in operation.apply(frames)]


@given(n_frames=st.integers(0, 200), window=st.integers(5, 12), seed=st.integers(0, 2**32 - 1))
def test_dropping_loses_a_quarter_at_most_and_never_two_in_a_row(n_frames, window, seed):
    kept = shown(FrameDrop(window=window, seed=seed), n_frames)
    n_lost = n_frames - len(kept)
    assert n_frames // window <= n_lost <= n_frames / 4
    assert kept == sorted(set(kept))
    assert all(later - earlier <= 2 for earlier, later in pairwise(kept))


@given(n_frames=st.integers(0, 200), window=st.integers(5, 12), seed=st.integers(0, 2**32 - 1))
def test_duplicating_shows_every_frame_and_some_twice(n_frames, window, seed):
    frames = shown(FrameDuplicate(window=window, seed=seed), n_frames)
    n_added = len(frames) - n_frames
    assert n_frames // window <= n_added <= n_frames / 4
    assert sorted(set(frames)) == list(range(n_frames))
    assert frames == sorted(frames)


@pytest.mark.parametrize("operation_type", [FrameDrop, FrameDuplicate])
def test_a_short_video_too_changes_by_a_quarter_at_most(operation_type):
    for n_frames in range(13):
        for seed in range(30):
            frames = shown(operation_type(window=5, seed=seed), n_frames)
            assert abs(len(frames) - n_frames) <= n_frames / 4, (n_frames, seed)


@pytest.mark.parametrize("operation_type", [FrameDrop, FrameDuplicate])
def test_the_places_vary_from_window_to_window(operation_type):
    frames = shown(operation_type(window=10, seed=1), 200)
    changed = (
        set(range(200)) - set(frames)
        if operation_type is FrameDrop
        else {i for i in frames if frames.count(i) == 2}
    )
    assert len(changed) == 20
    assert len({i % 10 for i in changed}) > 3


def test_a_repeated_frame_is_not_the_same_array(numbered):
    frames = list(FrameDuplicate(window=5, seed=0).apply(iter(numbered)))
    assert len({id(frame) for frame in frames}) == len(frames)
