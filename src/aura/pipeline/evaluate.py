"""The last step: who is how good, who speaks for the run, and the report that says so."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from aura.atomic import write_text
from aura.errors import MediaError
from aura.evaluation import (
    HeldOutVerdict,
    LineageStep,
    RunFacts,
    container_baseline,
    gather_report,
    mistake_frames,
    model_results,
    worst_mistakes,
)
from aura.evaluation.report import write_metrics, write_report
from aura.fingerprint import fingerprint, sha256_of
from aura.inference import Detector, DetectorFacts, Skill
from aura.inference.detector import TRAINING_FOLDER
from aura.pipeline.steps import clip_store, feature_matrix
from aura.pipeline.work import VIDEOS_FILE, Work
from aura.splits import TEST
from aura.tables import FAILURES, PREDICTIONS, Prediction
from aura.training.checkpoint import SUMMARY_FILE, load_fold_models
from aura.training.loaded import LoadedFeatureModel

PREDICTIONS_FILE = "predictions.parquet"
TEST_PREDICTIONS_FILE = "test_predictions.parquet"
REPORT_FILE = "report.html"
METRICS_FILE = "metrics.json"
MARKER_FILE = "evaluation.json"


EVALUATION_VERSION = 1
"""Raised when the same predictions begin to give another report."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the last step found.

    Attributes:
        metrics: The content of ``metrics.json``.
        detector: Who speaks for the run.
        report: Where the report lies.
        is_new: Whether it was written now.
    """

    metrics: Mapping[str, Any]
    detector: DetectorFacts
    report: Path
    is_new: bool


def evaluate(work: Work) -> Evaluation:
    """Write predictions, choose the detector, score the test split, write the report."""
    predictions = PREDICTIONS.from_rows(row for folds in work.folds for row in folds.predictions)
    PREDICTIONS.write(predictions, work.folder / PREDICTIONS_FILE)
    detector = _choose(work, predictions)
    marker, mark = work.folder / MARKER_FILE, _fingerprint(work, detector)
    is_new = not _is_finished(work.folder, mark)
    if is_new:
        marker.unlink(missing_ok=True)
        _write_results(work, predictions, detector=detector)
        write_text(marker, json.dumps({"fingerprint": mark}) + "\n")
    metrics = json.loads((work.folder / METRICS_FILE).read_text(encoding="utf-8"))
    return Evaluation(metrics, detector, work.folder / REPORT_FILE, is_new)


def _fingerprint(work: Work, detector: DetectorFacts) -> str:
    """Return what changes with anything the figures, the verdicts or the report depend on."""
    run = work.folder
    return fingerprint(
        EVALUATION_VERSION,
        work.config.model_dump(mode="json", exclude={"engine"}),
        detector.model_dump(mode="json"),
        [sha256_of(run / name) for name in (PREDICTIONS_FILE, VIDEOS_FILE, "run.json")],
        [sha256_of(run / TRAINING_FOLDER / folds.model / SUMMARY_FILE) for folds in work.folds],
        [[failure.video_id, failure.stage, failure.reason] for failure in work.failures],
        [[video.label, str(video.path), sha256_of(video.path)] for video in work.held_out],
    )


def _is_finished(run: Path, mark: str) -> bool:
    results = (TEST_PREDICTIONS_FILE, METRICS_FILE, REPORT_FILE)
    try:
        found = json.loads((run / MARKER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return found.get("fingerprint") == mark and all((run / name).is_file() for name in results)


def _write_results(work: Work, predictions: pl.DataFrame, *, detector: DetectorFacts) -> None:
    settings, threshold = work.config.evaluation, work.config.detector.threshold
    work.progress.start("evaluate", total=4)
    test = PREDICTIONS.from_rows(_test_predictions(work))
    PREDICTIONS.write(test, work.folder / TEST_PREDICTIONS_FILE)
    work.progress.advance("evaluate", note="shortcuts")
    shortcuts = _shortcuts(work, predictions)
    work.progress.advance("evaluate", note="worst mistakes, verdicts")
    mistakes = worst_mistakes(
        predictions, work.videos, model=detector.model, n=settings.n_mistakes, threshold=threshold
    )
    held_out = _held_out_verdicts(work)
    work.progress.advance("evaluate", note="intervals, report")
    data = gather_report(
        f"AURA report: {', '.join(work.videos['dataset'].unique().sort())}",
        run_facts(work),
        videos=work.videos,
        predictions=predictions,
        failures=FAILURES.from_rows(work.failures),
        shortcut_predictions=shortcuts,
        test_predictions=test,
        held_out=held_out,
        mistakes=mistakes,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
        threshold=threshold,
        n_leaks=work.n_leaks,
    )
    write_metrics(data, work.folder / METRICS_FILE)
    write_report(data, work.folder / REPORT_FILE)
    work.progress.advance("evaluate")
    work.progress.finish("evaluate")


def _shortcuts(work: Work, predictions: pl.DataFrame) -> pl.DataFrame:
    """Return what container facts alone predict of the videos that models were judged on."""
    folded = work.videos.filter(
        pl.col("fold").is_not_null() & ~pl.col("video_id").is_in(list(work.failed_ids))
    )
    return container_baseline(
        folded,
        judged=predictions["fold"].drop_nulls().unique().to_list(),
        allow_leakage=work.config.split.allow_leakage,
    )


def _choose(work: Work, predictions: pl.DataFrame) -> DetectorFacts:
    """Settle who speaks for the run and write it down; the test split has no say in it."""
    settings = work.config.detector
    model, chosen_by = settings.model, "the setting detector.model"
    evaluation = work.config.evaluation
    results = model_results(predictions, n_bootstrap=evaluation.n_bootstrap, seed=evaluation.seed)
    if model == "auto":
        best = results[0]
        model, chosen_by = best.name, f"highest out-of-fold AUC, {best.overall.auc:.3f}"
    facts = DetectorFacts(
        model=model,
        chosen_by=chosen_by,
        skill={
            r.name: Skill(auc=r.overall.auc, low=r.overall.auc_low, high=r.overall.auc_high)
            for r in results
        },
        settings=settings,
        limits=work.config.media,
    )
    facts.save(work.folder)
    return facts


def _test_predictions(work: Work) -> list[Prediction]:
    """Return the scores of the test split: the fold models' logits, averaged."""
    rows = [
        row
        for row in work.videos.filter(pl.col("split") == TEST).iter_rows(named=True)
        if not work.is_out(row["video_id"])
    ]
    if not rows:
        return []
    ids = [row["video_id"] for row in rows]
    return [
        Prediction(
            video_id=row["video_id"],
            group_id=row["group_id"],
            label=row["label"],
            fold=None,
            model=model,
            probability=float(expit(logit)),
            logit=logit,
        )
        for model in work.config.training.models
        for row, logit in zip(rows, _mean_logits(work, model, ids).tolist(), strict=True)
    ]


def _mean_logits(work: Work, model: str, ids: list[str]) -> NDArray[np.float64]:
    table, store = feature_matrix(work), clip_store(work)
    row_of = {video_id: row for row, video_id in enumerate(table.video_ids)}
    matrix = table.matrix[[row_of[video_id] for video_id in ids]]
    logits = [
        fold.model.logits(matrix, table.names)
        if isinstance(fold.model, LoadedFeatureModel)
        else fold.model.logits(store.read(video_id) for video_id in ids)
        for fold in load_fold_models(work.folder / TRAINING_FOLDER / model).values()
    ]
    return np.mean(logits, axis=0)


def _held_out_verdicts(work: Work) -> list[HeldOutVerdict]:
    if not work.held_out:
        return []
    detector = Detector.load(work.folder)
    verdicts: list[HeldOutVerdict] = []
    for listed in work.held_out:
        try:
            verdict = detector.predict(listed.path)
        except MediaError as error:
            verdicts.append(
                HeldOutVerdict(
                    path=str(listed.path),
                    label=listed.label,
                    model=detector.model_name,
                    decision="not a readable video",
                    probability=None,
                    reasons=(str(error),),
                )
            )
            continue
        verdicts.append(
            HeldOutVerdict(
                path=str(listed.path),
                label=listed.label,
                model=verdict.model,
                decision=verdict.decision,
                probability=verdict.probability,
                reasons=verdict.reasons,
                thumbnails=tuple(mistake_frames(listed.path)),
            )
        )
    return verdicts


def run_facts(work: Work) -> RunFacts:
    """Return what identifies the run and lets somebody repeat it."""
    record = json.loads((work.folder / "run.json").read_text(encoding="utf-8"))
    lineage = tuple(
        LineageStep(
            name,
            fingerprint([result.keys[key] for key in sorted(result.keys)]),
            f"{len(result.frame)} rows",
        )
        for name, result in work.results.items()
    )
    config = str(work.folder / "config.yaml")
    return RunFacts(
        run_id=record["id"],
        config_hash=record["config_hash"],
        data_fingerprint=record["data_fingerprint"],
        command=shlex.join(("aura", "run", "--data", str(work.data), "--config", config, "--out"))
        + " RUN",
        config_text=work.config.to_yaml(without={"engine"}),
        versions=record["versions"],
        lineage=lineage,
    )
