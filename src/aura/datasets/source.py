"""From what a user gives as --data to a listing."""

from dataclasses import replace
from pathlib import Path

from aura.datasets.layouts import AUTO, DATA_SETS, TABLE, layout_named, recognised
from aura.datasets.listing import DataConfig, Listing, printable
from aura.errors import DataError


def list_videos(path: Path, config: DataConfig) -> Listing:
    """Return the videos of a data set in the layout ``data.layout`` names.

    With ``auto``, a file is a table and a folder is the published data set whose layout it has, or
    else a folder with real/ and fake/. A note says which data set was recognised.

    Raises:
        ConfigError: ``data.layout`` names no layout.
        DataError: There is nothing there, several data sets are recognised, or the data set cannot
            be listed.
    """
    layout = None if config.layout == AUTO else layout_named(config.layout)
    if not path.exists():
        raise DataError(f"{printable(path)}: there is no such folder or table")
    if layout is None:
        layout = recognised(path)
        note = f"{printable(path)} is read as {layout.title}; data.layout={layout.name} says so"
        notes = (note,) if layout in DATA_SETS else ()
    else:
        _require_kind(path, wants_table=layout is TABLE, name=layout.name)
        notes = ()
    listing = layout.reader(path, config)
    return replace(listing, notes=(*notes, *listing.notes))


def _require_kind(path: Path, *, wants_table: bool, name: str) -> None:
    if path.is_dir() == wants_table:
        expected, found = ("a table", "a folder") if wants_table else ("a folder", "a file")
        raise DataError(
            f"{printable(path)}: data.layout={name} expects {expected}, this is {found}"
        )
