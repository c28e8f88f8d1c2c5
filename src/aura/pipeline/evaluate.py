"""The last step: who is how good, who speaks for the run, and the report that says so."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from aura.evaluation import (
    HeldOutVerdict,
    LineageStep,
    ModelResult,
    RunFacts,
    container_baseline,
    gather_report,
    mistake_frames,
    model_results,
    worst_mistakes,
)
from aura.evaluation.report import write_metrics, write_report
from aura.fingerprint import fingerprint
from aura.inference import Detector, DetectorFacts
from aura.pipeline.steps import clip_store, feature_matrix
from aura.pipeline.work import Work
from aura.splits import TEST
from aura.tables import FAILURES, PREDICTIONS, Prediction
from aura.training.checkpoint import load_fold_models
from aura.training.loaded import LoadedFeatureModel, LoadedFrameModel

PREDICTIONS_FILE = "predictions.parquet"
TEST_PREDICTIONS_FILE = "test_predictions.parquet"
REPORT_FILE = "report.html"
METRICS_FILE = "metrics.json"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the last step found."""

    models: tuple[ModelResult, ...]
    shortcuts: tuple[ModelResult, ...]
    detector_model: str
    report: Path


def evaluate(work: Work) -> Evaluation:
    """Write predictions, choose the detector, score the test split, write the report."""
    settings, threshold = work.config.evaluation, work.config.detector.threshold
    work.progress.start("evaluate", total=4)
    predictions = PREDICTIONS.from_rows(work.predictions)
    PREDICTIONS.write(predictions, work.folder / PREDICTIONS_FILE)
    detector_model = _choose(work, predictions)
    work.progress.advance("evaluate", note="test split")
    test = PREDICTIONS.from_rows(_test_predictions(work))
    PREDICTIONS.write(test, work.folder / TEST_PREDICTIONS_FILE)
    work.progress.advance("evaluate", note="shortcuts and intervals")
    data = gather_report(
        f"AURA report: {work.data.name}",
        run_facts(work),
        videos=work.videos,
        predictions=predictions,
        failures=FAILURES.from_rows(work.failures),
        shortcut_predictions=container_baseline(_scored(work, predictions)),
        held_out=_held_out_verdicts(work),
        mistakes=worst_mistakes(
            predictions,
            work.videos,
            model=detector_model,
            n=settings.n_mistakes,
            threshold=threshold,
        ),
        test_predictions=test,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
        threshold=threshold,
    )
    work.progress.advance("evaluate", note="report")
    write_metrics(data, work.folder / METRICS_FILE)
    write_report(data, work.folder / REPORT_FILE)
    work.progress.advance("evaluate")
    work.progress.finish("evaluate")
    return Evaluation(data.models, data.shortcuts, detector_model, work.folder / REPORT_FILE)


def _scored(work: Work, predictions: pl.DataFrame) -> pl.DataFrame:
    """Return the videos that models were judged on, so that shortcuts are judged on the same."""
    return work.videos.join(predictions.select("video_id").unique(), on="video_id", how="semi")


def _choose(work: Work, predictions: pl.DataFrame) -> str:
    """Settle who speaks for the run and write it down; the test split has no say in it."""
    wanted = work.config.detector.model
    if wanted == "auto":
        best = model_results(predictions, n_bootstrap=0)[0]
        chosen, chosen_by = best.name, f"highest out-of-fold AUC, {best.overall.auc:.3f}"
    else:
        chosen, chosen_by = wanted, "the setting detector.model"
    DetectorFacts(model=chosen, chosen_by=chosen_by, settings=work.config.detector).save(
        work.folder
    )
    return chosen


def _test_predictions(work: Work) -> list[Prediction]:
    """Return the scores of the test split: the fold models' logits, averaged."""
    failed = work.failed_ids
    rows = [
        row
        for row in work.videos.filter(pl.col("split") == TEST).iter_rows(named=True)
        if row["video_id"] not in failed
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
    models = load_fold_models(work.folder / "training" / model)
    logits: list[NDArray[np.float64]] = []
    for fold_model in models:
        if isinstance(fold_model, LoadedFeatureModel):
            table = feature_matrix(work)
            row_of = {video_id: row for row, video_id in enumerate(table.video_ids)}
            matrix = table.matrix[[row_of[video_id] for video_id in ids]]
            logits.append(fold_model.logits(matrix, table.names))
        elif isinstance(fold_model, LoadedFrameModel):
            store = clip_store(work)
            logits.append(fold_model.logits(store.read(video_id) for video_id in ids))
    return np.mean(logits, axis=0)


def _held_out_verdicts(work: Work) -> list[HeldOutVerdict]:
    if not work.held_out:
        return []
    detector = Detector.load(work.folder)
    verdicts: list[HeldOutVerdict] = []
    for listed in work.held_out:
        verdict = detector.predict(listed.path)
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
    return RunFacts(
        run_id=record["id"],
        config_hash=record["config_hash"],
        data_fingerprint=record["data_fingerprint"],
        command=f"aura run --data {work.data} --config {work.folder / 'config.yaml'} --out RUN",
        config_text=work.config.to_yaml(),
        versions=record["versions"],
        lineage=lineage,
    )
