"""``aura data setup`` and ``aura data teardown``: a data set's archives in, and out again."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
)

if TYPE_CHECKING:
    from aura.acquire import Problem, SetupReport, TeardownPlan, TeardownReport
    from aura.config import Config
    from aura.pipeline import ScanResult
    from aura.progress import Progress

Root = Annotated[Path, typer.Option("--root", help="The data set's folder.")]

_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the commands to ``group``, which is ``aura data``."""
    setup = typer.Typer(
        help="Unpack a data set's archives, verify them and write the manifest.\n\n"
        "Example: aura data setup fvc --archives downloads/ --root fvc/",
        no_args_is_help=True,
    )
    setup.command("fvc")(setup_fvc)
    group.add_typer(setup, name="setup")
    teardown = typer.Typer(
        help="Remove what a set-up made, and nothing else.\n\n"
        "Example: aura data teardown fvc --root fvc/",
        no_args_is_help=True,
    )
    teardown.command("fvc")(teardown_fvc)
    group.add_typer(teardown, name="teardown")


def setup_fvc(
    archives: Annotated[
        Path, typer.Option("--archives", help="Folder of zip and tar archives, or one archive.")
    ],
    root: Root,
    overrides: Overrides = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            "--metadata",
            help="Folder of FVC.csv and FVC_dup.csv [default: looked for in the tree, then beside "
            "the archives].",
            show_default=False,
        ),
    ] = None,
    scan: Annotated[
        bool, typer.Option("--scan/--no-scan", help="Write ROOT/videos.parquet.")
    ] = True,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file back and compare checksums.")
    ] = False,
    config: ConfigFile = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Unpack the Fake Video Corpus, verify it, find FVC1, FVC2, FVC3, write its manifest.

    Example: aura data setup fvc --archives downloads/ --root fvc/

    Repeat it at will: what stands right is left alone, and a set-up that was stopped goes on. Ends
    with exit code 1 when something failed; the rest is set up all the same.
    """
    from aura.acquire import set_up_fvc
    from aura.errors import UsageError

    if metadata is not None and not metadata.exists():
        raise UsageError(f"--metadata {metadata}: does not exist")
    settings = [*(overrides or ()), "data.layout=fvc"]
    effective = read_config(config, settings, workers=workers)
    progress = make_progress(quiet=quiet, verbose=verbose)
    report = set_up_fvc(
        archives, root, config=effective.archives, read_back=verify, progress=progress
    )
    failed = bool(report.problems)
    if not as_json:
        _print_setup(report)
    manifest: dict[str, Any] | None = None
    try:
        if scan:
            effective = _with_metadata(effective, metadata, root=report.root, archives=archives)
            manifest = _write_manifest(report.root, effective, progress, as_json=as_json)
            failed |= manifest is None
    finally:
        if as_json:
            _print_json({"setup": report.to_json(), "manifest": manifest})
    if failed:
        raise typer.Exit(1)


def _with_metadata(
    config: "Config", metadata: Path | None, *, root: Path, archives: Path
) -> "Config":
    """Return the settings with the place of the metadata: as given, or beside the archives."""
    from aura.datasets.fvc_metadata import holds_metadata

    if metadata is None and config.data.metadata is None and not holds_metadata(root):
        beside = archives if archives.is_dir() else archives.parent
        metadata = beside if holds_metadata(beside) else None
    if metadata is None:
        return config
    data = config.data.model_copy(update={"metadata": str(metadata.resolve())})
    return config.model_copy(update={"data": data})


def _write_manifest(
    root: Path, config: "Config", progress: "Progress", *, as_json: bool
) -> dict[str, Any] | None:
    """Do what ``aura data scan ROOT --dataset fvc`` does; return what it wrote, None if not."""
    from aura.acquire import manifest_claimed, manifest_obstacle
    from aura.cli.data import print_scan
    from aura.pipeline import scan_data

    obstacle = manifest_obstacle(root)
    if obstacle is not None:
        typer.echo(f"failed: {obstacle}", err=True)
        return None
    with manifest_claimed(root) as out:
        result = scan_data(root, out, config=config, progress=progress)
    for failure in result.failures[:_SHOWN]:
        typer.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    if not as_json:
        print_scan(result, as_json=False)
    return _scan_facts(result)


def _scan_facts(result: "ScanResult") -> dict[str, Any]:
    return {
        "manifest": str(result.out),
        "n_videos": len(result.videos),
        "n_failed": len(result.failures),
        "left_out": dict(result.left_out),
    }


def teardown_fvc(
    root: Root,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Remove what set-up made below ROOT: its files, folders and manifest, nothing else.

    Example: aura data teardown fvc --root fvc/

    Archives are never touched, and files that were changed since are kept. Ends with exit code 1
    when something could not be removed, or the answer is no.
    """
    from aura.acquire import plan_teardown, tear_down_fvc
    from aura.errors import UsageError

    if not yes:
        plan = plan_teardown(root)
        if not sys.stdin.isatty():
            raise UsageError(
                f"{_plan_words(plan)}. Nobody is there to be asked: give --yes to have it done"
            )
        typer.echo(f"{_plan_words(plan)}. Remove them? [y/N] ", err=True, nl=False)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            typer.echo("nothing is removed", err=True)
            raise typer.Exit(1)
    report = tear_down_fvc(root, progress=make_progress(quiet=quiet, verbose=verbose))
    if as_json:
        _print_json(report.to_json())
    else:
        _print_teardown(report)
    if report.problems:
        raise typer.Exit(1)


def _plan_words(plan: "TeardownPlan") -> str:
    from aura.acquire.limits import readable_bytes

    words = f"{plan.root}: {len(plan.files)} files ({readable_bytes(plan.n_bytes)}) would go"
    n_kept = len(plan.kept) + plan.n_found
    return f"{words}, {n_kept} files that are not as set-up made them stay" if n_kept else words


def _print_setup(report: "SetupReport") -> None:
    from aura.acquire.limits import readable_bytes

    typer.echo(
        f"{report.root}: {len(report.archives)} archives, {report.n_files} files "
        f"({readable_bytes(report.n_bytes)}) in place, {report.n_written} of them written now"
    )
    for subset in report.tree.subsets:
        typer.echo(
            f"  {subset.name}  {subset.folder}: {subset.n_files} files, {subset.n_videos} videos "
            f"({readable_bytes(subset.n_bytes)})"
        )
    for name in report.tree.missing():
        typer.echo(f"  {name}  not found")
    inside = tuple(f"{subset.folder}/" for subset in report.tree.subsets)
    others = {
        folder: count
        for folder, count in report.tree.files_by_folder.items()
        if not f"{folder}/".startswith(inside)
    }
    for folder, count in list(others.items())[:_SHOWN]:
        typer.echo(f"  {folder}: {count} files")
    if len(others) > _SHOWN:
        typer.echo(f"  and {len(others) - _SHOWN} more folders (see --json)")
    for note in report.notes:
        typer.echo(f"note: {note}")
    _print_problems(report.problems)


def _print_teardown(report: "TeardownReport") -> None:
    from aura.acquire.limits import readable_bytes

    typer.echo(
        f"{report.root}: {report.n_removed} files removed ({readable_bytes(report.n_bytes)})"
    )
    for kept in report.kept:
        typer.echo(f"kept: {kept.where}: {kept.reason}")
    if report.n_found:
        typer.echo(f"kept: {report.n_found} files that were there before set-up")
    _print_problems(report.problems)


def _print_problems(problems: "Sequence[Problem]") -> None:
    for problem in problems[:_SHOWN]:
        typer.echo(f"failed: {problem.where}: {problem.reason}", err=True)
    if len(problems) > _SHOWN:
        typer.echo(f"failed: {len(problems) - _SHOWN} more (see --json)", err=True)


def _print_json(record: dict[str, Any]) -> None:
    typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
