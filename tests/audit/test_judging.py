import numpy as np
import pytest

from aura.audit.judging import BOOSTING, LOGISTIC, Evidence, judge, matrix_scorers, out_of_fold

N_CLIPS, N_VERSIONS, N_FEATURES = 57, 11, 49


@pytest.fixture(scope="module")
def augmented():
    """Clips with random labels and eleven augmented versions each, as features see them."""
    rng = np.random.default_rng(7)
    labels = rng.permutation(np.arange(N_CLIPS) % 2)
    clips = rng.normal(size=(N_CLIPS, N_FEATURES))
    rows = np.repeat(clips, N_VERSIONS + 1, axis=0)
    rows += 0.3 * rng.normal(size=rows.shape)
    groups = [f"clip{number}" for number in range(N_CLIPS) for _ in range(N_VERSIONS + 1)]
    return rows, np.repeat(labels, N_VERSIONS + 1), groups


def evidence_of(rows, labels, groups, sources=None):
    scorers = matrix_scorers(lambda train: rows, labels, seed=0)
    return Evidence("features", labels, groups, sources or ["all"] * len(labels), scorers)


def test_augmented_copies_of_random_labels_shine_on_rows_and_are_chance_on_groups(augmented, quick):
    found = {one.model: one for one in judge(evidence_of(*augmented), config=quick)}
    boosting = found[BOOSTING]
    assert boosting.by_row.auc > 0.95
    assert boosting.by_group.auc == pytest.approx(0.5, abs=0.15)
    assert boosting.by_group.low < 0.5 < boosting.by_group.high
    assert boosting.inflation.low > 0.2
    assert boosting.flattery == pytest.approx(boosting.by_row.auc - boosting.by_group.auc)
    assert boosting.by_row.n == boosting.by_group.n == N_CLIPS * (N_VERSIONS + 1)
    assert boosting.by_row.n_groups == N_CLIPS


def test_what_a_feature_really_tells_survives_whole_groups(quick):
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 2
    rows = np.column_stack([labels + 0.3 * rng.normal(size=120), rng.normal(size=120)])
    sources = [f"s{number // 24}" for number in range(120)]
    groups = [f"g{number // 2}" for number in range(120)]
    for one in judge(evidence_of(rows, labels, groups, sources), config=quick):
        assert one.by_row.auc > 0.9
        assert one.by_group.auc > 0.9
        assert one.by_source.auc > 0.9
        assert one.by_source.n_folds == 5
        assert abs(one.flattery) < 0.05


def test_gaps_in_rows_are_filled_from_the_rows_learned_from(quick):
    labels = np.arange(60) % 2
    rows = np.column_stack([labels.astype(float), np.full(60, np.nan)])
    rows[:4, 0] = np.nan
    groups = [str(number // 2) for number in range(60)]
    for one in judge(evidence_of(rows, labels, groups), config=quick):
        assert one.by_group.auc > 0.9


def test_why_nothing_was_judged_is_part_of_the_finding(quick):
    labels = np.array([0, 0, 0, 1, 1, 1])
    rows = np.arange(6.0)[:, None]
    evidence = evidence_of(rows, labels, ["a", "a", "a", "b", "c", "d"])
    one = judge(evidence, config=quick)[0]
    assert one.model == LOGISTIC
    assert one.by_group.auc is None
    assert "real videos lie in 1 group" in one.by_group.reason
    assert one.by_source.reason
    assert one.inflation is None
    assert one.flattery == -np.inf
    assert one.by_row.auc is not None


def test_no_row_is_judged_by_a_model_that_saw_it():
    folds = np.array([0, 1, 2, 0, -1, 1])
    seen = []

    def scorer(train, test):
        assert not (train & test).any()
        assert not train[4]
        seen.append(np.flatnonzero(test).tolist())
        return np.full(test.sum(), float(len(seen)))

    scores = out_of_fold(scorer, folds)
    assert seen == [[0, 3], [1, 5], [2]]
    assert np.isnan(scores[4])
    assert scores[[0, 1, 2]].tolist() == [1.0, 2.0, 3.0]


def test_equal_input_gives_equal_scores(quick):
    rows = np.random.default_rng(0).normal(size=(40, 3))
    groups = [str(number // 2) for number in range(40)]
    evidence = evidence_of(rows, np.arange(40) % 2, groups, [str(n // 10) for n in range(40)])
    first, second = (judge(evidence, config=quick) for _ in range(2))
    assert first == second
