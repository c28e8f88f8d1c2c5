"""``aura frames``: frames of every video as JPEG files, and their verification."""

import json
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
    from aura.config import Config
    from aura.frames import Verification

_SHOWN = 20
"""Failures and findings printed; all stand in the report."""


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(frames)


def frames(
    out: Out,
    root: Annotated[
        Path | None,
        typer.Argument(
            metavar="ROOT|TABLE",
            help="Folder, data set's tree, table or manifest of videos.",
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
    per_video: Annotated[
        int | None,
        typer.Option(
            "--per-video",
            min=1,
            help="Frames a video [default: 3, at 1/3, 1/2 and 2/3 of its duration].",
            show_default=False,
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option("--fps", help="Frames a second instead.", show_default=False),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option("--quality", help="JPEG quality [default: 95].", show_default=False),
    ] = None,
    max_side: Annotated[
        int | None,
        typer.Option(
            "--max-side", help="Longest side in pixels; larger frames shrink.", show_default=False
        ),
    ] = None,
    max_videos: Annotated[
        int | None,
        typer.Option(
            "--max-videos",
            min=1,
            help="Videos of each class, spread over persons and folders.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Layout of ROOT.", show_default=False)
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            help="What all videos of a folder are: real, fake or none.",
            show_default=False,
        ),
    ] = None,
    no_resume: Annotated[
        bool, typer.Option("--no-resume", help="Remove what is in --out and start over.")
    ] = False,
    no_space_check: Annotated[
        bool, typer.Option("--no-space-check", help="Start even if the disk seems too small.")
    ] = False,
    verify_only: Annotated[
        bool, typer.Option("--verify-only", help="Read every frame of --out again; ROOT is not.")
    ] = False,
    config: ConfigFile = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Store frames of every video as JPEG files, or verify those stored.

    Example: aura frames videos/ --out data

    Example: aura frames --out data --verify-only

    Frames go to ai/ and real/ below --out. Given again, the command goes on where it stopped.
    """
    from aura.engine.warm_up import warm_up
    from aura.errors import UsageError

    if per_video is not None and fps is not None:
        raise UsageError("--per-video and --fps exclude each other")
    if not verify_only:
        # Before the configuration, which takes as long to load as the workers' modules.
        warm_up("aura.stages.frames")
    options = {
        "frames.per_video": per_video,
        "frames.fps": fps if per_video is None else "null",
        "frames.quality": quality,
        "frames.max_side_px": max_side,
        "data.layout": dataset,
    }
    given = [f"{key}={value}" for key, value in options.items() if value is not None]
    settings = read_config(config, [*(overrides or ()), *given], workers=workers)
    if verify_only:
        _verify(out, settings, as_json=as_json, quiet=quiet, verbose=verbose)
        return
    if root is None:
        raise UsageError("say which videos: aura frames ROOT --out DIR")
    _extract(
        root,
        out,
        settings,
        label=label,
        max_videos=max_videos,
        resume=not no_resume,
        check_space=not no_space_check,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


def _extract(
    root: Path,
    out: Path,
    settings: "Config",
    *,
    label: str | None,
    max_videos: int | None,
    resume: bool,
    check_space: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    from aura.engine import LocalExecutor
    from aura.frames import ExtractionPlan, extract_frames, list_source

    source = list_source(root, settings.data, label=label)
    progress = make_progress(quiet=quiet, verbose=verbose)
    for note in source.notes:
        progress.log(note)
    plan = ExtractionPlan(
        source=source,
        out=out,
        config=settings.frames,
        limits=settings.media,
        max_videos=max_videos,
        resume=resume,
        check_space=check_space,
        n_workers=settings.engine.workers,
    )
    with LocalExecutor(settings.engine) as executor:
        report = extract_frames(plan, executor, progress=progress)
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    else:
        _print_report(report, out)
    _require_most(report, out, max_failed_share=settings.engine.max_failed_share)


def _print_report(report: Mapping[str, Any], out: Path) -> None:
    from aura.frames.disk import in_words

    timings = report["timings"]
    typer.echo(
        f"{out}: {report['n_frames']} frames of {report['n_extracted']} videos, "
        f"{in_words(report['size_bytes'])}, {report['n_failed']} failed"
    )
    for name, counts in report["classes"].items():
        typer.echo(f"  {name:10} {counts['frames']:7} frames of {counts['videos']} videos")
    typer.echo(
        f"done now: {timings['videos_run']} videos in {timings['elapsed_s']:.1f} s, "
        f"{timings['videos_reused']} were up to date"
    )
    if report["incomplete"]:
        typer.echo(f"{len(report['incomplete'])} videos gave fewer frames than asked for")
    for failure in report["failures"][:_SHOWN]:
        typer.echo(f"failed: {failure['path']}: {failure['reason']}", err=True)
    if len(report["failures"]) > _SHOWN:
        typer.echo(f"failed: {len(report['failures']) - _SHOWN} more", err=True)
    typer.echo(f"report: {out / 'extraction_report.json'}")


def _require_most(report: Mapping[str, Any], out: Path, *, max_failed_share: float) -> None:
    """Raise when more videos failed than may; what was extracted is there all the same."""
    from aura.errors import TooManyFailures

    if report["n_failed"] > max_failed_share * report["n_videos"]:
        first = report["failures"][0]
        raise TooManyFailures(
            f"{report['n_failed']} of {report['n_videos']} videos failed, more than the "
            f"{max_failed_share:.0%} that engine.max_failed_share allows. First: {first['path']}: "
            f"{first['reason']}. All are listed in {out / 'extraction_report.json'}"
        )


def _verify(folder: Path, settings: "Config", *, as_json: bool, quiet: bool, verbose: bool) -> None:
    from aura.frames import verify_frames

    found = verify_frames(
        folder,
        n_threads=settings.engine.workers,
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    if as_json:
        typer.echo(json.dumps(found.record(), indent=2))
    else:
        _print_verification(found)
    if found.damage:
        raise typer.Exit(1)


def _print_verification(found: "Verification") -> None:
    from aura.frames.disk import in_words

    facts = found.statistics
    sizes = facts["size_bytes"]
    typer.echo(
        f"{facts['folder']}: {facts['n_read']} of {facts['n_expected']} frames read, of "
        f"{facts['n_videos']} videos, {in_words(sizes['total'])}"
    )
    for name, count in facts["classes"].items():
        typer.echo(f"  {name:10} {count:7} frames")
    typer.echo(
        f"  bytes      {sizes['smallest']} to {sizes['largest']}, half of them below "
        f"{sizes['median']}"
    )
    common = list(facts["resolutions"].items())
    shown = ", ".join(f"{count} of {size}" for size, count in common[:5])
    typer.echo(f"  pixels     {shown}{', …' * (len(common) > 5)}")
    if not facts["is_recorded"]:
        typer.echo("no record of what was extracted: what is missing or changed cannot be told")
    for word, findings in (("damage", found.damage), ("look at", found.remarks)):
        for finding in findings[:_SHOWN]:
            typer.echo(f"{word}: {finding.file}: {finding.kind}: {finding.detail}")
        if len(findings) > _SHOWN:
            typer.echo(f"{word}: {len(findings) - _SHOWN} more (--json lists all)")
    if found.unknown:
        typer.echo(f"{len(found.unknown)} other files, first {found.unknown[0]}")
    typer.echo(f"{len(found.damage)} damaged" if found.damage else "no damage")
