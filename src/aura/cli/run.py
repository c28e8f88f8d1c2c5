"""``aura run``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura.cli.options import (
    AsJson,
    ConfigFile,
    Out,
    Overrides,
    Quiet,
    Verbose,
    Workers,
    make_progress,
    read_config,
)

if TYPE_CHECKING:
    from aura.datasets import DataConfig, ListedVideo
    from aura.pipeline import RunResult


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(run)


def run(
    data: Annotated[Path, typer.Option("--data", help="Folder with real/ and fake/, or a table.")],
    out: Out,
    overrides: Overrides = None,
    config: ConfigFile = None,
    stages: Annotated[
        str | None,
        typer.Option("--stages", help="Only these, and what they need: a,b.", show_default=False),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            "--held-out", help="Further labelled videos to judge at the end.", show_default=False
        ),
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Turn labelled videos into a judged detector and a report.

    Example: aura run --data videos/ --out runs/first split.folds=4 training.epochs=30

    Running again does only what changed; a run that was stopped goes on.
    """
    from aura.pipeline import run_pipeline

    settings = read_config(config, overrides, workers=workers)
    result = run_pipeline(
        data,
        out,
        config=settings,
        stages=None if stages is None else [name.strip() for name in stages.split(",")],
        held_out=() if held_out is None else _labelled(held_out, settings.data),
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    print_result(result, as_json=as_json)


def _labelled(path: Path, settings: "DataConfig") -> "tuple[ListedVideo, ...]":
    """Return further labelled videos, whatever layout the data set itself has."""
    from aura.datasets import list_videos

    return list_videos(path, settings.model_copy(update={"layout": "auto"})).videos


def print_result(result: "RunResult", *, as_json: bool) -> None:
    """Print what a run ended with on stdout."""
    import json

    if as_json:
        typer.echo(json.dumps(_record(result), indent=2))
        return
    used = result.n_videos - result.n_failed
    typer.echo(f"{used} of {result.n_videos} videos used, {result.n_failed} failed", nl=False)
    typer.echo(f" (see {result.folder / 'failures.parquet'})" if result.n_failed else "")
    if result.n_left_out:
        where = result.folder / "left_out.parquet"
        typer.echo(f"{result.n_left_out} left out without failing (see {where})")
    for line in result.failure_lines:
        typer.echo(f"  {line}")
    redone = ", ".join(f"{s.name} {s.n_run}" for s in result.steps if s.n_run)
    typer.echo(f"done now: {redone or 'nothing, everything was up to date'}")
    if result.evaluation is None:
        return
    metrics = result.evaluation.metrics
    for name, model in _best_first(metrics["models"]) + _best_first(metrics["shortcuts"]):
        typer.echo(f"  {name:32} AUC {_auc(model['overall'])}")
    for name, model in _best_first(metrics["test"]):
        typer.echo(f"  {name + ' on the test split':32} AUC {_auc(model['overall'])}")
    detector = result.evaluation.detector
    typer.echo(f"verdicts are given by {detector.model} ({detector.chosen_by})")
    if not detector.skill[detector.model].is_shown:
        typer.echo("  it was not shown to do better than guessing; do not rely on its verdicts")
    typer.echo(f"report: {result.evaluation.report}")


def _best_first(models: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(models.items(), key=lambda entry: -(entry[1]["overall"]["auc"] or 0.0))


def _auc(metrics: Mapping[str, Any]) -> str:
    if metrics["auc"] is None:
        return "not defined: one class only"
    low, high = metrics["auc_low"], metrics["auc_high"]
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{metrics['auc']:.3f}{interval}"


def _record(result: "RunResult") -> dict[str, object]:
    evaluation = result.evaluation
    return {
        "folder": str(result.folder),
        "n_videos": result.n_videos,
        "n_failed": result.n_failed,
        "n_left_out": result.n_left_out,
        "steps": {step.name: {"run": step.n_run, "reused": step.n_reused} for step in result.steps},
        "metrics": None if evaluation is None else evaluation.metrics,
        "detector": None if evaluation is None else evaluation.detector.model,
        "report": None if evaluation is None else str(evaluation.report),
    }
