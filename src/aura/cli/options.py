"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

    from aura.config import Config
    from aura.progress import Progress

Out = Annotated[Path, typer.Option("--out", help="Folder to write to; it is made if missing.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="YAML file of settings.", show_default=False)
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SECTION.KEY=VALUE]...", help="Single settings.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Worker processes [default: one a core].", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="One line a finished video.")]


def read_config(
    file: Path | None, overrides: list[str] | None, *, workers: int | None = None
) -> "Config":
    """Return the configuration of a command."""
    import os

    from aura.config import load_config

    settings = list(overrides or ())
    if workers is not None:
        settings.append(f"engine.workers={workers}")
    return load_config(file, settings, environ=os.environ)


def read_manifest(path: Path) -> "pl.DataFrame":
    """Return a manifest's table.

    Raises:
        TableError: It is none; the message says how to make one.
    """
    from aura.errors import TableError
    from aura.tables import VIDEOS

    try:
        return VIDEOS.read(path)
    except TableError as error:
        raise TableError(
            f"{error}; a manifest is made by: aura data scan FOLDER|TABLE --out videos.parquet"
        ) from error


def make_progress(*, quiet: bool, verbose: bool) -> "Progress":
    """Return what shows progress on stderr, as the terminal and the options allow."""
    from aura.cli.terminal import show_progress

    return show_progress(quiet=quiet, verbose=verbose)
