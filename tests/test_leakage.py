import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import LeakageError
from aura.leakage import (
    group_ids,
    label_conflicts,
    leak_pairs,
    leaks,
    merged_groups,
    require_whole_groups,
    straddling_groups,
    ties_of,
)
from aura.splits import stratified_group_folds


def table(**columns: list) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    defaults = {
        "video_id": [f"v{i}" for i in range(n)],
        "group_id": [f"g{i}" for i in range(n)],
        "sha256": [f"s{i}" for i in range(n)],
        "fold": [0] * n,
        "split": ["train"] * n,
        "label": [0] * n,
    }
    return pl.DataFrame(defaults | columns)


def components_by_hand(*columns: list[str]) -> list[set[int]]:
    """The plain way: merge sets that share a value until nothing changes."""
    sets = [{i} for i in range(len(columns[0]))]
    changed = True
    while changed:
        changed = False
        for one in sets:
            for two in sets:
                if one is not two and any(c[i] == c[j] for c in columns for i in one for j in two):
                    one |= two
                    sets.remove(two)
                    changed = True
                    break
            if changed:
                break
    return sets


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_merged_groups_are_the_connected_components(pairs):
    groups, links = [f"g{a}" for a, _ in pairs], [f"l{b}" for _, b in pairs]
    merged = merged_groups(groups, links)
    expected = components_by_hand(groups, links)
    found = [{i for i, m in enumerate(merged) if m == name} for name in dict.fromkeys(merged)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))
    assert all(m <= g for m, g in zip(merged, groups, strict=True))


def test_a_group_in_two_folds_is_refused_by_name():
    straddling = table(group_id=["a", "a"], fold=[0, 1])
    assert straddling_groups(straddling) == ["a"]
    with pytest.raises(LeakageError, match="'a'"):
        require_whole_groups(straddling)


def test_a_group_in_a_fold_and_in_the_test_split_is_refused():
    with pytest.raises(LeakageError):
        require_whole_groups(table(group_id=["a", "a"], fold=[0, None], split=["train", "test"]))


def test_an_exact_copy_in_another_fold_is_refused():
    with pytest.raises(LeakageError, match="v0 in fold 0 and v1 in fold 1 by copy"):
        require_whole_groups(table(sha256=["same", "same"], fold=[0, 1]))


def test_whole_groups_pass():
    require_whole_groups(table(group_id=["a", "a", "b"], fold=[1, 1, 0]))


def test_copies_with_other_labels_are_found():
    conflicts = label_conflicts(table(sha256=["x", "y", "x", "y"], label=[0, 1, 1, 1]))
    assert [(c.value, c.video_ids) for c in conflicts] == [("x", ("v0", "v2"))]


def test_row_splits_of_augmented_copies_inflate_what_group_folds_do_not():
    """Labels without any signal: a row split of near-copies reports skill, group folds do not."""
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(0)
    n_videos, n_versions = 60, 11
    labels = np.repeat(rng.permutation([0, 1] * (n_videos // 2)), n_versions)
    features = np.repeat(rng.normal(size=(n_videos, 20)), n_versions, axis=0)
    features = features + 0.1 * rng.normal(size=features.shape)
    groups = [f"g{v}" for v in range(n_videos) for _ in range(n_versions)]

    def auc(folds: np.ndarray) -> float:
        scores = np.empty(len(labels))
        for fold in np.unique(folds):
            model = KNeighborsClassifier(5).fit(features[folds != fold], labels[folds != fold])
            scores[folds == fold] = model.predict_proba(features[folds == fold])[:, 1]
        return roc_auc_score(labels, scores)

    by_row = rng.integers(0, 5, len(labels))
    by_group = stratified_group_folds(labels, groups, n_folds=5, seed=0)
    assert auc(by_row) > 0.95
    assert auc(by_group) < 0.65


letters = st.sampled_from([None, "a", "b", "c", "a;b", "b;d"])
rows = st.tuples(letters, letters, st.sampled_from([None, "u1", "u2"]), st.integers(0, 2))


@given(st.lists(rows, min_size=2, max_size=12))
@settings(max_examples=80, deadline=None)
def test_groups_and_leaks_follow_every_kind_of_tie(rows):
    people, ties, urls, folds = map(list, zip(*rows, strict=True))
    videos = table(
        declared_group=[None] * len(rows), identities=people, ties=ties, url=urls, fold=folds
    )
    shared = {}
    for row, (person, tie, url, _) in enumerate(rows):
        for value in (person or "").split(";"):
            shared.setdefault(("identity", value), set()).add(row)
        for value in (tie or "").split(";"):
            shared.setdefault((value, value), set()).add(row)
        shared.setdefault(("url", url), set()).add(row)
    shared = {key: rows for key, rows in shared.items() if key[1]}
    assert {(k, v): n for k, v, n, _ in leaks(videos).iter_rows()} == {
        key: len(rows) for key, rows in shared.items() if len({folds[row] for row in rows}) > 1
    }
    parts = [{row} for row in range(len(rows))]
    for members in shared.values():
        joined = set().union(*(part for part in parts if part & members))
        parts = [part for part in parts if not part & members] + [joined]
    names = group_ids(videos).to_list()
    assert {frozenset(p) for p in parts} == {
        frozenset(i for i, n in enumerate(names) if n == name) for name in names
    }
    assert all(names[row] == f"v{min(part)}" for part in parts for row in part if max(part) < 10)


def test_a_stored_group_that_other_ties_explain_adds_nothing():
    videos = table(
        declared_group=["a", "b", None], group_id=["a", "a", "v2"], identities=["x", "x", None]
    )
    assert group_ids(videos, identities=False).to_list() == ["a", "b", "v2"]
    assert "group" not in set(leaks(videos.with_columns(fold=pl.int_range(3)))["kind"])


def test_a_stored_group_that_nothing_explains_is_a_tie():
    videos = table(declared_group=["a", None, None], group_id=["a", "mine", "mine"], fold=[0, 1, 2])
    assert group_ids(videos).to_list() == ["a", "v1", "v1"]
    assert leaks(videos).select("kind", "value").rows() == [("group", "mine")]


def test_spelling_and_empty_cells_do_not_hide_or_make_ties():
    videos = table(
        declared_group=[None] * 4,
        group_id=[None] * 4,
        identities=["Anna ", "anna", None, ""],
        url=["", " ", "", ""],
    )
    assert group_ids(videos).to_list() == ["v0", "v0", "v2", "v3"]
    assert label_conflicts(videos.with_columns(label=pl.int_range(4) % 2)) == []


def test_train_and_val_videos_of_one_fold_number_are_in_two_places():
    videos = table(url=["u", "u"], fold=[0, 0], split=["train", "val"])
    assert leaks(videos)["value"].to_list() == ["u"]
    with pytest.raises(LeakageError, match="fold 0 of the val split"):
        require_whole_groups(videos)


def test_persons_may_be_left_out_of_the_groups():
    videos = table(declared_group=[None, None], identities=["anna", "anna"])
    assert group_ids(videos).n_unique() == 1
    assert group_ids(videos, identities=False).n_unique() == 2


def test_unused_videos_tie_nothing_and_leak_nothing():
    videos = table(url=["u", "u", "u"], fold=[0, None, 1], split=["train", "unused", "train"])
    assert leaks(videos)["n_videos"].to_list() == [2]
    apart = table(url=["u", "u"], fold=[0, None], split=["train", "unused"])
    assert leaks(apart).is_empty()
    assert group_ids(apart).to_list() == ["g0", "v1"]


def test_a_pair_of_each_leak_lies_in_two_places():
    videos = table(
        url=["u", "u", "u", "w", "w"],
        fold=[0, 0, None, 1, 2],
        split=["train", "train", "test", "train", "train"],
    )
    pairs = leak_pairs(videos)
    assert pairs.rows() == [
        ("url", "u", "v0", "v2", "fold 0", "the test split"),
        ("url", "w", "v3", "v4", "fold 1", "fold 2"),
    ]
    assert leak_pairs(videos, limit=1)["value"].to_list() == ["u"]


def test_ties_of_one_cell_are_separate_and_blank_ones_are_none():
    videos = table(declared_group=[None], identities=[" anna ;; ben "], ties=["clip:x;scene:y"])
    found = ties_of(videos).filter(pl.col("kind") != "copy").select("kind", "value").rows()
    assert sorted(found) == [
        ("clip", "clip:x"),
        ("identity", "anna"),
        ("identity", "ben"),
        ("scene", "scene:y"),
    ]


def test_one_url_with_two_labels_is_a_conflict():
    conflicts = label_conflicts(table(url=["u", "u", None], label=[0, 1, 1]))
    assert [(c.kind, c.value, c.video_ids) for c in conflicts] == [("url", "u", ("v0", "v1"))]


def test_a_leak_by_person_is_refused_with_its_kind():
    with pytest.raises(LeakageError, match=r"1 by identity.*by identity 'anna'"):
        require_whole_groups(table(identities=["anna", "anna"], fold=[0, 1]))
