import numpy as np
import polars as pl
import pytest

from aura.audit.neighbours import cluster_scorer, pair_scorer

IDS = pl.Series(["a", "b", "c", "d", "e"])
LABELS = np.array([0, 1, 1, 0, 1])


def mask(*rows: int) -> np.ndarray:
    return np.isin(np.arange(5), rows)


@pytest.fixture
def pairs() -> pl.DataFrame:
    return pl.DataFrame(
        {"first": ["a", "a", "c", "x"], "second": ["b", "d", "a", "a"],
         "share": [0.9, 0.5, 0.9, 1.0]}
    )  # fmt: skip


def test_a_video_is_called_what_its_most_similar_likeness_was(pairs):
    score = pair_scorer(IDS, LABELS, pairs=pairs)
    # a is most like b and c (both fake) and less like d (real).
    assert score(mask(1, 2, 3, 4), mask(0)).tolist() == [1.0]
    assert score(mask(3, 4), mask(0)).tolist() == [-1.0]
    assert score(mask(0, 4), mask(1, 2, 3)).tolist() == [-1.0, -1.0, -1.0]


def test_equally_similar_likenesses_are_averaged_and_strangers_are_unknown(pairs):
    labels = np.array([0, 1, 0, 0, 1])
    score = pair_scorer(IDS, labels, pairs=pairs)
    assert score(mask(1, 2, 3), mask(0, 4)).tolist() == [0.0, 0.0]
    assert pair_scorer(IDS, labels, pairs=pairs.clear())(mask(0), mask(1)).tolist() == [0.0]


def test_a_group_of_near_duplicates_votes_by_those_learned_from():
    score = cluster_scorer(pl.Series(["g", "g", "g", None, None]), LABELS)
    assert score(mask(1, 2, 3, 4), mask(0)).tolist() == [1.0]
    assert score(mask(0, 1), mask(2, 3, 4)).tolist() == [0.0, 0.0, 0.0]
    assert score(mask(3, 4), mask(0, 1, 2)).tolist() == [0.0, 0.0, 0.0]
