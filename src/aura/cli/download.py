"""``aura data download``: data sets from where they are published."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aura.cli.options import (
    AsJson,
    ConfigFile,
    Overrides,
    Quiet,
    Verbose,
    make_progress,
    read_config,
)

if TYPE_CHECKING:
    from aura.acquire.corpus_addresses import Address
    from aura.acquire.corpus_download import CorpusDownload
    from aura.acquire.dfd_download import DfdDownload
    from aura.config import Config

Root = Annotated[Path, typer.Option("--root", help="Folder to fetch to; it is made if missing.")]
MaxVideos = Annotated[
    int | None,
    typer.Option(
        "--max-videos", min=1, help="So many of each class [default: all].", show_default=False
    ),
]

_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the commands to ``group``, which is ``aura data``."""
    download = typer.Typer(
        help="Fetch a data set from where it is published.\n\n"
        "Example: aura data download dfd --root dfd/",
        no_args_is_help=True,
    )
    download.command("dfd")(download_dfd)
    download.command("fvc")(download_fvc)
    group.add_typer(download, name="download")


def download_dfd(
    root: Root,
    overrides: Overrides = None,
    max_videos: MaxVideos = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Fetch DeepFakeDetection from Kaggle: 3,431 videos, about 24 GB.

    Example: aura data download dfd --root dfd/ --max-videos 100

    Needs an account's token (what is missing is explained). Stopped or cut off, it goes on when
    started again. Ends with exit code 1 when files could not be had.
    """
    import os

    from aura.acquire.dfd_download import download_dfd

    settings = read_config(config, overrides)
    report = download_dfd(
        root,
        settings.download.kaggle,
        environ=os.environ,
        home=Path.home(),
        max_videos=max_videos,
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    if as_json:
        record = asdict(report) | {"root": str(report.root)}
        record["failures"] = [{"file": f, "reason": why} for f, why in report.failures]
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        _print_dfd(report)
    if report.failures:
        raise typer.Exit(1)


def _print_dfd(report: "DfdDownload") -> None:
    from aura.acquire.limits import readable_bytes

    for note in report.notes:
        typer.echo(note)
    typer.echo(
        f"{report.root}: {report.n_wanted} of {report.n_listed} files wanted, "
        f"{report.n_there_before} were there, {report.n_fetched} fetched "
        f"({readable_bytes(report.n_bytes)}), {len(report.failures)} failed"
    )
    for name, reason in report.failures[:_SHOWN]:
        typer.echo(f"failed: {name}: {reason}", err=True)
    if len(report.failures) > _SHOWN:
        typer.echo(f"failed: and {len(report.failures) - _SHOWN} more (see --json)", err=True)
    if not report.failures:
        typer.echo(f"next: aura data scan {report.root} --dataset dfd --out videos.parquet")


def download_fvc(
    root: Root,
    overrides: Overrides = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            "--metadata",
            help="Folder of FVC.csv and FVC_dup.csv [default: looked for in ROOT].",
            show_default=False,
        ),
    ] = None,
    max_videos: MaxVideos = None,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Ask which videos are still there; fetch none.")
    ] = False,
    retry_dead: Annotated[
        bool, typer.Option("--retry-dead", help="Ask again for those that were gone or shut.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Fetch the Fake Video Corpus's videos by their addresses, and report which are still there.

    Example: aura data download fvc --root fvc/ --metadata fake-video-corpus/ --check-only

    Many of them are gone, private or shut to some countries; ROOT/availability.csv has a row for
    each. Stopped, it goes on when started again. Ends with exit code 1 when a platform had to be
    left alone because it refused.
    """
    from aura.acquire.corpus_download import download_corpus

    settings = [*(overrides or ())]
    if retry_dead:
        settings.append("download.corpus.retry_dead=true")
    effective = read_config(config, settings)
    addresses, notes = _addresses(root, metadata, effective)
    report = download_corpus(
        addresses,
        root,
        config=effective.download.corpus,
        check_only=check_only,
        max_videos=max_videos,
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    if as_json:
        record = asdict(report) | {"table": str(report.table), "notes": notes}
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        _print_corpus(report, notes)
    if report.left_alone:
        raise typer.Exit(1)


def _addresses(
    root: Path, metadata: Path | None, config: "Config"
) -> tuple[list["Address"], list[str]]:
    from aura.acquire.corpus_addresses import addresses_of
    from aura.datasets.fvc_metadata import read_metadata

    data = config.data
    if metadata is not None:
        data = data.model_copy(update={"metadata": str(metadata)})
    found = read_metadata(root, data)
    addresses, notes = addresses_of(found.rows, config.download.corpus.labels)
    return addresses, [*found.notes, *notes]


def _print_corpus(report: "CorpusDownload", notes: Sequence[str]) -> None:
    for note in (*notes, *report.left_alone):
        typer.echo(note)
    platforms = sorted(report.platforms)
    typer.echo(f"{'':16}{'all':>8}" + "".join(f"{name:>12}" for name in platforms))
    for state, count in report.states.items():
        cells = "".join(f"{report.platforms[name].get(state, 0):12}" for name in platforms)
        typer.echo(f"{state:16}{count:8}{cells}")
    typer.echo(
        f"{report.table}: {report.n_addresses} videos, {report.n_asked_now} of them asked for now "
        f"(a copy for spreadsheets: {report.table.with_suffix('.csv').name})"
    )
    if report.states.get("error", 0):
        typer.echo(
            "some answers were not understood: a newer yt-dlp may understand them "
            "(pip install -U yt-dlp)"
        )
