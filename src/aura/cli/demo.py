"""``aura demo``."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aura.cli.options import (
    ConfigFile,
    Out,
    Overrides,
    Quiet,
    Verbose,
    Workers,
    make_progress,
    read_config,
)
from aura.cli.run import print_result

if TYPE_CHECKING:
    from aura.demo import DemoResult


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(demo)


def demo(
    out: Out = Path("runs/demo"),
    overrides: Overrides = None,
    config: ConfigFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Generate videos, train on them, and show a report and a verdict.

    Example: aura demo --out runs/demo
    """
    from aura.demo import run_demo

    settings = read_config(config, overrides, workers=workers)
    result = run_demo(out, config=settings, progress=make_progress(quiet=quiet, verbose=verbose))
    print_result(result.run, as_json=False)
    _print_verdicts(result)
    _print_next(result, out)


def _print_verdicts(result: "DemoResult") -> None:
    typer.echo("\nverdicts on scenes the run has never seen:")
    for video, verdict in zip(result.held_out, result.verdicts, strict=True):
        truth = "fake" if video.label else "real"
        score = "no score" if verdict.probability is None else f"{verdict.probability:.2f}"
        typer.echo(f"  {video.path.name}: {verdict.decision} ({score}), in truth {truth}")
        for reason in verdict.reasons:
            typer.echo(f"    - {reason}")


def _print_next(result: "DemoResult", out: Path) -> None:
    held_out = result.held_out[0].path
    assert result.run.evaluation is not None
    report = result.run.evaluation.report
    typer.echo(
        f"""
open the report:          {report}
judge a video:            aura predict {held_out} --model {out}
train on your own videos: put them in my_videos/real/ and my_videos/fake/, then
                          aura run --data my_videos --out runs/mine
                          aura predict clip.mp4 --model runs/mine"""
    )
