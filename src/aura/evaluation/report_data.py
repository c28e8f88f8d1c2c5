"""Everything a report says, gathered before a line of it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from aura.evaluation.intervals import AucDifference
from aura.evaluation.results import (
    ModelResult,
    check_groups_whole,
    compare_models,
    model_results,
)
from aura.tables import FAILURES, PREDICTIONS, VIDEOS


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture and what it shows.

    Attributes:
        data: The bytes of a JPEG file.
        caption: A few words, such as the time in the video.
    """

    data: bytes
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One video a model got wrong, with frames to look at or a note why there are none."""

    model: str
    video_id: str
    path: str
    label: int
    probability: float
    fold: int | None
    thumbnails: tuple[Thumbnail, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutVerdict:
    """What the finished detector says about a video that no model has seen.

    ``label`` is the truth where it is known; ``decision`` is the detector's own word.
    """

    path: str
    model: str
    decision: str
    probability: float | None
    label: int | None = None
    reasons: tuple[str, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageStep:
    """One step that led to the run's results and the fingerprint of what it depended on."""

    name: str
    fingerprint: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What identifies a run and lets somebody repeat it.

    ``created`` is given, never read from the clock, so that equal runs give equal reports.
    """

    run_id: str
    config_hash: str
    data_fingerprint: str
    command: str
    config_text: str
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    lineage: tuple[LineageStep, ...] = ()
    created: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """A report's whole content.

    Attributes:
        title: The report's heading.
        run: What identifies the run.
        videos: A table of `aura.tables.VIDEOS`.
        failures: A table of `aura.tables.FAILURES`.
        predictions: A table of `aura.tables.PREDICTIONS`: the models' out-of-fold scores.
        shortcut_predictions: The same of the container baselines; no rows where not measured.
        models: One result a model, the best first.
        shortcuts: One result a container baseline, the best first.
        versus_shortcut: Each model against the best container baseline, by model name.
        test: One result a model on the test split, by the models of all folds together; none
            where no video was kept out.
        held_out: Verdicts on videos outside the data set.
        mistakes: The worst mistakes, the worst first.
        n_leaks: Ties between videos that cross folds, where the run was allowed to have them.
    """

    title: str
    run: RunFacts
    videos: pl.DataFrame
    failures: pl.DataFrame
    predictions: pl.DataFrame
    shortcut_predictions: pl.DataFrame
    models: tuple[ModelResult, ...]
    shortcuts: tuple[ModelResult, ...]
    versus_shortcut: Mapping[str, AucDifference]
    test: tuple[ModelResult, ...]
    held_out: tuple[HeldOutVerdict, ...]
    mistakes: tuple[Mistake, ...]
    n_leaks: int = 0

    @property
    def best(self) -> ModelResult:
        """The model with the highest AUC."""
        return self.models[0]

    @property
    def best_shortcut(self) -> ModelResult | None:
        """The container baseline with the highest AUC, or None where none was measured."""
        return self.shortcuts[0] if self.shortcuts else None


def gather_report(
    title: str,
    run: RunFacts,
    *,
    videos: pl.DataFrame,
    predictions: pl.DataFrame,
    failures: pl.DataFrame | None = None,
    shortcut_predictions: pl.DataFrame | None = None,
    test_predictions: pl.DataFrame | None = None,
    held_out: Sequence[HeldOutVerdict] = (),
    mistakes: Sequence[Mistake] = (),
    n_bootstrap: int = 2000,
    seed: int = 0,
    threshold: float = 0.5,
    n_leaks: int = 0,
) -> ReportData:
    """Check a run's tables, judge its models and return all a report needs.

    Args:
        title: The report's heading.
        run: What identifies the run.
        videos: A table of `aura.tables.VIDEOS`, all videos of the run.
        predictions: A table of `aura.tables.PREDICTIONS` with at least one row.
        failures: A table of `aura.tables.FAILURES`, or None where nothing failed.
        shortcut_predictions: What `aura.evaluation.container_baseline` returned, or None.
        test_predictions: The models' scores of the test split, or None.
        held_out: Verdicts on videos outside the data set.
        mistakes: What `aura.evaluation.worst_mistakes` returned.
        n_bootstrap: How many times groups are drawn for intervals.
        seed: Fixes the draws.
        threshold: A probability at or above it says "fake"; that of the run's detector.
        n_leaks: Ties between videos that cross folds, where the run was allowed to have them.

    Raises:
        TableError: A table is not as promised.
        DataError: There are no predictions.
        LeakageError: A group of the predictions lies in several folds.
    """
    if not n_leaks:
        check_groups_whole(predictions, where="the report's predictions")
    shortcuts = PREDICTIONS.from_rows([]) if shortcut_predictions is None else shortcut_predictions
    shortcut_results = (
        model_results(shortcuts, n_bootstrap=n_bootstrap, seed=seed, threshold=threshold)
        if shortcuts.height
        else ()
    )
    test = PREDICTIONS.from_rows([]) if test_predictions is None else test_predictions
    versus: Mapping[str, AucDifference] = {}
    if shortcut_results:
        best = shortcuts.filter(pl.col("model") == shortcut_results[0].name)
        versus = compare_models(predictions, baseline=best, n_bootstrap=n_bootstrap, seed=seed)
    return ReportData(
        title=title,
        run=run,
        videos=VIDEOS.check(videos, where="the report's videos"),
        failures=FAILURES.check(
            FAILURES.from_rows([]) if failures is None else failures, where="the report's failures"
        ),
        predictions=PREDICTIONS.check(predictions, where="the report's predictions"),
        shortcut_predictions=shortcuts,
        models=model_results(predictions, n_bootstrap=n_bootstrap, seed=seed, threshold=threshold),
        shortcuts=shortcut_results,
        versus_shortcut=versus,
        test=model_results(test, n_bootstrap=n_bootstrap, seed=seed, threshold=threshold)
        if test.height
        else (),
        held_out=tuple(held_out),
        mistakes=tuple(mistakes),
        n_leaks=n_leaks,
    )
