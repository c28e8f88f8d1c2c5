"""The layouts AURA knows, and which of them a folder is."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from aura.datasets.celeb_df import list_celeb_df, recognises_celeb_df
from aura.datasets.dfd import list_dfd, recognises_dfd
from aura.datasets.dfdc import list_dfdc, recognises_dfdc
from aura.datasets.faceforensics import list_faceforensics, recognises_faceforensics
from aura.datasets.fakeavceleb import list_fakeavceleb, recognises_fakeavceleb
from aura.datasets.folder import list_folder
from aura.datasets.fvc import list_fvc, recognises_fvc
from aura.datasets.listing import DataConfig, Listing, printable
from aura.datasets.table import list_table
from aura.datasets.table_files import TABLE_SUFFIXES
from aura.errors import ConfigError, DataError

AUTO = "auto"
"""The name that leaves the choice to `recognised`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way a data set comes.

    Attributes:
        name: What ``data.layout`` and ``--dataset`` call it.
        title: What messages call it.
        reader: Lists the videos below a root.
        recognises: Whether a root has this layout, going by names alone.
    """

    name: str
    title: str
    reader: Callable[[Path, DataConfig], Listing]
    recognises: Callable[[Path], bool]


def _is_table(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in TABLE_SUFFIXES


FOLDER = Layout("folder", "a folder with real/ and fake/", list_folder, Path.is_dir)
TABLE = Layout("table", "a table", list_table, _is_table)
DATA_SETS = (
    Layout("fvc", "the Fake Video Corpus", list_fvc, recognises_fvc),
    Layout("dfd", "DeepFakeDetection", list_dfd, recognises_dfd),
    Layout("fakeavceleb", "FakeAVCeleb", list_fakeavceleb, recognises_fakeavceleb),
    Layout("faceforensics", "FaceForensics++", list_faceforensics, recognises_faceforensics),
    Layout("celeb-df", "Celeb-DF v2", list_celeb_df, recognises_celeb_df),
    Layout("dfdc", "DFDC", list_dfdc, recognises_dfdc),
)
"""The published data sets; a folder that is none of these is read as `FOLDER`."""

LAYOUTS = MappingProxyType({layout.name: layout for layout in (FOLDER, TABLE, *DATA_SETS)})
"""All layouts by name."""


def layout_named(name: str) -> Layout:
    """Return the layout of a name.

    Raises:
        ConfigError: There is none; the message has the names and a likely one.
    """
    if name in LAYOUTS:
        return LAYOUTS[name]
    likely = difflib.get_close_matches(name.casefold(), LAYOUTS, n=1)
    hint = f" (did you mean {likely[0]}?)" if likely else ""
    raise ConfigError(
        f"data.layout={name}: there is no such layout{hint}; the layouts are "
        f"{', '.join((AUTO, *LAYOUTS))}"
    )


def recognised(path: Path) -> Layout:
    """Return the layout of a folder or file, going by names alone.

    Raises:
        DataError: Several published data sets are recognised, or a file is no table.
    """
    if path.is_dir():
        known = [layout for layout in DATA_SETS if layout.recognises(path)]
        if len(known) > 1:
            titles = " and ".join(f"{layout.title} ({layout.name})" for layout in known)
            raise DataError(
                f"{printable(path)}: it looks like {titles}; say which it is with --dataset NAME "
                "(data.layout=NAME), or give the folder of one of them"
            )
        return known[0] if known else FOLDER
    if TABLE.recognises(path):
        return TABLE
    raise DataError(
        f"{printable(path)}: expected the folder of a data set or a table "
        f"({', '.join(TABLE_SUFFIXES)})"
    )
