"""A table with one row a video: CSV, Parquet or Arrow with path, label and anything else."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from aura.datasets.listing import (
    STAGE,
    DataConfig,
    ListedVideo,
    Listing,
    make_video_id,
    printable,
    real_path,
    unusable,
)
from aura.errors import DataError, TableError
from aura.tables import FAKE, Failure

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0*")
_BOOLEANS = {"true": "1", "false": "0"}


def list_table(path: Path, config: DataConfig) -> Listing:
    """Return the videos a table names, in its order; paths are relative to the table.

    A missing file and a second row for the same file become failures; further columns are kept
    with the video. A ``video_id`` or ``dataset`` column is taken over. Labels may be words, whole
    numbers (``1.0`` is ``1``) or booleans (``true`` is ``1``). Columns without a name or with
    values that are not single (lists, structs) are left out with a note, and raise where they are
    needed. Rows count from 1 with the header, as a spreadsheet shows them.

    Raises:
        DataError: A column is absent, a label is neither real nor fake, or two rows give one file
            different labels or two files one ``video_id``.
        TableError: The table cannot be read, a column occurs twice, or one that is needed holds no
            single values.
    """
    path = path.resolve()
    frame, notes = _as_text(_read(path), path, config)
    _require_columns(frame, path, config)
    seen = _Seen(path)
    videos: list[ListedVideo] = []
    failures: list[Failure] = []
    for number, row in enumerate(frame.iter_rows(named=True), start=2):
        video = _listed(row, table=path, number=number, config=config)
        video_id, reason = video.video_id, seen.repeated(video, number)
        if reason is not None:
            video_id = f"{video_id}.row{number}"
        elif (unfit := unusable(video.path)) is not None:
            reason = f"row {number}: {unfit}"
        if reason is None:
            videos.append(video)
        else:
            failures.append(
                Failure(video_id=video_id, path=printable(video.path), stage=STAGE, reason=reason)
            )
    notes = (*_label_notes(frame, config), *_group_notes(frame, config), *notes)
    listing = Listing(tuple(videos), tuple(failures), notes)
    listing.require_both_classes(path)
    return listing


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows a table has given so far, by file and by name."""

    table: Path
    files: dict[str, tuple[int, ListedVideo]] = field(
        default_factory=dict[str, tuple[int, ListedVideo]]
    )
    ids: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])

    def repeated(self, video: ListedVideo, number: int) -> str | None:
        """Return why a row is not listed when an earlier one gives its file, or raise."""
        file = real_path(video.path)
        earlier, other_file = self.ids.setdefault(video.video_id, (number, file))
        if file != other_file:
            raise DataError(
                f"{printable(self.table)}: rows {earlier} and {number} give the video_id "
                f"{video.video_id!r} to different files; give each file its own"
            )
        earlier, first = self.files.setdefault(file, (number, video))
        if first is video:
            return None
        if first.label != video.label:
            raise DataError(
                f"{printable(self.table)}: rows {earlier} and {number} give "
                f"{printable(video.path)} different labels; remove the wrong one"
            )
        by_link = "" if first.path == video.path else ", reached through a link"
        return f"row {number} repeats the file of row {earlier}{by_link}"


def _read(path: Path) -> pl.DataFrame:
    # Not aura.tables.read_frame: users' tables have endings in any case and no typed columns.
    readers: dict[str, tuple[str, Callable[[BinaryIO], pl.DataFrame]]] = {
        ".csv": ("CSV", _read_csv),
        ".parquet": ("Parquet", pl.read_parquet),
        ".arrow": ("Arrow", pl.read_ipc),
    }
    if path.suffix.lower() not in readers:
        raise TableError(f"{printable(path)}: a table ends in {', '.join(readers)}")
    kind, reader = readers[path.suffix.lower()]
    try:
        # An open file, not a name: polars would expand wildcards in the name.
        with path.open("rb") as stream:
            return reader(stream)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{printable(path)}: cannot be read as {kind}: {error}") from error


def _read_csv(stream: BinaryIO) -> pl.DataFrame:
    """Return a CSV file as text: "007" stays a name, a label may be a word or a number.

    The header is the first row of the table, because polars renames a column that occurs twice.
    """
    return pl.read_csv(stream.read().lstrip(b"\r\n"), infer_schema=False, has_header=False)


def _as_text(
    frame: pl.DataFrame, path: Path, config: DataConfig
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the columns as text under their names, and a note on those left out."""
    names = frame.columns
    if path.suffix.lower() == ".csv":
        names, frame = [name or "" for name in frame.row(0)], frame.slice(1)
    needed = {config.path_column, config.label_column, *_optional(config)}
    columns: dict[str, pl.Series] = {}
    left_out: list[str] = []
    for name, series in zip((name.strip() for name in names), frame.iter_columns(), strict=True):
        if name in columns:
            raise TableError(
                f"{printable(path)}: the column {name!r} occurs twice; rename or remove one"
            )
        text = _text(series)
        if not name:
            left_out.append("one without a name")
        elif text is not None:
            columns[name] = text.alias(name)
        elif name in needed:
            raise TableError(
                f"{printable(path)}: the column {name!r} holds {series.dtype}, expected text or "
                "numbers"
            )
        else:
            left_out.append(f"{name} ({series.dtype})")
    note = f"columns of the table left out: {', '.join(left_out)}; only named columns of text or "
    notes = (note + "numbers are kept",) if left_out else ()
    return pl.DataFrame(list(columns.values())), notes


def _optional(config: DataConfig) -> tuple[str, ...]:
    return config.group_column, "dataset", "video_id"


def _text(series: pl.Series) -> pl.Series | None:
    """Return a column as text, or None when its values are not single ones."""
    if series.dtype.is_nested():  # polars would write out a struct
        return None
    try:
        return series.cast(pl.String)
    except pl.exceptions.PolarsError:
        return None


def _require_columns(frame: pl.DataFrame, path: Path, config: DataConfig) -> None:
    settings = {"data.path_column": config.path_column, "data.label_column": config.label_column}
    for setting, column in settings.items():
        if column not in frame.columns:
            raise DataError(
                f"{printable(path)}: no column {column!r}, the columns are "
                f"{', '.join(frame.columns)}; {_way_out(frame.columns, setting)}"
            )
    if frame.is_empty():
        raise DataError(f"{printable(path)}: the table has a header and no rows")


def _way_out(columns: Sequence[str], setting: str) -> str:
    if len(columns) == 1 and ";" in columns[0]:
        return "separate the columns by commas, not semicolons"
    return f"rename one or set {setting}=NAME"


def _listed(
    row: Mapping[str, str | None], *, table: Path, number: int, config: DataConfig
) -> ListedVideo:
    named, word = row[config.path_column], row[config.label_column]
    if not named:
        raise DataError(f"{printable(table)}: row {number} has no {config.path_column}")
    label = _label(word or "", config)
    if label is None:
        raise DataError(
            f"{printable(table)}: row {number} has the label {word!r}; expected one of "
            f"{', '.join(config.real_words)} (real) or {', '.join(config.fake_words)} (fake), "
            "leave the row out, or set data.real_words and data.fake_words if it means one of them"
        )
    file = Path(os.path.normpath(table.parent / named))
    relative = Path(os.path.relpath(file, table.parent)).as_posix()
    dataset = row.get("dataset") or config.dataset or printable(table.parent.name)
    taken = {config.path_column, config.label_column, *_optional(config)}
    return ListedVideo(
        video_id=_own_id(row, table=table, number=number) or make_video_id(dataset, relative),
        path=file,
        label=label,
        dataset=dataset,
        group_id=row.get(config.group_column) or None,
        extras={name: value for name, value in row.items() if name not in taken},
    )


def _own_id(row: Mapping[str, str | None], *, table: Path, number: int) -> str | None:
    own = row.get("video_id")
    if own and not _SAFE_ID.fullmatch(own):
        raise DataError(
            f"{printable(table)}: row {number} has the video_id {own!r}; it becomes a file "
            "name, so at most 120 letters, digits, dots, hyphens and underscores are allowed"
        )
    return own


def _label(word: str, config: DataConfig) -> int | None:
    """Return the label of a word; numbers and booleans that are no words of their own are 0 or 1.

    >>> [_label(word, DataConfig()) for word in ("Real", "1.0", "true", "0.5")]
    [0, 1, 1, None]
    """
    label = config.label_of(word)
    if label is not None:
        return label
    plain = word.strip().casefold()
    number = _WHOLE_NUMBER.fullmatch(plain)
    return config.label_of(number[1] if number else _BOOLEANS.get(plain, word))


def _label_notes(frame: pl.DataFrame, config: DataConfig) -> Iterator[str]:
    # A column such as is_real holds true for real videos: what true is taken for must be seen.
    words = {str(word).strip().casefold() for word in frame.get_column(config.label_column)}
    if any(config.label_of(word) is None for word in words & _BOOLEANS.keys()):
        name = "fake" if _label("true", config) == FAKE else "real"
        yield (
            f"the labels true and false are read as 1 and 0, so that true means {name}; if it is "
            "the other way round, set data.real_words and data.fake_words"
        )


def _group_notes(frame: pl.DataFrame, config: DataConfig) -> Iterator[str]:
    name = config.group_column
    alone = "is its own group until copies are found"
    where = "videos share a scene, person or source"
    if name not in frame.columns:
        yield (
            f"the table has no column {name}: every file {alone}; add one where {where}, or set "
            "data.group_column=NAME"
        )
        return
    n_empty = sum(not group for group in frame.get_column(name))
    if n_empty:
        yield (
            f"the column {name} is empty in {n_empty} of {len(frame)} rows: each of these files "
            f"{alone}; fill it where {where}"
        )
