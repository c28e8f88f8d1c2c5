"""Tables as users have them: CSV, JSON, Parquet or Arrow, read as text with row numbers."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aura.datasets.json_rows import read_json_rows
from aura.datasets.listing import printable, several
from aura.errors import TableError

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UNNAMED = "one without a name"

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class TextTable:
    """What a table file holds.

    Attributes:
        columns: The names of the columns of ``rows``.
        rows: One cell a column; an empty cell is None.
        numbers: What the user calls each row: as a spreadsheet counts, the header being row 1, for
            CSV, Parquet and Arrow; the line of JSON lines; the place in a JSON list, from 1.
        dropped: Columns that cannot be text, and why; one without a name is among them.
    """

    columns: tuple[str, ...]
    rows: Sequence[Cells]
    numbers: Sequence[int]
    dropped: tuple[tuple[str, str], ...] = ()

    def records(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        """Yield each row's number and its cells by column."""
        for number, row in zip(self.numbers, self.rows, strict=True):
            yield number, dict(zip(self.columns, row, strict=True))

    def dropped_note(self) -> tuple[str, ...]:
        """Return a note on the columns that were left out, if any were."""
        if not self.dropped:
            return ()
        names = (f"{name} ({kind})" if name else _UNNAMED for name, kind in self.dropped)
        return (
            f"columns of the table left out: {', '.join(names)}; only named columns of text or "
            "numbers are kept",
        )


def read_text_table(path: Path, *, lists: Collection[str] = ()) -> TextTable:
    """Return the table stored at ``path``; its ending tells the format, in any case.

    A byte order mark, the line ends of any system, quoted commas and newlines, semicolons or tabs
    between the columns, empty lines and short rows are understood.

    Args:
        path: The file.
        lists: Columns whose cells may be lists of texts or whole numbers, which are joined by
            semicolons; in all other columns lists are no text.

    Raises:
        TableError: The file cannot be read, is empty or is of another kind or encoding, a row has
            more cells than the header, or a column occurs twice.
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise TableError(f"{printable(path)}: a table ends in {', '.join(TABLE_SUFFIXES)}")
    kind, reader = _READERS[suffix]
    where = f"{printable(path)}: cannot be read as {kind}"
    try:
        return reader(path, where, lists)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{where}: {error}") from error


def read_unquoted_csv(path: Path) -> TextTable:
    """Return a CSV file without the cells its header has no name for.

    For files known to lack quotes around commas in their last columns. Anywhere else this would
    hide that cells stand in the wrong columns.

    Raises:
        TableError: As `read_text_table`, but for long rows.
    """
    where = f"{printable(path)}: cannot be read as CSV"
    try:
        return _read_csv(path, where, (), cut_long_rows=True)
    except OSError as error:
        raise TableError(f"{where}: {error}") from error


def _read_csv(
    path: Path, where: str, _lists: Collection[str], *, cut_long_rows: bool = False
) -> TextTable:
    text = _decoded(path.read_bytes(), where)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    records = _filled_records(text, delimiter, where=where)
    _, header = next(records, (0, []))
    if not header:
        raise TableError(f"{where}: the file is empty")
    names, n_columns = [name.strip() for name in header], len(header)
    numbers: list[int] = []
    rows: list[Cells] = []
    for number, record in records:
        if any(record[n_columns:]) and not cut_long_rows:
            raise TableError(
                f"{where}: row {number} has {len(record)} cells, the header has {n_columns}; "
                'put quotes around a cell that holds a comma: "a, b.mp4"'
            )
        cells = [cell or None for cell in record[:n_columns]]
        rows.append(cells + [None] * (n_columns - len(cells)))
        numbers.append(number)
    return _kept(names, rows, numbers, where=where)


def _filled_records(text: str, delimiter: str, *, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, and their numbers as a spreadsheet counts them."""
    number = 0
    try:
        # strict: a quote that is never closed is an error, not a cell that swallows the rest.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, record in enumerate(reader, start=1):
            if any(record):
                yield number, record
    except csv.Error as error:
        raise TableError(
            f"{where}: row {number + 1}: {error}; is a quote missing or not closed?"
        ) from error


def _decoded(data: bytes, where: str) -> str:
    """Return the text of a file without its mark, or raise."""
    looks_wide = data[:200].count(0) > len(data[:200]) // 3
    if data.startswith(_UTF_16_MARKS) or looks_wide:
        raise TableError(
            f"{where}: it is written in UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise TableError(
            f"{where}: line {line} is not UTF-8 (byte {data[error.start]:#04x}); save it as UTF-8 "
            "(in Excel: CSV UTF-8)"
        ) from error


def _delimiter(text: str) -> str:
    """Return what stands between the columns, going by the header.

    >>> _delimiter("path,label"), _delimiter("path;label"), _delimiter("path")
    (',', ';', ',')
    """
    header = text.lstrip("\r\n").split("\n", 1)[0]
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _read_json(path: Path, where: str, lists: Collection[str]) -> TextTable:
    text = _decoded(path.read_bytes(), where)
    names, rows, numbers, nested = read_json_rows(text, where=where, lists=lists)
    kinds = dict.fromkeys(nested, "lists or objects")
    return _kept(names, rows, numbers, kinds=kinds, where=where)


def _read_parquet(path: Path, where: str, lists: Collection[str]) -> TextTable:
    # An open file, not a name: polars would expand wildcards in the name.
    with path.open("rb") as stream:
        return _of_frame(pl.read_parquet(stream), where, lists)


def _read_arrow(path: Path, where: str, lists: Collection[str]) -> TextTable:
    with path.open("rb") as stream:
        return _of_frame(pl.read_ipc(stream), where, lists)


def _of_frame(frame: pl.DataFrame, where: str, lists: Collection[str]) -> TextTable:
    columns = [
        (series, _as_text(_joined(series) if series.name.strip() in lists else series))
        for series in frame.iter_columns()
    ]
    kinds = {series.name: str(series.dtype) for series, text in columns if text is None}
    empty: list[str | None] = [None] * len(frame)
    cells = [empty if text is None else text.to_list() for _, text in columns]
    rows = list(zip(*cells, strict=True))
    numbers = range(2, 2 + len(rows))
    names = [series.name.strip() for series, _ in columns]
    return _kept(names, rows, numbers, kinds=kinds, where=where)


def _joined(series: pl.Series) -> pl.Series:
    """Return a column of lists of texts or whole numbers as text, any other as it is."""
    if not isinstance(series.dtype, pl.List | pl.Array):
        return series
    inner = pl.Series(dtype=series.dtype.inner).dtype
    if not (inner.is_integer() or inner in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        return series
    texts = series.cast(pl.List(pl.String)).to_list()
    cells = [several(part for part in parts or () if part) for parts in texts]
    return pl.Series(series.name, cells, dtype=pl.String)


def _as_text(series: pl.Series) -> pl.Series | None:
    """Return a column as text, or None when its values are not single ones."""
    if series.dtype.is_nested():  # polars would write out a struct
        return None
    try:
        return series.cast(pl.String)
    except pl.exceptions.PolarsError:
        return None


def _kept(
    names: Sequence[str],
    rows: Iterable[Cells],
    numbers: Sequence[int],
    *,
    where: str,
    kinds: dict[str, str] | None = None,
) -> TextTable:
    """Return the table without unnamed columns and those in ``kinds``, or raise on a repeated one.

    Args:
        names: The names of all columns, without space around them.
        rows: One cell a column.
        numbers: The number of each row.
        where: The file, for the message.
        kinds: Columns whose cells are not single values, and what they hold instead.
    """
    kinds = kinds or {}
    named = [name for name in names if name]
    repeated = next((name for name in named if named.count(name) > 1), None)
    if repeated is not None:
        raise TableError(f"{where}: the column {repeated!r} occurs twice; rename or remove one")
    kept = [place for place, name in enumerate(names) if name and name not in kinds]
    dropped = tuple((name, kinds.get(name, "")) for name in names if not name or name in kinds)
    if len(kept) < len(names):
        rows = [[row[place] for place in kept] for row in rows]
    return TextTable(tuple(names[place] for place in kept), list(rows), numbers, dropped)


_Reader = Callable[[Path, str, Collection[str]], TextTable]

_READERS: dict[str, tuple[str, _Reader]] = {
    ".csv": ("CSV", _read_csv),
    ".tsv": ("CSV", _read_csv),
    ".json": ("JSON", _read_json),
    ".jsonl": ("JSON", _read_json),
    ".ndjson": ("JSON", _read_json),
    ".parquet": ("Parquet", _read_parquet),
    ".arrow": ("Arrow", _read_arrow),
}

TABLE_SUFFIXES = tuple(_READERS)
"""The endings of table files."""
