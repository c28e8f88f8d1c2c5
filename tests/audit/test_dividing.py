import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.audit.dividing import (
    drawn_groups,
    group_codes,
    group_folds,
    row_folds,
    rows_to_learn_from,
    source_column,
    source_folds,
)
from aura.errors import DataError


@given(st.lists(st.integers(0, 1), min_size=4, max_size=60), st.integers(2, 6), st.integers(0, 9))
def test_rows_are_dealt_out_evenly_by_class(labels, n_folds, seed):
    truth = np.array(labels)
    if min(np.sum(truth == 0), np.sum(truth == 1)) < 2:
        with pytest.raises(DataError, match="in at least two"):
            row_folds(truth, n_folds=n_folds, seed=seed)
        return
    folds = row_folds(truth, n_folds=n_folds, seed=seed)
    for label in (0, 1):
        counts = np.bincount(folds[truth == label])
        assert counts.max() - counts.min() <= 1
    assert folds.max() + 1 <= n_folds
    assert np.array_equal(folds, row_folds(truth, n_folds=n_folds, seed=seed))


def test_another_seed_deals_rows_otherwise():
    truth = np.arange(40) % 2
    one, two = (row_folds(truth, n_folds=4, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one, two)


def test_groups_stay_whole_and_folds_shrink_to_what_there_is():
    groups = ["a", "a", "b", "b", "c", "c"]
    folds = group_folds(np.array([0, 1] * 3), groups, n_folds=5, seed=0)
    assert len(set(folds)) == 3
    assert all(folds[i] == folds[i + 1] for i in (0, 2, 4))


def test_one_huge_group_still_leaves_two_folds():
    # Three folds with both classes would need three groups of fakes that are alike.
    groups = ["big"] * 30 + ["b", "b", "c"]
    labels = np.array([0, 1] * 15 + [0, 1, 1])
    folds = group_folds(labels, groups, n_folds=5, seed=0)
    assert set(folds) == {0, 1}


def test_a_class_in_one_group_is_said():
    with pytest.raises(DataError, match="real videos lie in 1 group; two folds"):
        group_folds(np.array([0, 0, 1, 1]), ["a", "a", "b", "c"], n_folds=5, seed=0)


def test_each_source_is_left_out_once_and_no_group_teaches_about_itself():
    labels = np.array([0, 1] * 4)
    sources = ["x", "x", "y", "y", "z", "z", None, None]
    groups = ["0", "1", "2", "tied", "4", "tied", "6", "7"]
    folds = source_folds(labels, groups, sources=sources, max_folds=9, seed=0)
    assert folds.tolist() == [0, 0, 1, 1, 2, 2, -1, -1]
    kin = group_codes(groups)
    # The row of z that is tied to y does not teach about y, nor do rows without a source.
    assert np.flatnonzero(rows_to_learn_from(folds, 1, kin=kin)).tolist() == [0, 1, 4]
    assert np.flatnonzero(rows_to_learn_from(folds, 1, kin=None)).tolist() == [0, 1, 4, 5]


def test_many_sources_share_folds():
    labels = np.arange(400) % 2
    sources = [f"s{n // 4}" for n in range(400)]
    folds = source_folds(labels, sources, sources=sources, max_folds=7, seed=0)
    assert set(folds) == set(range(7))
    for source in set(sources):
        assert len({f for f, s in zip(folds, sources, strict=True) if s == source}) == 1


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (["x"] * 4, "one source"),
        (["x", "x", "y", "y"], "outside the source 'x' and its groups are all fake"),
    ],
)
def test_why_no_source_can_be_left_out(sources, said):
    with pytest.raises(DataError, match=said):
        source_folds(np.array([0, 1, 1, 1]), list("abcd"), sources=sources, max_folds=9, seed=0)


def test_the_source_is_the_first_column_that_tells_videos_apart():
    table = pl.DataFrame({"source": ["a", "a", None], "dataset": ["d", "d", "d"]})
    assert source_column(table) is None
    platforms = table.with_columns(platform=pl.Series(["p", "q", "q"]))
    assert source_column(platforms) == "platform"


@given(st.lists(st.integers(0, 8), min_size=1, max_size=50), st.integers(1, 50), st.integers(0, 5))
def test_groups_are_drawn_whole_and_never_too_many(groups, limit, seed):
    names = [str(group) for group in groups]
    drawn = drawn_groups(names, limit=limit, seed=seed)
    assert drawn.sum() <= limit or len(names) <= limit
    for name in set(names):
        assert len({bool(d) for d, n in zip(drawn, names, strict=True) if n == name}) == 1


def test_the_same_groups_are_drawn_in_any_order_of_rows():
    names = [str(number // 3) for number in range(90)]
    drawn = drawn_groups(names, limit=30, seed=4)
    assert drawn.sum() == 30
    turned = drawn_groups(names[::-1], limit=30, seed=4)
    assert np.array_equal(drawn, turned[::-1])
