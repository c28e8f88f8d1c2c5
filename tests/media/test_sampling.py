import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.errors import UsageError
from aura.media import bursts, indices_at_fractions, indices_at_rate, uniform_indices

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
