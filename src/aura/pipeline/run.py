"""One run: its folder, its lock, its steps in order."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from aura.atomic import write_text
from aura.config import Config
from aura.datasets import ListedVideo
from aura.engine import LocalExecutor
from aura.errors import ConfigError, DataError, UsageError
from aura.fingerprint import fingerprint
from aura.inference.preprocess import clip_recipe
from aura.pipeline import steps
from aura.pipeline.evaluate import Evaluation, evaluate
from aura.pipeline.graph import steps_for
from aura.pipeline.work import Work
from aura.progress import Progress, Silent
from aura.training import check_models
from aura.versions import all_versions

_SHOWN_FAILURES = 5

_ACTIONS: Mapping[str, Callable[[Work], None]] = {
    "scan": steps.use,
    "augment": steps.augment,
    "features": steps.features,
    "scale": steps.scale,
    "features_scaled": steps.features_scaled,
    "clips": steps.clips,
    "train": steps.train,
}


@dataclass(frozen=True, slots=True)
class StepSummary:
    """How much of a step was done now, and how much held from before."""

    name: str
    n_run: int
    n_reused: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run ended with.

    ``failure_lines`` tell of the first failures in words; ``evaluation`` is None when the run was
    asked to stop before it.
    """

    folder: Path
    n_videos: int
    n_failed: int
    n_left_out: int
    steps: tuple[StepSummary, ...]
    failure_lines: tuple[str, ...] = ()
    evaluation: Evaluation | None = None


def run_pipeline(
    data: Path,
    folder: Path,
    *,
    config: Config,
    stages: Iterable[str] | None = None,
    held_out: Iterable[ListedVideo] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Bring a run's folder up to date with its data and configuration.

    Only what depends on a change is done again; running twice does nothing the second time, and a
    run that was killed goes on where it was.

    Args:
        data: A folder with real/ and fake/, or a table.
        folder: ``RUN``.
        config: All settings.
        stages: Steps to do, with all they depend on; None for all.
        held_out: Labelled videos outside the data set, for verdicts in the report.
        progress: Told what happens.

    Raises:
        UsageError: Another run is at work in the folder, or a stage or model does not exist.
        DataError: The data cannot be used.
        TooManyFailures: More videos failed than the run allows.
    """
    names = steps_for(stages)
    if "train" in names:
        _require_trainable(config)
    folder = folder.absolute()
    if data.is_dir() and folder.resolve().is_relative_to(data.resolve()):
        raise UsageError(f"{folder}: lies in the data, {data}; give --out a folder of its own")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file; give --out a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / ".lock", timeout=0).acquire()
    except Timeout as error:
        raise UsageError(f"{folder}: another aura run is at work here; wait for it") from error
    except OSError as error:
        raise DataError(f"{folder}: cannot be written to: {error.strerror}") from error
    with held, LocalExecutor(config.engine) as executor:
        # Half-written files of a run that was killed; nobody else writes here now.
        for leftover in folder.rglob(".*.partial*"):
            if leftover.is_file():
                leftover.unlink()
        write_text(folder / "config.yaml", config.to_yaml())
        work = Work(
            data=data.absolute(),
            folder=folder,
            config=config,
            executor=executor,
            progress=progress or Silent(),
            held_out=tuple(held_out),
        )
        evaluation: Evaluation | None = None
        try:
            for name in names:
                if name == "evaluate":
                    evaluation = evaluate(work)
                else:
                    _ACTIONS[name](work)
                if name == "scan":
                    _write_record(work)
        finally:
            work.write_failures()
            work.write_left_out()
        return _result(work, evaluation)


def _require_trainable(config: Config) -> None:
    """Raise before hours of work rather than after them."""
    speaker, models = config.detector.model, config.training.models
    if speaker not in ("auto", *models):
        raise ConfigError(
            f"detector.model={speaker}: not among training.models, {', '.join(models)}"
        )
    check_models(config.training, clip_recipe(config.scale, config.clips))


def _write_record(work: Work) -> None:
    """Write ``run.json``: what the results of this run depend on."""
    config_hash = work.config.hash()
    data = data_fingerprint(work)
    record = {
        "id": f"{config_hash[:8]}-{data[:8]}",
        "config_hash": config_hash,
        "data_fingerprint": data,
        "data": str(work.data),
        "leakage": {"allowed": work.config.split.allow_leakage, "n_ties": work.n_leaks},
        "near_duplicates": "looked for" if work.near_duplicates else "not looked for",
        "versions": all_versions(),
    }
    write_text(work.folder / "run.json", json.dumps(record, indent=2) + "\n")


def data_fingerprint(work: Work) -> str:
    """Return what changes with any video, label, group or fold."""
    columns = ["video_id", "sha256", "label", "group_id", "fold", "split"]
    return fingerprint([list(row) for row in work.videos.select(columns).iter_rows()])


def _result(work: Work, evaluation: Evaluation | None) -> RunResult:
    summaries = [
        StepSummary(name, result.n_run, result.n_reused) for name, result in work.results.items()
    ]
    summaries += [
        StepSummary(f"train {folds.model}", folds.n_trained, folds.n_reused) for folds in work.folds
    ]
    if evaluation is not None:
        summaries.append(
            StepSummary("evaluate", int(evaluation.is_new), int(not evaluation.is_new))
        )
    return RunResult(
        folder=work.folder,
        n_videos=work.n_listed,
        n_failed=len(work.failed_ids),
        n_left_out=len(work.left_out),
        steps=tuple(summaries),
        failure_lines=_first_failures(work),
        evaluation=evaluation,
    )


def _first_failures(work: Work) -> tuple[str, ...]:
    lines = [f"{failure.stage}: {failure.reason}" for failure in work.failures[:_SHOWN_FAILURES]]
    rest = len(work.failures) - len(lines)
    return (*lines, f"and {rest} more") if rest else tuple(lines)
