"""``aura predict``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aura.cli.options import AsJson, Quiet, Verbose, make_progress

if TYPE_CHECKING:
    from aura.inference import Verdict


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(predict)


def predict(
    videos: Annotated[list[Path], typer.Argument(metavar="VIDEO|DIR...", help="What to judge.")],
    model: Annotated[str, typer.Option("--model", help="Folder of a run.")],
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Judge videos: probability of being fake, decision, timeline, reasons.

    Example: aura predict clip.mp4 --model runs/demo --json

    --json and --csv print one line a video. One that cannot be opened gets its line too, with
    the error, and the command ends with exit code 1.
    """
    import json

    from aura.errors import MediaError, UsageError
    from aura.inference import Detector

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other")
    detector = Detector.load(model)
    paths = list(_files(videos))
    progress = make_progress(quiet=quiet or len(paths) == 1, verbose=verbose)
    progress.start("predict", total=len(paths))
    failed = 0
    if as_csv:
        typer.echo("path,decision,probability,model,error")
    for path in paths:
        try:
            verdict = detector.predict(path)
        except MediaError as error:
            failed += 1
            typer.echo(f"error: {error}", err=True)
            if as_json:
                typer.echo(json.dumps({"path": str(path), "error": str(error)}, ensure_ascii=False))
            elif as_csv:
                typer.echo(_csv_line(str(path), "error", None, detector.model_name, str(error)))
        else:
            _print(verdict, as_json=as_json, as_csv=as_csv)
        progress.advance("predict", note=path.name)
    progress.finish("predict", note=f"{failed} failed" if failed else "")
    if failed:
        raise typer.Exit(1)


def _files(given: list[Path]) -> Iterator[Path]:
    """Yield the files given, and the videos below the folders given, sorted."""
    from aura.datasets import DataConfig
    from aura.errors import UsageError

    suffixes = DataConfig().suffixes
    for path in given:
        if not path.is_dir():
            yield path
            continue
        found = sorted(
            p
            for p in path.rglob("*")
            if p.suffix.lower() in suffixes and p.is_file() and not p.name.startswith(".")
        )
        if not found:
            raise UsageError(
                f"{path}: no videos in this folder or below it; names end in {', '.join(suffixes)}"
            )
        yield from found


def _print(verdict: "Verdict", *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        typer.echo(verdict.to_json())
    elif as_csv:
        typer.echo(
            _csv_line(verdict.path, verdict.decision, verdict.probability, verdict.model, "")
        )
    else:
        typer.echo(_in_words(verdict))


def _csv_line(*cells: str | float | None) -> str:
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _in_words(verdict: "Verdict") -> str:
    score = (
        "" if verdict.probability is None else f", probability of fake {verdict.probability:.3f}"
    )
    lines = [f"{verdict.path}: {verdict.decision}{score} ({verdict.model})"]
    lines += [f"  - {reason}" for reason in verdict.reasons]
    if len(verdict.timeline) > 1:
        lines.append("  timeline:")
        for point in verdict.timeline:
            bar = "no score" if point.probability is None else _bar(point.probability)
            lines.append(f"    {point.start_s:6.1f} to {point.end_s:6.1f} s  {bar}")
    return "\n".join(lines)


def _bar(probability: float) -> str:
    """Return a number with a bar beside it.

    >>> _bar(0.25)
    '0.25 █████'
    """
    return f"{probability:.2f} {'█' * round(20 * probability)}"
