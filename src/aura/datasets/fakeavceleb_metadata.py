"""The table of FakeAVCeleb: one row a video, under either of the two headers in use.

The released header ends ``gender,path,`` and gives its tenth column no name: ``path`` is the file
name, the nameless column the folder. The normalised one ends ``gender,filename,path``. Folders
begin with ``FakeAVCeleb/`` or ``FakeAVCeleb_v1.2/``, which is dropped.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aura.datasets.listing import printable
from aura.datasets.metadata_files import read_text
from aura.errors import DataError

NAME = "meta_data.csv"

CATEGORIES = {
    "A": "RealVideo-RealAudio",
    "B": "RealVideo-FakeAudio",
    "C": "FakeVideo-RealAudio",
    "D": "FakeVideo-FakeAudio",
}

_COLUMNS = ("source", "target1", "target2", "method", "category", "type", "race", "gender")
_IDENTITY = re.compile(r"id[0-9]{5}")
_IDENTITY_IN_NAME = re.compile(r"(?<![A-Za-z0-9])id[0-9]{5}(?![0-9A-Za-z])")
_CLIP = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class AVRow:
    """One row; ``number`` counts from 1 with the header, ``kind`` is the column ``type``."""

    number: int
    source: str
    target1: str
    target2: str
    method: str
    category: str
    kind: str
    race: str
    gender: str
    filename: str
    folder: str

    @property
    def path(self) -> str:
        """Where the file should be below the data set's root."""
        return f"{self.folder}/{self.filename}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the video whatever the spelling of the folders between."""
        return video_key(self.path)

    @property
    def identities(self) -> list[str]:
        """The people in it: source, targets, and those whom the file name alone tells.

        The columns of targets also hold ``fake.mp4``, ``3``, ``faceswap`` and pieces of YouTube
        ids. In 2,796 of the released rows the file name names a person whom no column names.
        """
        named = (self.source, self.target1, self.target2)
        return [
            *(name for name in named if _IDENTITY.fullmatch(name)),
            *_IDENTITY_IN_NAME.findall(self.filename.replace("_", " ")),
        ]

    @property
    def clip(self) -> str | None:
        """The number of the source's clip that the video was made of."""
        number = _CLIP.match(self.filename)
        return number[0] if number else None

    @property
    def contradiction(self) -> str | None:
        """How category, type and folder disagree; None where they agree."""
        stated = {CATEGORIES[self.category], self.kind, self.folder.split("/")[0]}
        if len({word.casefold() for word in stated}) == 1:
            return None
        return f"category {self.category}, type {self.kind} and folder {self.folder} disagree"


def video_key(path: str) -> tuple[str, str, str]:
    """Return category, person and file name of a path, in lower case.

    >>> video_key("RealVideo-RealAudio/Asian (East)/men/id00056/00012.mp4")
    ('realvideo-realaudio', 'id00056', '00012.mp4')
    """
    parts = path.casefold().split("/")
    kinds = {kind.casefold() for kind in CATEGORIES.values()}
    return next((part for part in parts if part in kinds), ""), "".join(parts[-2:-1]), parts[-1]


def read_rows(path: Path) -> list[AVRow]:
    """Return the rows of ``meta_data.csv`` in their order.

    Raises:
        DataError: The file cannot be read, a column is absent, or a row has too few or too many
            cells, an unknown category or type, or no file.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        table = list(reader)
    except csv.Error as error:
        raise DataError(f"{printable(path)}: line {reader.line_num}: {error}") from error
    header = [name.strip().casefold() for name in table[0]] if table else []
    places = _places(header, path)
    return [
        _row(cells, places, number=number, width=len(header), path=path)
        for number, cells in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]


def _places(header: Sequence[str], path: Path) -> dict[str, int]:
    """Return the place of each column, those of the file and its folder among them."""
    file, folder = ("filename", "path") if "filename" in header else ("path", None)
    needed = [*_COLUMNS, file, *([folder] if folder else [])]
    absent = [name for name in needed if name not in header]
    if absent:
        raise DataError(
            f"{printable(path)}: no column {', '.join(absent)}; expected the header of "
            f"FakeAVCeleb's {NAME}, found {', '.join(header)[:200] or 'an empty file'}"
        )
    places = {name: header.index(name) for name in _COLUMNS}
    places["filename"] = header.index(file)
    places["folder"] = header.index(folder) if folder else places["filename"] + 1
    if places["folder"] >= len(header):
        raise DataError(
            f"{printable(path)}: the header ends with 'path'; expected a tenth column with the "
            "folder of each file, after a last comma"
        )
    return places


def _row(
    cells: Sequence[str], places: dict[str, int], *, number: int, width: int, path: Path
) -> AVRow:
    where = f"{printable(path)}: row {number}"
    if len(cells) != width:
        raise DataError(f"{where} has {len(cells)} cells, the header has {width}")
    values = {name: cells[place].strip() for name, place in places.items()}
    kind, category = values.pop("type"), values.pop("category").upper()
    known = {name.casefold(): name for name in CATEGORIES.values()}
    if category not in CATEGORIES or kind.casefold() not in known:
        raise DataError(
            f"{where} has the category {category!r} and the type {kind!r}; expected A to D and "
            f"one of {', '.join(known.values())}"
        )
    folder = "/".join(part for part in values.pop("folder").replace("\\", "/").split("/") if part)
    prefix, _, below = folder.partition("/")
    if prefix.casefold() not in known and prefix.casefold().startswith("fakeavceleb"):
        folder = below
    if not values["filename"] or not folder:
        raise DataError(f"{where} names no file or no folder")
    kind = known[kind.casefold()]
    return AVRow(number=number, kind=kind, category=category, folder=folder, **values)
