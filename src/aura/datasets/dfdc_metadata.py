"""The metadata of DFDC: a ``metadata.json`` in each part, a ``labels.csv`` for the test videos.

``metadata.json`` maps file names to ``{"label": "FAKE", "split": "train", "original": "y.mp4"}``;
for real videos ``original`` is null or absent. ``labels.csv`` has the columns ``filename,label``.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aura.datasets.listing import DataConfig, printable
from aura.datasets.metadata_files import given_metadata, read_json, read_text
from aura.datasets.tree import tree_files
from aura.errors import DataError

_LABELS = "labels.csv"
_METADATA = "metadata.json"


@dataclass(frozen=True, slots=True)
class DfdcEntry:
    """What one metadata file says of one video.

    Attributes:
        name: The file name as it stands there.
        word: The label as it stands there.
        split: The official split, if one is stated.
        original: The file name of what a fake was made of, if stated.
        file: The metadata file.
        place: Where in it: ``row 7`` or ``entry 'x.mp4'``.
    """

    name: str
    word: str
    split: str | None
    original: str | None
    file: Path
    place: str

    @property
    def where(self) -> str:
        """File and place, for messages."""
        return f"{printable(self.file)}: {self.place}"


def metadata_paths(home: Path, config: DataConfig, *, others: Iterable[Path]) -> list[Path]:
    """Return the metadata files of the tree, or those at the place ``data.metadata`` names.

    Args:
        home: The root of the data set.
        config: May name a file, or a folder to look through.
        others: The files of the tree that are no videos.

    Raises:
        DataError: There are none.
    """
    given = given_metadata(config)
    if given is not None and given.is_file():
        return [given]
    candidates = others if given is None else tree_files(given, config).others
    found = [path for path in candidates if _is_metadata(path)]
    if not found:
        where = printable(home) if given is None else f"data.metadata={config.metadata}"
        raise DataError(
            f"{where}: expected DFDC's {_METADATA} in the folder of each part, or {_LABELS} for "
            "the test videos; found neither. Set data.metadata to where they lie"
        )
    return found


def _is_metadata(path: Path) -> bool:
    # Copies that gather the files in one folder put the name of the part before.
    name = path.name.casefold()
    return name in (_LABELS, _METADATA) or name.endswith(f"_{_METADATA}")


def read_entries(path: Path) -> Iterator[DfdcEntry]:
    """Yield the entries of a metadata file in its order.

    Raises:
        DataError: It cannot be read, or has another form.
    """
    return _csv_entries(path) if path.suffix.casefold() == ".csv" else _json_entries(path)


def _json_entries(path: Path) -> Iterator[DfdcEntry]:
    entries = read_json(path)
    if not isinstance(entries, dict):
        raise DataError(f"{printable(path)}: {_expected()}, found a {type(entries).__name__}")
    for name, says in entries.items():
        word = _text(says.get("label")) if isinstance(says, dict) else None
        if word is None:
            raise DataError(f"{printable(path)}: {_expected()}; {name!r} has {str(says)[:60]}")
        yield DfdcEntry(
            name=name,
            word=word,
            split=_text(says.get("split")),
            original=_text(says.get("original")),
            file=path,
            place=f"entry {name!r}",
        )


def _expected() -> str:
    return 'expected an object such as {"x.mp4": {"label": "FAKE", "original": "y.mp4"}}'


def _text(value: Any) -> str | None:
    """Return a value as text; None for null and for nothing."""
    return None if value is None else str(value).strip() or None


def _csv_entries(path: Path) -> Iterator[DfdcEntry]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header, *rows = list(reader) or [[]]
    except csv.Error as error:
        raise DataError(f"{printable(path)}: line {reader.line_num}: {error}") from error
    columns = [name.strip().casefold() for name in header]
    if "filename" not in columns or "label" not in columns:
        raise DataError(
            f"{printable(path)}: expected the columns filename and label, found "
            f"{', '.join(columns)[:200] or 'an empty file'}"
        )
    split = "val" if "val" in path.parent.name.casefold() else "test"
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise DataError(
                f"{printable(path)}: row {number} has {len(cells)} cells, the header has "
                f"{len(columns)}"
            )
        name, word = (cells[columns.index(column)].strip() for column in ("filename", "label"))
        yield DfdcEntry(name, word, split, original=None, file=path, place=f"row {number}")
