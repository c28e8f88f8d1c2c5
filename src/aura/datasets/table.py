"""A table with one row a video: path, label and anything else, in any of the table formats."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aura.datasets.labels import ignored_note, label_of, labels_of
from aura.datasets.listing import (
    STAGE,
    WITHOUT_LABEL,
    DataConfig,
    ListedVideo,
    Listing,
    make_video_id,
    printable,
    real_path,
    unusable,
)
from aura.datasets.table_files import TextTable, read_text_table
from aura.errors import DataError, TableError
from aura.tables import FAKE, Failure, LeftOut

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")

_MERGED_GROUP, _DECLARED_GROUP = "group_id", "declared_group"
"""Two columns of our own manifests: what copies and shared sources led to, and what the data set
itself said. Only the second is a statement of the data set."""

Row = Mapping[str, str | None]


def list_table(path: Path, config: DataConfig) -> Listing:
    """Return the videos a table names, in its order; paths are relative to the table.

    A missing file and a second row for the same file become failures; rows whose label is one of
    ``data.ignored_words`` are left out; further columns are kept with the video. A ``video_id`` or
    ``dataset`` column is taken over. Labels may be words, whole numbers (``1.0`` is ``1``) or
    booleans (``true`` is ``1``). Columns without a name or with values that are not single (lists,
    structs) are left out with a note, and raise where they are needed. A table with a
    ``declared_group`` column is a manifest of ours: that column is the group. For the numbers of
    rows see `aura.datasets.table_files.TextTable`.

    Raises:
        DataError: A column is absent, a label is neither real, fake nor ignored, or two rows give
            one file different labels or two files one ``video_id``.
        TableError: The table cannot be read, a column occurs twice, or one that is needed holds no
            single values.
    """
    path = path.resolve()
    table = read_text_table(path)
    _require_columns(table, path, config)
    place = table.columns.index(config.label_column)
    words = [row[place] for row in table.rows]
    labels = labels_of(words, table.numbers, config=config, where=printable(path))
    seen = _Seen(path)
    videos: list[ListedVideo] = []
    failures: list[Failure] = []
    left_out: list[LeftOut] = []
    for (number, row), label, word in zip(table.records(), labels, words, strict=True):
        named = row[config.path_column]
        if not named:
            raise DataError(f"{printable(path)}: row {number} has no {config.path_column}")
        if label is None:
            left_out.append(LeftOut(what=named, kind=WITHOUT_LABEL, detail=f"row {number}: {word}"))
            continue
        video = _listed(row, label, table=path, number=number, config=config)
        failure = _failure(video, number, seen=seen)
        if failure is None:
            videos.append(video)
        else:
            failures.append(failure)
    notes = (
        *ignored_note(w for w, label in zip(words, labels, strict=True) if label is None),
        *_label_notes(words, config),
        *_group_notes(table, config),
        *table.dropped_note(),
    )
    if len(left_out) == len(table.rows):
        raise DataError(f"{printable(path)}: no row is real or fake; {notes[0]}")
    listing = Listing(tuple(videos), tuple(failures), notes, tuple(left_out))
    listing.require_both_classes(path)
    return listing


def _failure(video: ListedVideo, number: int, *, seen: "_Seen") -> Failure | None:
    """Return why a row is not listed, or None when it is."""
    video_id, reason = video.video_id, seen.repeated(video, number)
    if reason is not None:
        video_id = f"{video_id}.row{number}"
    elif (unfit := unusable(video.path)) is not None:
        reason = f"row {number}: {unfit}"
    if reason is None:
        return None
    return Failure(video_id=video_id, path=printable(video.path), stage=STAGE, reason=reason)


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


def _group_column(columns: Sequence[str], config: DataConfig) -> str:
    is_manifest = config.group_column == _MERGED_GROUP and _DECLARED_GROUP in columns
    return _DECLARED_GROUP if is_manifest else config.group_column


def _taken(columns: Sequence[str], config: DataConfig) -> frozenset[str]:
    """Return the columns that become a video's own fields and are not kept beside it."""
    own = (config.path_column, config.label_column, config.group_column, "dataset", "video_id")
    return frozenset((*own, _group_column(columns, config)))


def _require_columns(table: TextTable, path: Path, config: DataConfig) -> None:
    unfit = dict(table.dropped)
    for column in sorted(_taken(table.columns, config) & unfit.keys()):
        raise TableError(
            f"{printable(path)}: the column {column!r} holds {unfit[column]}, expected text or "
            "numbers"
        )
    settings = {"data.path_column": config.path_column, "data.label_column": config.label_column}
    for setting, column in settings.items():
        if column not in table.columns:
            raise DataError(
                f"{printable(path)}: no column {column!r}, the columns are "
                f"{', '.join(table.columns)}; rename one or set {setting}=NAME"
            )
    if not table.rows:
        raise DataError(f"{printable(path)}: the table has a header and no rows")


def _listed(row: Row, label: int, *, table: Path, number: int, config: DataConfig) -> ListedVideo:
    file = Path(os.path.normpath(table.parent / (row[config.path_column] or "")))
    relative = Path(os.path.relpath(file, table.parent)).as_posix()
    dataset = row.get("dataset") or config.dataset or printable(table.parent.name)
    columns = tuple(row)
    taken = _taken(columns, config)
    return ListedVideo(
        video_id=_own_id(row, table=table, number=number) or make_video_id(dataset, relative),
        path=file,
        label=label,
        dataset=dataset,
        group_id=row.get(_group_column(columns, config)) or None,
        extras={name: value for name, value in row.items() if name not in taken},
    )


def _own_id(row: Row, *, table: Path, number: int) -> str | None:
    own = row.get("video_id")
    if own and not _SAFE_ID.fullmatch(own):
        raise DataError(
            f"{printable(table)}: row {number} has the video_id {own!r}; it becomes a file "
            "name, so at most 120 letters, digits, dots, hyphens and underscores are allowed"
        )
    return own


def _label_notes(words: Sequence[str | None], config: DataConfig) -> Iterator[str]:
    # A column such as is_real holds true for real videos: what true is taken for must be seen.
    plain = {(word or "").strip().casefold() for word in words}
    if any(config.label_of(word) is None for word in plain & {"true", "false"}):
        name = "fake" if label_of("true", config) == FAKE else "real"
        yield (
            f"the labels true and false are read as 1 and 0, so that true means {name}; if it is "
            "the other way round, set data.real_words and data.fake_words"
        )


def _group_notes(table: TextTable, config: DataConfig) -> Iterator[str]:
    name = _group_column(table.columns, config)
    alone = "is its own group until copies are found"
    where = "videos share a scene, person or source"
    if name not in table.columns:
        yield (
            f"the table has no column {name}: every file {alone}; add one where {where}, or set "
            "data.group_column=NAME"
        )
        return
    place = table.columns.index(name)
    n_empty = sum(not row[place] for row in table.rows)
    if n_empty:
        yield (
            f"the column {name} is empty in {n_empty} of {len(table.rows)} rows: each of these "
            f"files {alone}; fill it where {where}"
        )
