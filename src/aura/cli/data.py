"""``aura data``: from files to a manifest that can be trusted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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

Manifest = Annotated[Path, typer.Argument(metavar="VIDEOS.PARQUET", help="A manifest.")]

_DATASETS = ("auto", "folder", "table")
_TABLES = (".parquet", ".arrow", ".csv")


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
    app.add_typer(group, name="data")


def scan(
    root: Annotated[Path, typer.Argument(help="Folder with real/ and fake/, or a table.")],
    out: Annotated[Path, typer.Option("--out", help="The manifest to write.")],
    overrides: Overrides = None,
    dataset: Annotated[
        str, typer.Option("--dataset", help=f"Layout: {', '.join(_DATASETS)}.")
    ] = "auto",
    config: ConfigFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Hash and probe videos, group duplicates, assign folds, write a manifest.

    Example: aura data scan videos/ --out videos.parquet
    """
    from aura.datasets import list_folder, list_table, list_videos
    from aura.engine import LocalExecutor
    from aura.errors import UsageError
    from aura.pipeline import steps
    from aura.pipeline.work import Work
    from aura.tables import VIDEOS

    readers = {"auto": list_videos, "folder": list_folder, "table": list_table}
    if dataset not in readers:
        raise UsageError(f"there is no layout {dataset!r}; the layouts are {', '.join(_DATASETS)}")
    if out.suffix not in _TABLES:
        raise UsageError(f"--out {out}: a table ends in {', '.join(_TABLES)}")
    settings = read_config(config, overrides, workers=workers)
    failures = out.with_suffix(".failures.parquet")
    with LocalExecutor(settings.engine) as executor:
        work = Work(
            data=root,
            folder=out.parent / f".{out.stem}.scan",
            config=settings,
            executor=executor,
            progress=make_progress(quiet=quiet, verbose=verbose),
            reader=readers[dataset],
        )
        try:
            steps.scan(work)
        finally:
            work.write_failures(failures)
            for failure in work.failures:
                typer.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    VIDEOS.write(work.videos, out)
    typer.echo(f"{out}: {len(work.videos)} videos, {len(work.failures)} failed (see {failures})")


def audit(
    videos: Manifest,
    as_json: AsJson = False,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Look for groups and duplicates across folds and for contradicting labels.

    Example: aura data audit videos.parquet

    Ends with exit code 1 when something leaks or contradicts.
    """
    import polars as pl

    from aura.leakage import label_conflicts, merged_groups, straddling_groups

    table = read_manifest(videos)
    tied = merged_groups(
        table.get_column("group_id").to_list(), table.get_column("sha256").to_list()
    )
    leaking = straddling_groups(table.with_columns(group_id=pl.Series(tied)))
    conflicts = label_conflicts(table)
    if as_json:
        record = {
            "n_videos": len(table),
            "leaking_groups": leaking,
            "label_conflicts": [list(conflict.video_ids) for conflict in conflicts],
        }
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{len(table)} videos in {len(set(tied))} groups")
        typer.echo(_balance(table))
        for group in leaking:
            typer.echo(f"leak: group {group} lies in more than one fold or split")
        for conflict in conflicts:
            typer.echo(f"conflict: equal bytes, different labels: {', '.join(conflict.video_ids)}")
        typer.echo("nothing leaks" if not leaking and not conflicts else "see above")
    if leaking or conflicts:
        raise typer.Exit(1)


def _balance(table: "pl.DataFrame") -> str:
    import polars as pl

    counts = table.group_by("split", "fold").agg(
        (pl.col("label") == 0).sum().alias("real"), (pl.col("label") == 1).sum().alias("fake")
    )
    lines = [
        f"  {'test split' if fold is None else f'fold {fold}':12} {real:6} real {fake:6} fake"
        for _, fold, real, fake in counts.sort("split", "fold", nulls_last=True).iter_rows()
    ]
    return "\n".join(lines)


def split(
    videos: Manifest,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Number of folds.")] = 5,
    test: Annotated[float, typer.Option("--test", help="Share kept out of all folds.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the assignment.")] = 42,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Assign folds and a test split anew, whole groups together, classes balanced.

    Example: aura data split videos.parquet --folds 5 --test 0.2

    Use them with: aura run --data videos.parquet split.scheme=given
    """
    from aura.config import load_config
    from aura.leakage import require_whole_groups
    from aura.manifest import assign_folds
    from aura.tables import VIDEOS

    settings = load_config(
        None, [f"split.folds={folds}", f"split.test={test}", f"split.seed={seed}"]
    )
    table = assign_folds(read_manifest(videos), split=settings.split)
    require_whole_groups(table)
    VIDEOS.write(table, videos)
    typer.echo(f"{videos}: {len(table)} videos")
    typer.echo(_balance(table))
