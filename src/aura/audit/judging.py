"""Cheap models over one kind of evidence, judged out of fold by three ways of dividing."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.audit.config import AuditConfig
from aura.audit.dividing import (
    IntArray,
    group_codes,
    group_folds,
    row_folds,
    rows_to_learn_from,
    source_folds,
)
from aura.audit.findings import Judgement, Score
from aura.errors import DataError
from aura.evaluation import auc_difference, binary_metrics
from aura.evaluation.shortcuts import Scaling

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Scorer = Callable[[BoolArray, BoolArray], FloatArray]
"""Given the rows to learn from and those to judge, bool [N] each, the scores of the latter."""

LOGISTIC, BOOSTING, NEAREST = "logistic regression", "gradient boosting", "nearest neighbour"

_N_TREES = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """What cheap models are shown of N rows, and how the rows are related.

    Attributes:
        name: What it is.
        labels: int64 [N].
        groups: One group name a row.
        sources: One source a row, or None.
        scorers: The models, by name.
    """

    name: str
    labels: IntArray
    groups: Sequence[str]
    sources: Sequence[str | None]
    scorers: Mapping[str, Scorer]


def judge(evidence: Evidence, *, config: AuditConfig) -> tuple[Judgement, ...]:
    """Return what each model reaches by each way of dividing the rows."""
    labels, groups, seed = evidence.labels, evidence.groups, config.seed
    divisions: dict[str, IntArray | DataError] = {
        "row": _division(lambda: row_folds(labels, n_folds=config.folds, seed=seed)),
        "group": _division(lambda: group_folds(labels, groups, n_folds=config.folds, seed=seed)),
        "source": _division(
            lambda: source_folds(
                labels, groups, sources=evidence.sources, max_folds=config.max_sources, seed=seed
            )
        ),
    }
    return tuple(
        _judgement(evidence, name, scorer, divisions, config=config)
        for name, scorer in evidence.scorers.items()
    )


def _division(divide: Callable[[], IntArray]) -> "IntArray | DataError":
    """Return the folds, or why there are none: that is a finding, and the page says it."""
    try:
        return divide()
    except DataError as reason:
        return reason


def _judgement(
    evidence: Evidence,
    model: str,
    scorer: Scorer,
    divisions: "Mapping[str, IntArray | DataError]",
    *,
    config: AuditConfig,
) -> Judgement:
    kin = group_codes(evidence.groups)
    scores = {
        name: out_of_fold(scorer, folds, kin=kin if name == "source" else None)
        for name, folds in divisions.items()
        if not isinstance(folds, DataError)
    }
    found = {
        name: Score.none(str(folds))
        if isinstance(folds, DataError)
        else _score(evidence, scores[name], folds, config=config)
        for name, folds in divisions.items()
    }
    inflation = None
    if "row" in scores and "group" in scores:
        inflation = auc_difference(
            evidence.labels,
            scores["row"],
            baseline=scores["group"],
            groups=evidence.groups,
            n_bootstrap=config.n_bootstrap,
            seed=config.seed,
        )
    return Judgement(
        evidence=evidence.name,
        model=model,
        by_row=found["row"],
        by_group=found["group"],
        by_source=found["source"],
        inflation=inflation,
    )


def out_of_fold(scorer: Scorer, folds: IntArray, *, kin: IntArray | None = None) -> FloatArray:
    """Return each row's score by a model that learned from the other folds, float64 [N].

    NaN for rows of the fold -1, which teach nothing either.

    Args:
        scorer: The model.
        folds: int64 [N].
        kin: The group of each row where folds divide groups and models must not profit from it.
    """
    scores = np.full(len(folds), np.nan)
    for fold in np.unique(folds[folds >= 0]):
        test = folds == fold
        scores[test] = scorer(rows_to_learn_from(folds, int(fold), kin=kin), test)
    return scores


def _score(
    evidence: Evidence, scores: FloatArray, folds: IntArray, *, config: AuditConfig
) -> Score:
    judged = folds >= 0
    metrics = binary_metrics(
        evidence.labels[judged],
        scores[judged],
        np.asarray(evidence.groups, dtype=object).astype(str)[judged],
        n_bootstrap=config.n_bootstrap,
        seed=config.seed,
    )
    return Score(
        auc=metrics.auc,
        low=metrics.auc_low,
        high=metrics.auc_high,
        n=metrics.n,
        n_groups=metrics.n_groups,
        n_folds=len(np.unique(folds[judged])),
        reason="" if metrics.auc is not None else "the judged videos are all of one class",
    )


def matrix_scorers(
    matrix_of: Callable[[BoolArray], FloatArray], labels: IntArray, *, seed: int
) -> dict[str, Scorer]:
    """Return the two classifiers over rows of numbers.

    Args:
        matrix_of: Given the rows to learn from, all rows as float64 [N, F], NaN where unknown.
        labels: int64 [N].
        seed: Fixes what the trees draw.
    """

    def scorer(fit: Callable[[FloatArray, IntArray], Any]) -> Scorer:
        def score(train: BoolArray, test: BoolArray) -> FloatArray:
            from threadpoolctl import threadpool_limits

            matrix = matrix_of(train)
            scaling = Scaling.of(matrix[train])
            # One thread: sums repeat to the last bit, and on busy machines trees grow faster.
            with threadpool_limits(limits=1):
                model = fit(scaling.apply(matrix[train]), labels[train])
                return np.asarray(model.decision_function(scaling.apply(matrix[test])))

        return score

    return {
        LOGISTIC: scorer(_fit_logistic),
        BOOSTING: scorer(lambda rows, truth: _fit_boosting(rows, truth, seed=seed)),
    }


def _fit_logistic(rows: FloatArray, labels: IntArray) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Where the classes separate, the last digits of the weights never settle; the order of
        # the scores, which is all an AUC looks at, long has.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=1.0, max_iter=1000).fit(rows, labels)


def _fit_boosting(rows: FloatArray, labels: IntArray, *, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    make: Any = HistGradientBoostingClassifier
    # 16,000 rows of 25 facts take 0.2 s; the exact variant of the reports takes 1.2 s for 4,000.
    return make(
        max_iter=_N_TREES,
        max_depth=3,
        min_samples_leaf=5,
        early_stopping=False,
        random_state=seed,
    ).fit(rows, labels)
