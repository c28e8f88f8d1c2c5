"""``aura augment``, ``aura features``, ``aura scale``: one stage over a manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    read_manifest,
)

if TYPE_CHECKING:
    from aura.config import Config
    from aura.engine import Stage

Manifest = Annotated[Path, typer.Argument(metavar="VIDEOS.PARQUET", help="A manifest.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(augment)
    app.command()(features)
    app.command()(scale)


def augment(
    videos: Manifest,
    out: Out,
    overrides: Overrides = None,
    config: ConfigFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write changed versions of videos, sound kept where it still fits.

    Example: aura augment videos.parquet --out augmented augment.n_versions=3
    """
    from aura.stages import AugmentStage

    settings = read_config(config, overrides, workers=workers)
    stage = AugmentStage(settings.augment, limits=settings.media)
    _run(stage, videos, out, settings, quiet=quiet, verbose=verbose)


def features(
    videos: Manifest,
    out: Out,
    overrides: Overrides = None,
    config: ConfigFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure the handcrafted features of videos into one table.

    Example: aura features videos.parquet --out features
    """
    from aura.stages import FeatureStage

    settings = read_config(config, overrides, workers=workers)
    stage = FeatureStage(settings.features, limits=settings.media)
    _run(stage, videos, out, settings, quiet=quiet, verbose=verbose)


def scale(
    videos: Manifest,
    out: Out,
    overrides: Overrides = None,
    config: ConfigFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write videos at one small size, frame for frame and without loss.

    Example: aura scale videos.parquet --out scaled scale.max_side_px=224
    """
    from aura.stages import ScaleStage

    settings = read_config(config, overrides, workers=workers)
    stage = ScaleStage(settings.scale, limits=settings.media)
    _run(stage, videos, out, settings, quiet=quiet, verbose=verbose)


def _run(
    stage: "Stage", manifest: Path, out: Path, config: "Config", *, quiet: bool, verbose: bool
) -> None:
    from aura.engine import Item, LocalExecutor, run_stage
    from aura.fingerprint import fingerprint
    from aura.stages.scan import file_key
    from aura.tables import FAILURES

    videos = read_manifest(manifest)
    items = [
        # The manifest may be older than the file.
        Item(video_id, Path(path), fingerprint(sha256, file_key(Path(path))))
        for video_id, path, sha256 in videos.select("video_id", "path", "sha256").iter_rows()
    ]
    table = f"{stage.name}_metadata.parquet"
    with LocalExecutor(config.engine) as executor:
        result = run_stage(
            stage,
            items,
            folder=out,
            table=table,
            executor=executor,
            progress=make_progress(quiet=quiet, verbose=verbose),
        )
    FAILURES.write(FAILURES.from_rows(result.failures), out / "failures.parquet")
    typer.echo(f"{out / table}: {len(result.frame)} rows")
    for failure in result.failures:
        typer.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    if result.failures:
        raise typer.Exit(1)
