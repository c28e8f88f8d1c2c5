"""``aura data audit``: what is wrong with a manifest before anything is trained on it."""

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
)

if TYPE_CHECKING:
    from aura.audit import Audit

_PLACE_WIDTH = 15
_SHOWN = 20
"""Leaking groups and conflicts printed one by one; the page and the JSON have them all."""


def audit(
    videos: Annotated[Path, typer.Argument(metavar="VIDEOS.PARQUET", help="A manifest.")],
    overrides: Overrides = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write a page here and its figures beside it.", show_default=False
        ),
    ] = None,
    near_duplicates: Annotated[
        bool, typer.Option("--near-duplicates", help="Look at all files for near-duplicates.")
    ] = False,
    features: Annotated[
        Path | None,
        typer.Option(
            "--features",
            help="Table of measured features for the inflation panel, versions included.",
            show_default=False,
        ),
    ] = None,
    config: ConfigFile = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Look for leaks, contradicting labels, shortcuts and what a naive split would inflate.

    Example: aura data audit videos.parquet --near-duplicates --out audit.html

    Ends with exit code 1 when something leaks across folds or splits, when labels contradict, or
    folds and splits do, and when the table cannot be read.
    """
    from aura.errors import UsageError
    from aura.pipeline import audit_manifest

    if out is not None and out.suffix != ".html":
        raise UsageError(f"--out {out}: the page's name ends in .html; the JSON is put beside it")
    found = audit_manifest(
        videos,
        config=read_config(config, overrides, workers=workers),
        near_duplicates=near_duplicates,
        features=features,
        with_frames=out is not None,
        progress=make_progress(quiet=quiet, verbose=verbose),
    )
    beside = None
    if out is not None:
        from aura.audit.page import write_audit

        beside = write_audit(found, out, title=f"Audit of {videos.name}")
    if as_json:
        from aura.audit.record import audit_text

        typer.echo(audit_text(found), nl=False)
    else:
        _print(found)
        if out is not None:
            typer.echo(f"{out}: the page; {beside}: its figures")
    if not found.is_clean:
        raise typer.Exit(1)


def _print(found: "Audit") -> None:
    from aura.audit import words

    typer.echo(f"{found.n_videos} videos in {found.n_groups} groups")
    width = max(_PLACE_WIDTH, *(len(place.name) for place in found.places))
    for place in found.places:
        remark = f"  ({place.remark})" if place.remark else ""
        typer.echo(f"  {place.name:{width}} {place.n_real:7} real {place.n_fake:7} fake{remark}")
    groups = found.leaks.groups
    for group in groups[:_SHOWN]:
        typer.echo(f"leak: group {group} lies in more than one fold or split")
    _more(len(groups))
    for conflict in found.conflicts[:_SHOWN]:
        ids = ", ".join(conflict.video_ids)
        typer.echo(f"conflict by {words.kind_word(conflict.kind)}: different labels of {ids}")
    _more(len(found.conflicts))
    said = (
        *words.place_sentences(found),
        *words.leak_sentences(found),
        *words.shortcut_sentences(found),
        *words.inflation_sentences(found),
        *(f"Single value that tells the label: {one}" for one in words.giveaways(found)),
        *words.remarks(found),
    )
    for sentence in said:
        typer.echo(sentence)
    typer.echo(words.verdict(found))


def _more(n_found: int) -> None:
    if n_found > _SHOWN:
        typer.echo(f"  and {n_found - _SHOWN} more (--json lists all)")
