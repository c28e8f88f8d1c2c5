import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.stages.frame_choice import frames_at_rate, frames_per_video

times = st.lists(st.floats(0.001, 3.0), min_size=1, max_size=80).map(np.cumsum)


@pytest.mark.parametrize("fps", [8, 12.5, 24, 24000 / 1001, 25, 30000 / 1001, 50, 60])
@pytest.mark.parametrize("n", [5, 6, 41, 118, 120, 300, 1189])
def test_three_frames_are_those_at_a_third_a_half_and_two_thirds(n, fps):
    shown_at = np.arange(n) / fps
    for stamps in (shown_at, np.round(shown_at, 3), shown_at + 0.08):
        assert frames_per_video(stamps, 3) == (n // 3, n // 2, 2 * n // 3)


def test_duration_counts_where_the_frame_rate_varies():
    # Ten pictures in the first second, then one every second up to the tenth.
    shown_at = [i / 10 for i in range(10)] + [float(s) for s in range(1, 10)]
    chosen = frames_per_video(shown_at, 3)
    assert [shown_at[i] for i in chosen] == [3.0, 4.0, 6.0]


@given(times, st.integers(1, 12))
def test_as_many_different_frames_as_asked_for_or_all(shown_at, n):
    chosen = frames_per_video(shown_at, n)
    assert len(chosen) == min(n, len(shown_at))
    assert list(chosen) == sorted(set(chosen))
    assert all(0 <= i < len(shown_at) for i in chosen)


@given(times, st.floats(0.1, 100))
def test_frames_at_a_rate_exist_increase_and_begin_with_the_first(shown_at, rate_hz):
    chosen = frames_at_rate(shown_at, rate_hz)
    assert chosen[0] == 0
    assert list(chosen) == sorted(set(chosen))
    assert chosen[-1] < len(shown_at)


def test_five_a_second():
    assert frames_at_rate(np.arange(50) / 25, 5) == tuple(range(0, 50, 5))
    assert len(frames_at_rate(np.round(np.arange(300) * 1001 / 30000, 3), 5)) == 51
    assert frames_at_rate(np.arange(4) / 25, 100) == (0, 1, 2, 3)


def test_no_frames_give_none():
    assert frames_at_rate([], 5) == ()
    assert frames_per_video([], 3) == ()
