from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.errors import UsageError
from aura.media import (
    bursts,
    clips_with_stride,
    indices_at_fractions,
    indices_at_rate,
    jittered_clip,
    jittered_indices,
    uniform_indices,
)

counts = st.integers(0, 500)
sizes = st.integers(1, 60)


@given(n_frames=counts, n=sizes)
def test_uniform_indices_lie_in_the_middle_of_equal_parts(n_frames: int, n: int) -> None:
    indices = uniform_indices(n_frames, n)
    assert len(indices) == min(n, n_frames)
    assert list(indices) == sorted(set(indices))
    for part, index in enumerate(indices):
        centre = (part + 0.5) * n_frames / len(indices)
        assert index - 1e-9 <= centre < index + 1


def test_uniform_indices_are_not_the_first_frames() -> None:
    assert uniform_indices(300, 3) == (50, 150, 250)


@given(n_frames=st.integers(1, 500), fractions=st.lists(st.floats(0, 1), max_size=20))
def test_indices_at_fractions_exist_and_increase(n_frames: int, fractions: list[float]) -> None:
    indices = indices_at_fractions(n_frames, fractions)
    assert list(indices) == sorted(set(indices))
    assert all(0 <= index < n_frames for index in indices)
    assert bool(indices) == bool(fractions)


@given(n_frames=counts, fps=st.floats(1, 120), rate_hz=st.floats(0.1, 240))
def test_indices_at_rate_show_what_is_on_screen(n_frames: int, fps: float, rate_hz: float) -> None:
    indices = indices_at_rate(n_frames, fps, rate_hz)
    assert list(indices) == sorted(set(indices))
    assert all(0 <= index < n_frames for index in indices)
    if rate_hz < fps:
        for sample, index in enumerate(indices):
            assert index <= sample * fps / rate_hz + 1e-5
            assert index + 1 > sample * fps / rate_hz - 1e-5
    else:
        assert len(indices) == n_frames


@given(n_frames=counts, n_bursts=sizes, length=sizes)
def test_bursts_are_whole_runs_apart(n_frames: int, n_bursts: int, length: int) -> None:
    runs = bursts(n_frames, n_bursts, length)
    flat = [index for run in runs for index in run]
    assert flat == sorted(set(flat))
    assert all(0 <= index < n_frames for index in flat)
    assert all(run == tuple(range(run[0], run[0] + len(run))) for run in runs)
    if n_frames >= length:
        assert {len(run) for run in runs} == {length}
        assert len(runs) == min(n_bursts, n_frames // length)
    else:
        assert flat == list(range(n_frames))


@pytest.mark.parametrize(
    "call",
    [
        lambda: uniform_indices(-1, 3),
        lambda: uniform_indices(10, 0),
        lambda: indices_at_fractions(10, [1.5]),
        lambda: indices_at_fractions(10, [float("nan")]),
        lambda: indices_at_rate(10, 0.0, 5.0),
        lambda: indices_at_rate(10, 25.0, float("inf")),
        lambda: bursts(10, 1, 0),
    ],
)
def test_impossible_questions_are_refused(call) -> None:
    with pytest.raises(UsageError):
        call()


@given(n_frames=counts, n_clips=st.integers(1, 8), length=st.integers(1, 20), stride=sizes)
def test_clips_keep_their_stride_where_the_video_is_long_enough(
    n_frames: int, n_clips: int, length: int, stride: int
) -> None:
    clips = clips_with_stride(n_frames, n_clips, length, stride=stride)
    fits = n_frames >= (length - 1) * stride + 1
    for clip in clips:
        assert len(clip) == min(length, n_frames)
        assert 0 <= clip[0] <= clip[-1] < n_frames
        steps = {later - earlier for earlier, later in pairwise(clip)}
        assert len(steps) <= 1
        assert not (fits and steps) or steps == {stride}
    assert len({clip[0] for clip in clips}) == len(clips)
    assert len(clips) <= n_clips
    assert bool(clips) == (n_frames > 0)


def test_clips_reach_from_the_first_frame_to_the_last() -> None:
    clips = clips_with_stride(1000, 5, 16, stride=4)
    assert (clips[0][0], clips[-1][-1], len(clips)) == (0, 999, 5)


@given(n_frames=counts, n=sizes, seed=st.integers())
def test_jittered_indices_take_one_frame_from_each_part(n_frames: int, n: int, seed: int) -> None:
    indices = jittered_indices(n_frames, n, seed=seed)
    assert indices == jittered_indices(n_frames, n, seed=seed)
    assert len(indices) == min(n, n_frames)
    for part, index in enumerate(indices):
        assert part * n_frames // len(indices) <= index < (part + 1) * n_frames // len(indices)


def test_jitter_reaches_every_frame_and_differs_from_seed_to_seed() -> None:
    drawn = [jittered_indices(20, 4, seed=seed) for seed in range(200)]
    assert len(set(drawn)) > 100
    assert {index for indices in drawn for index in indices} == set(range(20))


@given(n_frames=counts, length=st.integers(1, 20), stride=sizes, seed=st.integers())
def test_jittered_clips_lie_within_the_video(
    n_frames: int, length: int, stride: int, seed: int
) -> None:
    clip = jittered_clip(n_frames, length, stride=stride, seed=seed)
    assert len(clip) == min(length, n_frames)
    assert list(clip) == sorted(set(clip))
    assert all(0 <= index < n_frames for index in clip)


def test_jittered_clips_start_anywhere() -> None:
    starts = {jittered_clip(40, 16, stride=2, seed=seed)[0] for seed in range(300)}
    assert starts == set(range(10))


@pytest.mark.parametrize("wrong", [{"length": 0}, {"stride": 0}, {"n_frames": -1}])
def test_clips_of_impossible_shapes_are_refused(wrong: dict[str, int]) -> None:
    numbers = {"n_frames": 10, "length": 4, "stride": 1} | wrong
    with pytest.raises(UsageError, match=next(iter(wrong))):
        jittered_clip(numbers["n_frames"], numbers["length"], stride=numbers["stride"], seed=0)
