import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aura.duplicates.comparison import in_order


def by_trying_all(found: np.ndarray) -> int:
    """Return the most rows that can be given a counterpart each without going back."""
    n_first, n_second = found.shape
    best = 0
    for chosen in itertools.product(range(-1, n_second), repeat=n_first):
        taken = [(row, column) for row, column in enumerate(chosen) if column >= 0]
        columns = [column for _, column in taken]
        if all(found[pair] for pair in taken) and columns == sorted(columns):
            best = max(best, len(taken))
    return best


@given(arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 4))))
def test_the_count_is_the_best_of_all_orders(found):
    assert in_order(found[None]).tolist() == [by_trying_all(found)]


def test_pairs_are_counted_apart_from_each_other():
    found = np.stack([np.eye(3, dtype=bool), np.eye(3, dtype=bool)[::-1], np.zeros((3, 3), bool)])
    assert in_order(found).tolist() == [3, 1, 0]


def test_videos_without_frames_match_nothing():
    assert in_order(np.zeros((2, 0, 3), bool)).tolist() == [0, 0]
    assert in_order(np.zeros((2, 3, 0), bool)).tolist() == [0, 0]
