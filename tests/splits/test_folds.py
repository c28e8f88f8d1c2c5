import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import DataError
from aura.splits import (
    hashed_positions,
    held_out_groups,
    leave_one_out_folds,
    stratified_group_folds,
)


def draw_data(n_groups: int, seed: int) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    groups = [f"g{g}" for g in range(n_groups) for _ in range(int(rng.integers(1, 6)))]
    return rng.integers(0, 2, len(groups)), groups


@given(n_groups=st.integers(20, 60), n_folds=st.integers(2, 5), seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_no_group_is_divided_and_every_fold_has_both_classes(n_groups, n_folds, seed):
    labels, groups = draw_data(n_groups, seed)
    folds = stratified_group_folds(labels, groups, n_folds=n_folds, seed=seed)
    for group in set(groups):
        assert len({f for f, g in zip(folds, groups, strict=True) if g == group}) == 1
    for fold in range(n_folds):
        assert set(labels[folds == fold]) == {0, 1}


def test_folds_do_not_depend_on_the_order_of_rows_within_the_same_groups():
    labels, groups = draw_data(30, 3)
    folds = stratified_group_folds(labels, groups, n_folds=4, seed=1)
    order = np.random.default_rng(0).permutation(len(groups))
    shuffled = stratified_group_folds(labels[order], [groups[i] for i in order], n_folds=4, seed=1)
    assert (folds[order] == shuffled).all()


def test_equal_seeds_give_equal_folds_and_others_differ():
    labels, groups = draw_data(40, 5)
    one, again, other = (
        stratified_group_folds(labels, groups, n_folds=5, seed=s).tolist() for s in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_classes_are_balanced_over_folds():
    labels = np.array([0] * 50 + [1] * 50)
    groups = [f"g{n}" for n in range(100)]
    folds = stratified_group_folds(labels, groups, n_folds=5, seed=0)
    for fold in range(5):
        assert (labels[folds == fold] == 1).sum() == 10


def test_one_class_is_refused_by_name():
    with pytest.raises(DataError, match="all 4 videos are real"):
        stratified_group_folds([0, 0, 0, 0], list("abcd"), n_folds=2, seed=0)


def test_too_few_groups_with_one_class_says_how_many_folds_would_do():
    labels = [1, 1, 0, 0, 0, 0, 0, 0]
    groups = ["a", "b", "c", "d", "e", "f", "g", "h"]
    with pytest.raises(DataError, match=r"fake videos in at least 5 groups, there are 2.*folds=2"):
        stratified_group_folds(labels, groups, n_folds=5, seed=0)


def test_both_classes_in_a_single_group_are_refused():
    with pytest.raises(DataError, match="in at least 2 groups"):
        stratified_group_folds([0, 1], ["a", "a"], n_folds=2, seed=0)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4, 0.5, 0.75])
def test_the_test_split_has_about_its_share_and_whole_groups(share):
    labels, groups = draw_data(100, 9)
    test = held_out_groups(labels, groups, share=share, seed=0)
    assert test.mean() == pytest.approx(share, abs=0.06)
    assert not {g for g, t in zip(groups, test, strict=True) if t} & {
        g for g, t in zip(groups, test, strict=True) if not t
    }


def test_no_test_split_when_none_is_asked_for():
    assert not held_out_groups([0, 1], ["a", "b"], share=0, seed=0).any()


def test_too_few_groups_for_a_test_split_names_the_setting():
    with pytest.raises(DataError, match=r"20% of the videos cannot be kept out.*split\.test=0"):
        held_out_groups([0, 1], ["a", "b"], share=0.2, seed=0)


def test_leave_one_out_refuses_empty_and_single_values():
    with pytest.raises(DataError, match="empty for 1 videos, first in row 1"):
        leave_one_out_folds(["a", None], column="source")
    with pytest.raises(DataError, match="at least two values"):
        leave_one_out_folds(["a", "a"], column="source")


def test_strata_are_spread_over_folds_after_the_classes():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 300)
    methods = [f"m{m}" for m in rng.integers(0, 3, 600)]
    groups = [f"g{n}" for n in range(600)]
    folds = stratified_group_folds(labels, groups, n_folds=5, seed=0, strata=methods)
    for fold in range(5):
        inside = folds == fold
        assert labels[inside].sum() == 60
        for method in ("m0", "m1", "m2"):
            here = sum(m == method for m, f in zip(methods, inside, strict=True) if f)
            assert here == pytest.approx(methods.count(method) / 5, abs=2)


def test_many_groups_are_balanced_and_whole_and_do_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(1)
    groups = [f"g{n}" for n in rng.integers(0, 30_000, 60_000)]
    labels = rng.integers(0, 2, 60_000)
    folds = stratified_group_folds(labels, groups, n_folds=5, seed=3)
    for label in (0, 1):
        counts = np.bincount(folds[labels == label], minlength=5)
        assert np.ptp(counts) <= 4
    home: dict[str, int] = {}
    assert all(home.setdefault(g, f) == f for g, f in zip(groups, folds.tolist(), strict=True))
    order = rng.permutation(len(groups))
    again = stratified_group_folds(labels[order], [groups[i] for i in order], n_folds=5, seed=3)
    assert (folds[order] == again).all()


def test_free_text_strata_do_not_cost_memory_or_balance():
    labels = np.arange(6000) % 2
    texts = [f"prompt {n}" for n in range(6000)]
    groups = [f"g{n}" for n in range(6000)]
    folds = stratified_group_folds(labels, groups, n_folds=5, seed=0, strata=texts)
    assert {int(labels[folds == fold].sum()) for fold in range(5)} == {600}


def test_a_group_that_grows_mostly_keeps_its_hashed_place():
    kept = 0
    for n in range(400):
        before = hashed_positions([f"b{n}"] * 2, members=[f"b{n}", f"c{n}"], seed=0)
        after = hashed_positions([f"a{n}"] * 3, members=[f"b{n}", f"c{n}", f"a{n}"], seed=0)
        assert len(set(after)) == 1
        kept += before[0] == after[0]
    assert 230 < kept < 300


def test_hashed_places_stay_when_groups_come_and_are_spread_evenly():
    names = [f"g{n}" for n in range(4000)]
    before = hashed_positions(names, seed=0)
    after = hashed_positions([*names, *(f"new{n}" for n in range(500))], seed=0)
    assert (after[:4000] == before).all()
    assert np.histogram(before, bins=10, range=(0, 1))[0].min() > 330
    assert (hashed_positions(names, seed=1) != before).any()
