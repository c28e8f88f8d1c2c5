"""``aura data``: from files to a manifest that can be trusted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aura.cli import download, setup
from aura.cli.audit import audit
from aura.cli.options import (
    AsJson,
    ConfigFile,
    Overrides,
    Quiet,
    Verbose,
    Workers,
    make_progress,
    read_config,
    read_manifest,
)

if TYPE_CHECKING:
    import polars as pl

    from aura.pipeline import ScanResult

Manifest = Annotated[Path, typer.Argument(metavar="VIDEOS.PARQUET", help="A manifest.")]

_SHOWN_FAILURES = 20


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(
        help="List, check and divide videos.\n\n"
        "Example: aura data scan videos/ --out videos.parquet",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.command()(scan)
    group.command()(audit)
    group.command()(split)
    setup.register(group)
    download.register(group)
    app.add_typer(group, name="data")


def scan(
    root: Annotated[Path, typer.Argument(help="A data set's folder, or a table.")],
    out: Annotated[Path, typer.Option("--out", help="The manifest to write.")],
    overrides: Overrides = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            help="Layout: folder, table, fvc, dfd, fakeavceleb, faceforensics, celeb-df or dfdc "
            "[default: seen from the folder].",
            show_default=False,
        ),
    ] = None,
    config: ConfigFile = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Hash, probe and fingerprint videos, group them, assign folds, write a manifest.

    Example: aura data scan FakeAVCeleb_v1.2 --dataset fakeavceleb --out videos.parquet
    """
    from aura.pipeline import scan_data

    settings = list(overrides or ())
    if dataset is not None:
        settings.append(f"data.layout={dataset}")
    result = scan_data(
        root,
        out,
        config=read_config(config, settings, workers=workers),
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    for failure in result.failures[:_SHOWN_FAILURES]:
        typer.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    print_scan(result, as_json=as_json)


def print_scan(result: "ScanResult", *, as_json: bool) -> None:
    """Print what a scan ended with on stdout."""
    if as_json:
        record = {
            "manifest": str(result.out),
            "n_videos": len(result.videos),
            "n_groups": result.videos["group_id"].n_unique(),
            "n_failed": len(result.failures),
            "left_out": dict(result.left_out),
            "undivided": result.undivided,
        }
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    n_groups = result.videos["group_id"].n_unique()
    typer.echo(f"{result.out}: {len(result.videos)} videos in {n_groups} groups")
    if result.undivided is not None:
        typer.echo(f"no folds were assigned (aura data split does that): {result.undivided}")
    if result.failures:
        typer.echo(f"{len(result.failures)} failed (see {result.failures_file})")
    for kind, count in sorted(result.left_out.items()):
        typer.echo(f"{count} left out: {kind} (see {result.left_out_file})")


def _balance(table: "pl.DataFrame") -> str:
    import polars as pl

    counts = table.group_by("split", "fold").agg(
        (pl.col("label") == 0).sum().alias("real"), (pl.col("label") == 1).sum().alias("fake")
    )
    lines = [
        f"  {_place(split, fold):12} {real:6} real {fake:6} fake"
        for split, fold, real, fake in counts.sort("split", "fold", nulls_last=True).iter_rows()
    ]
    return "\n".join(lines)


def _place(split: str, fold: int | None) -> str:
    if split == "val":
        return "val split"
    return f"{split} split" if fold is None else f"fold {fold}"


def split(
    videos: Manifest,
    overrides: Overrides = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            "--scheme",
            help="group-k-fold, ratio, hash, leave-one-out, ffpp-official, celebdf-official or "
            "fakeavceleb-identity.",
            show_default=False,
        ),
    ] = None,
    folds: Annotated[
        int | None, typer.Option("--folds", min=2, help="Number of folds.", show_default=False)
    ] = None,
    test: Annotated[
        float | None,
        typer.Option("--test", help="Share kept out of all folds.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Seed of the assignment.", show_default=False),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Also write the division as JSON.", show_default=False),
    ] = None,
    config_file: ConfigFile = None,
    take_over: Annotated[
        Path | None,
        typer.Option(
            "--import", help="Take over a division written by --export.", show_default=False
        ),
    ] = None,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Assign folds and a test split anew, whole groups together, classes balanced.

    Example: aura data split videos.parquet --folds 5 --test 0.2 --export splits.json

    Use them with: aura run --data videos.parquet split.scheme=given
    """
    from aura.errors import UsageError
    from aura.leakage import UNUSED, leaks, require_whole_groups
    from aura.splits import SplitScheme, assign_folds, splits_from_json, splits_to_json
    from aura.tables import VIDEOS

    given = {"scheme": scheme, "folds": folds, "test": test, "seed": seed}
    settings = [f"split.{name}={value}" for name, value in given.items() if value is not None]
    config = read_config(config_file, [*(overrides or ()), *settings]).split
    if take_over is not None and settings:
        raise UsageError(
            "--import takes the division as it is; leave out --scheme, --folds, --test and --seed"
        )
    if config.scheme is SplitScheme.GIVEN:
        raise UsageError(
            f"{videos}: its folds are given already; name another --scheme to divide it"
        )
    table = read_manifest(videos)
    if take_over is None:
        table = assign_folds(table, split=config)
    else:
        table = splits_from_json(table, take_over)
    n_leaks = 0
    if config.allow_leakage:
        n_leaks = len(leaks(table))
        typer.echo(f"LEAKAGE ALLOWED: {n_leaks} ties between videos cross folds or splits")
    else:
        require_whole_groups(table)
    VIDEOS.write(table, videos)
    if export is not None:
        splits_to_json(table, export, split=None if take_over else config, n_leaks=n_leaks)
        typer.echo(f"{export}: the division as JSON")
    n_unused = int((table["split"] == UNUSED).sum())
    typer.echo(f"{videos}: {len(table) - n_unused} videos{_unused_words(n_unused)}")
    typer.echo(_balance(table))


def _unused_words(n_unused: int) -> str:
    return f", {n_unused} left out (split unused)" if n_unused else ""
