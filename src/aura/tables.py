"""Typed rows and the checked tables that hold them.

What passes between rooms is a row of one of the types below, or a table of them. A table may
carry further columns (a user's own); the promised ones are checked for presence, type, missing
values and unique keys whenever a table is read or written.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args, get_origin

import polars as pl

from aura.atomic import atomic_path
from aura.errors import TableError

REAL, FAKE = 0, 1
"""The two labels. A high score means fake, everywhere."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One video of a data set, with its truth, its group and what its container says.

    ``video_id`` stays the same for the life of the video and is unique across data sets.
    ``group_id`` names what must never be divided between folds; it follows from the columns that
    tie videos together (`aura.leakage`): ``sha256``, ``declared_group``, ``near_group``, ``url``,
    ``identities`` and ``ties``. The last two hold several values, separated by semicolons;
    a tie reads ``kind:value``. ``fold`` is missing for videos of the test split. ``path`` is
    absolute, ``width`` and ``height`` are pixels as displayed. ``video_label`` and
    ``audio_label`` are ``real`` or ``fake`` where pictures and sound have a truth of their own,
    ``category`` is the data set's own finer label, ``matched_by`` the rule that found the file.
    """

    video_id: str
    path: str
    label: int
    dataset: str
    group_id: str
    fold: int | None
    split: str
    sha256: str
    codec: str
    width: int
    height: int
    fps: float
    n_frames: int
    duration_s: float
    has_audio: bool
    bit_rate_bps: int | None = None
    container: str | None = None
    size_bytes: int | None = None
    platform: str | None = None
    method: str | None = None
    source: str | None = None
    declared_group: str | None = None
    near_group: str | None = None
    url: str | None = None
    identities: str | None = None
    ties: str | None = None
    official_split: str | None = None
    category: str | None = None
    video_label: str | None = None
    audio_label: str | None = None
    matched_by: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One video that could not be used, the stage that gave up and why."""

    video_id: str
    path: str
    stage: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something a data set has or names that is no video to work with, and no failure either.

    ``what`` is a path, an address or a row; ``kind`` is one of the words of
    `aura.datasets.listing` such as ``missing file``; ``detail`` says more.
    """

    what: str
    kind: str
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One model's score of one video; ``probability`` is that of being fake."""

    video_id: str
    group_id: str
    label: int
    fold: int | None
    model: str
    probability: float
    logit: float


RowT = TypeVar("RowT")

DTYPES: dict[type, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    float: pl.Float64(),
    bool: pl.Boolean(),
}
"""How a cell of each Python type is stored."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    name: str
    dtype: pl.DataType
    nullable: bool
    optional: bool


def _columns_of(row_type: type[Any]) -> tuple[_Column, ...]:
    hints = typing.get_type_hints(row_type)
    columns: list[_Column] = []
    for field in dataclasses.fields(row_type):
        hint = hints[field.name]
        nullable = get_origin(hint) in (types.UnionType, typing.Union)
        base = next(arg for arg in get_args(hint) if arg is not type(None)) if nullable else hint
        has_default = field.default is not dataclasses.MISSING
        columns.append(_Column(field.name, DTYPES[base], nullable, has_default))
    return tuple(columns)


class TableOf(Generic[RowT]):
    """The promise a table of one row type keeps.

    Args:
        row_type: A dataclass whose fields are ``str``, ``int``, ``float``, ``bool`` or one of
            these or ``None``. A field with a default may be absent from a table.
        key: The columns whose values, taken together, occur once; none for any repetition.
    """

    def __init__(self, row_type: type[RowT], *, key: tuple[str, ...] = ()) -> None:
        self.row_type = row_type
        self.key = key
        self._columns = _columns_of(row_type)

    @property
    def name(self) -> str:
        """The row type's name, as error messages give it."""
        return self.row_type.__name__

    def from_rows(self, rows: Iterable[RowT]) -> pl.DataFrame:
        """Return a table of ``rows`` in their order."""
        schema = {column.name: column.dtype for column in self._columns}
        records: list[dict[str, Any]] = [
            {column.name: getattr(row, column.name) for column in self._columns} for row in rows
        ]
        return self.check(pl.DataFrame(records, schema=schema, orient="row"), where="new rows")

    def rows(self, frame: pl.DataFrame) -> list[RowT]:
        """Return the rows of a checked table, without its further columns."""
        present = [column.name for column in self._columns if column.name in frame.columns]
        make: Callable[..., RowT] = self.row_type
        return [make(**record) for record in frame.select(present).iter_rows(named=True)]

    def check(self, frame: pl.DataFrame, *, where: str) -> pl.DataFrame:
        """Return ``frame`` with its promised columns in their types, or raise.

        Args:
            frame: Any table.
            where: Where it came from, for the message.

        Raises:
            TableError: A promised column is absent, holds another type or missing values, or the
                key occurs twice.
        """
        missing = [c.name for c in self._columns if not c.optional and c.name not in frame.columns]
        if missing:
            raise TableError(
                f"{where}: a {self.name} table needs the columns {', '.join(missing)}; "
                f"it has {', '.join(frame.columns) or 'none'}"
            )
        for column in self._columns:
            if column.name in frame.columns:
                frame = self._check_column(frame, column, where=where)
        if not self.key:
            return frame
        repeated = frame.select(pl.struct(self.key).is_duplicated().arg_true()).to_series()
        if len(repeated):
            example = frame.select(self.key).row(int(repeated[0]))
            raise TableError(
                f"{where}: {' and '.join(self.key)} must be unique in a {self.name} table; "
                f"{example} stands in rows {', '.join(str(r) for r in repeated[:5])}"
            )
        return frame

    def _check_column(self, frame: pl.DataFrame, column: _Column, *, where: str) -> pl.DataFrame:
        series = frame.get_column(column.name)
        what = f"{where}: column {column.name} of a {self.name} table"
        if series.dtype != column.dtype:
            series = _typed(series, column.dtype, what=what)
            frame = frame.with_columns(series)
        if not column.nullable and series.null_count():
            row = series.is_null().arg_true()[0]
            raise TableError(f"{what} is empty in row {row}")
        return frame

    def read(self, path: Path) -> pl.DataFrame:
        """Return the checked table stored at ``path`` (.parquet, .arrow or .csv).

        What a .csv holds beside the promised columns stays text.
        """
        return self.check(read_frame(path), where=str(path))

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Check ``frame`` and store it at ``path``, whole or not at all."""
        write_frame(self.check(frame, where=str(path)), path)


VIDEOS = TableOf(Video, key=("video_id",))
FAILURES = TableOf(Failure, key=("video_id", "stage"))
LEFT_OUT = TableOf(LeftOut)
PREDICTIONS = TableOf(Prediction, key=("video_id", "model"))


_WORDS = {"true": True, "1": True, "false": False, "0": False}


def _typed(series: pl.Series, dtype: pl.DataType, *, what: str) -> pl.Series:
    """Return a column in another type, every value unchanged by that.

    Raises:
        TableError: A value has no equal in that type, such as 0.7 among whole numbers.
    """
    try:
        found = _parsed(series, dtype) if series.dtype == pl.String else _equal(series, dtype)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{what} holds {series.dtype}, expected {dtype}") from error
    filled = series.is_not_null()
    if series.dtype == pl.String:
        filled &= series.str.strip_chars() != ""
    lost = (filled & found.is_null()).arg_true()
    if len(lost):
        row = lost[0]
        raise TableError(f"{what} holds {series[row]!r} in row {row}, expected {dtype}")
    return found


def _equal(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return the values that are the same in another type, null in place of the others."""
    cast = series.cast(dtype, strict=False)
    if not (dtype.is_integer() or dtype == pl.Boolean):
        return cast
    return cast.set(cast.cast(series.dtype, strict=False).ne_missing(series), None)


def _parsed(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return what texts say, null where they say nothing of that type."""
    text = series.str.strip_chars()
    if dtype == pl.Boolean:
        return text.str.to_lowercase().replace_strict(_WORDS, default=None, return_dtype=dtype)
    found = text.cast(dtype, strict=False)
    if not dtype.is_integer():
        return found
    # Spreadsheets and pandas write whole numbers of a column with gaps as 1.0.
    decimal = _equal(text.cast(pl.Float64, strict=False), dtype)
    return found.zip_with(found.is_not_null(), decimal)


def read_frame(path: Path, *, guess_except: Collection[str] | None = None) -> pl.DataFrame:
    """Return the table stored at ``path``; the suffix tells .parquet, .arrow or .csv.

    Args:
        path: The file.
        guess_except: Columns of a .csv that are text, while others become numbers where all their
            cells are. By default all columns are text, so that the name ``0001`` stays what it is.

    Raises:
        TableError: The file is absent, unreadable or of another kind.
    """
    if path.suffix not in (".parquet", ".arrow", ".csv"):
        raise TableError(f"{path}: a table ends in .parquet, .arrow or .csv")
    try:
        # An open file, not a name: polars would expand wildcards in the name.
        with path.open("rb") as stream:
            if path.suffix == ".parquet":
                return pl.read_parquet(stream)
            if path.suffix == ".arrow":
                return pl.read_ipc(stream)
            if guess_except is None:
                return pl.read_csv(stream, infer_schema=False)
            texts = dict.fromkeys(guess_except, pl.String)
            return pl.read_csv(stream, schema_overrides=texts, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as a table: {error}") from error


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Store ``frame`` at ``path`` atomically; equal tables give equal bytes."""
    writers: dict[str, Callable[[Path], Any]] = {
        ".parquet": lambda p: frame.write_parquet(p, compression="zstd", statistics=True),
        ".arrow": lambda p: frame.write_ipc(p, compression="zstd"),
        ".csv": frame.write_csv,
    }
    writer = writers.get(path.suffix)
    if writer is None:
        raise TableError(f"{path}: a table ends in .parquet, .arrow or .csv")
    with atomic_path(path) as partial:
        writer(partial)
