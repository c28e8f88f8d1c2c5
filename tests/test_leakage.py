import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import LeakageError
from aura.leakage import label_conflicts, merged_groups, require_whole_groups, straddling_groups
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
    with pytest.raises(LeakageError, match="v0 and v1"):
        require_whole_groups(table(sha256=["same", "same"], fold=[0, 1]))


def test_whole_groups_pass():
    require_whole_groups(table(group_id=["a", "a", "b"], fold=[1, 1, 0]))


def test_copies_with_other_labels_are_found():
    conflicts = label_conflicts(table(sha256=["x", "y", "x", "y"], label=[0, 1, 1, 1]))
    assert [(c.sha256, c.video_ids) for c in conflicts] == [("x", ("v0", "v2"))]


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
