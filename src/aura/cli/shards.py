"""``aura shards``: look at stored clips, and read every one of them again."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura.cli.options import AsJson, Quiet, Verbose, make_progress

if TYPE_CHECKING:
    from aura.shards import ReadSample, ShardReader
    from aura.shards.verify import Verification

_SHOWN = 20
"""Findings printed; --json lists all."""

Folder = Annotated[str, typer.Argument(metavar="DIR", help="Folder of shards, or its address.")]
Index = Annotated[str, typer.Option("--index", help="Name of the index in the folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(
        help="Look at stored clips, and verify them.\n\nExample: aura shards view data/shards",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.command()(view)
    group.command()(verify)
    group.command()(index)
    app.add_typer(group, name="shards")


def view(
    folder: Folder,
    index: Index = "index.csv",
    device: Annotated[
        str, typer.Option("--device", help="Where clips go on their way here, such as cuda.")
    ] = "cpu",
    n_samples: Annotated[int, typer.Option("-n", "--samples", min=1, help="Clips to show.")] = 6,
    sample: Annotated[
        list[str] | None,
        typer.Option("--sample", help="A clip's sample_id; may be repeated.", show_default=False),
    ] = None,
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames a clip.")] = 8,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write a sheet, .html or .png, instead.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Show clips: frames, metadata and sound, in the terminal or as a page or picture.

    Example: aura shards view data/shards --index index_val.csv --out sheet.html

    Clips are spread evenly over the index. Ends with exit code 1 when one of them is damaged.
    """
    from aura.errors import UsageError
    from aura.shards import ShardReader

    if out is not None and out.suffix.lower() not in (".html", ".png"):
        raise UsageError(f"--out ends in .html or .png, not {out.name}")
    reader = ShardReader(folder, index)
    numbers = _numbers(reader, sample, n_samples)
    read: list[ReadSample] = []
    damage: list[str] = []
    for one in _read_all(reader, numbers, device=device):
        if isinstance(one, str):
            damage.append(one)
        else:
            read.append(one)
    if as_json:
        typer.echo(json.dumps([_facts(one) for one in read], indent=2, ensure_ascii=False))
    elif out is None:
        _print_clips(read, n_frames=frames)
    if out is not None:
        _write_sheet(read, out, title=f"{folder}: {index}", n_frames=frames)
    if not as_json:
        if out is not None:
            typer.echo(str(out))
        typer.echo(f"{folder}: {len(read)} of {len(reader)} clips shown")
    for message in damage:
        typer.echo(f"damaged: {message}", err=True)
    if damage:
        raise typer.Exit(1)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of shards.")],
    index: Index = "index.csv",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Shards read at once.")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Read and decode every clip again; hold shards, indices and offsets against each other.

    Example: aura shards verify data/shards

    Ends with exit code 1 when something is damaged.
    """
    from aura.shards.verify import verify_shards

    progress = make_progress(quiet=quiet, verbose=verbose)
    found = verify_shards(folder, index, n_threads=workers, progress=progress)
    if as_json:
        typer.echo(json.dumps(found.record(), indent=2, ensure_ascii=False))
    else:
        _print_verification(found)
    if found.damage:
        raise typer.Exit(1)


def index(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of shards.")],
    index: Index = "index.csv",
    quiet: Quiet = False,  # noqa: ARG001  one line at the end
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Walk through the shards and write where each clip lies, for shards of another program.

    Example: aura shards index data/shards --index selection.csv

    The index itself is not changed; the offsets go to a file of the same name ending in .arrow.
    """
    from aura.shards.lookup import remake_sidecar
    from aura.shards.names import sidecar_name

    n_samples = remake_sidecar(folder, index)
    typer.echo(f"{folder / sidecar_name(index)}: the places of {n_samples} clips")


def _numbers(reader: "ShardReader", wanted: Sequence[str] | None, n_samples: int) -> list[int]:
    """Return which samples to show."""
    from aura.errors import UsageError

    if wanted:
        found = {name: reader.table.find(name) for name in wanted}
        for name, number in found.items():
            if number is None:
                raise UsageError(f"the index names no sample {name!r}")
        return [number for number in found.values() if number is not None]
    n_shown = min(n_samples, len(reader))
    return [number * len(reader) // n_shown for number in range(n_shown)]


def _read_all(
    reader: "ShardReader", numbers: Sequence[int], *, device: str
) -> "Iterator[ReadSample | str]":
    """Yield samples, by way of the device, or what is wrong with them."""
    from aura.errors import SampleError

    via = _via_device(device)
    for number in numbers:
        try:
            yield via(reader[number])
        except SampleError as error:
            yield str(error)


def _via_device(device: str) -> Any:
    """Return what takes a sample to a device and back, as training would take it there."""
    if device == "cpu":
        return lambda read: read
    import dataclasses

    from aura.shards.clips import checked_device, torch

    checked = checked_device(device)

    def there_and_back(read: "ReadSample") -> "ReadSample":
        frames = torch.from_numpy(read.clip.frames).to(checked).cpu().numpy()
        return dataclasses.replace(read, clip=dataclasses.replace(read.clip, frames=frames))

    return there_and_back


def _facts(read: "ReadSample") -> dict[str, Any]:
    row, clip = read.row, read.clip
    return {
        "sample_id": row.sample_id,
        "shard": row.shard,
        "dir": row.dir,
        "label": row.label,
        "frames": list(clip.frames.shape),
        "audio_mel": None if clip.mel is None else list(clip.mel.shape),
        "metadata": row.facts(),
    }


def _print_clips(read: "Sequence[ReadSample]", *, n_frames: int) -> None:
    from rich.console import Console

    from aura.cli.half_blocks import clip_pictures
    from aura.shards.contact_sheet import caption

    console = Console(highlight=False, soft_wrap=True)
    for one in read:
        typer.echo(caption(one))
        typer.echo(f"  {one.row.metadata}")
        if console.color_system is not None:
            for picture in clip_pictures(one.clip, n_frames=n_frames, width=console.width):
                console.print(picture)
    if console.color_system is None and read:
        typer.echo("no colours here: --out sheet.html or sheet.png shows the pictures")


def _write_sheet(read: "Sequence[ReadSample]", out: Path, *, title: str, n_frames: int) -> None:
    from aura.cli.shards_page import write_page, write_picture

    if out.suffix.lower() == ".html":
        write_page(read, out, title=title, n_frames=n_frames)
    else:
        write_picture(read, out, n_frames=n_frames)


def _print_verification(found: "Verification") -> None:
    facts = found.statistics
    typer.echo(
        f"{facts['folder']}: {facts['n_read']} of {facts['n_samples']} clips read, "
        f"{facts['n_frames']} frames in {facts['n_shards']} shards, "
        f"{facts['size_bytes'] / (1 << 20):.1f} MiB"
    )
    for name, count in facts["classes"].items():
        typer.echo(f"  {name:10} {count:7} clips")
    typer.echo(f"  {'sound':10} {facts['n_with_sound']:7} clips")
    for size, count in list(facts["resolutions"].items())[:5]:
        typer.echo(f"  {size:10} {count:7} clips")
    for word, findings in (("damage", found.damage), ("look at", found.remarks)):
        for finding in findings[:_SHOWN]:
            where = f"{finding.file}: {finding.sample}" if finding.sample else finding.file
            typer.echo(f"{word}: {where}: {finding.kind}: {finding.detail}")
        if len(findings) > _SHOWN:
            typer.echo(f"{word}: {len(findings) - _SHOWN} more (--json lists all)")
    typer.echo(f"{len(found.damage)} damaged" if found.damage else "no damage")
