"""``aura demo``."""

import shlex
import shutil
import sys
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
    assert result.run.evaluation is not None
    aura = own_command()
    judge = [*aura, "predict", str(result.held_out[0].path), "--model", str(out)]
    train = [*aura, "run", "--data", "my_videos", "--out", "runs/mine"]
    judge_own = [*aura, "predict", "clip.mp4", "--model", "runs/mine"]
    typer.echo(f"""
open the report:
  {result.run.evaluation.report}
judge a video:
  {shlex.join(judge)}
train on your own videos, put into my_videos/real and my_videos/fake, and judge with that:
  {shlex.join(train)}
  {shlex.join(judge_own)}""")


def own_command() -> list[str]:
    """Return how this very program is called from here, ready to be typed."""
    called = Path(sys.argv[0])
    if called.name != "aura":
        return [sys.executable, "-m", "aura"]
    found = shutil.which("aura")
    if found is not None and Path(found).resolve() == called.resolve():
        return ["aura"]
    path = called.resolve()
    return [str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)]
