"""A table with one row a video: path, label and anything else, in any of the table formats."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aura.datasets.labels import ignored_note, label_of, labels_of
from aura.datasets.listing import (
    ABSENT,
    MISSING_FILE,
    STAGE,
    STORED_GROUP,
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
from aura.datasets.table_ties import (
    TIE_COLUMNS,
    Row,
    RowTies,
    comma_note,
    ties_of_row,
    with_ties,
)
from aura.errors import DataError, TableError
from aura.tables import FAKE, REAL, Failure, LeftOut

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")

_MERGED_GROUP, _DECLARED_GROUP = "group_id", "declared_group"
"""Two columns of our own manifests: what copies and shared sources led to, and what the data set
itself said. Only the second is a statement of the data set."""


def list_table(path: Path, config: DataConfig) -> Listing:
    """Return the videos a table names, in its order; paths are relative to the table.

    Rows whose file is absent, or whose label is one of ``data.ignored_words``, are left out; a
    file that cannot be used and a second row for the same file become failures, but what a second
    row ties its file to is kept. Further columns are kept with the video. A ``video_id`` or
    ``dataset`` column is taken over. Labels may be words, whole numbers (``1.0`` is ``1``) or
    booleans (``true`` is ``1``). Columns without a name or with values that are not single (lists,
    structs) are left out with a note, and raise where they are needed; those of
    `aura.datasets.table_ties.TIE_COLUMNS` may hold lists. A table with a ``declared_group`` column
    is a manifest of ours: that column is the group. For the numbers of rows see
    `aura.datasets.table_files.TextTable`.

    Raises:
        DataError: Columns are absent, a label is neither real, fake nor ignored, two rows give one
            file different labels or two files one ``video_id``, or real or fake videos lack.
        TableError: The table cannot be read, a column occurs twice, or one that is needed holds no
            single values.
    """
    path = path.resolve()
    table = read_text_table(path, lists=TIE_COLUMNS)
    _require_columns(table, path, config)
    place = table.columns.index(config.label_column)
    words = [row[place] for row in table.rows]
    labels = labels_of(words, table.numbers, config=config, where=printable(path))
    found = _Found(path)
    for (number, row), label, word in zip(table.records(), labels, words, strict=True):
        found.add(row, label, number=number, word=word, config=config)
    notes = (
        *ignored_note(w for w, label in zip(words, labels, strict=True) if label is None),
        *found.absent_note(),
        *_label_notes(words, config),
        *_group_notes(table, config),
        *comma_note(row for _, row in table.records()),
        *table.dropped_note(),
    )
    if all(label is None for label in labels):
        raise DataError(f"{printable(path)}: no row is real or fake; {notes[0]}")
    videos = with_ties(found.videos, found.ties)
    listing = Listing(tuple(videos), tuple(found.failures), notes, tuple(found.left_out))
    found.require_present_files()
    listing.require_both_classes(path)
    return listing


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rows of a table have given so far; ``ties`` goes by ``video_id``."""

    table: Path
    videos: list[ListedVideo] = field(default_factory=list[ListedVideo])
    ties: dict[str, RowTies] = field(default_factory=dict[str, RowTies])
    failures: list[Failure] = field(default_factory=list[Failure])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    files: dict[str, tuple[int, ListedVideo]] = field(
        default_factory=dict[str, tuple[int, ListedVideo]]
    )
    ids: dict[str, tuple[int, str, str]] = field(default_factory=dict[str, tuple[int, str, str]])

    def add(
        self, row: Row, label: int | None, *, number: int, word: str | None, config: DataConfig
    ) -> None:
        """Take in one row as a video, a failure or something left out, or raise."""
        named = row[config.path_column]
        if not named:
            raise DataError(f"{printable(self.table)}: row {number} has no {config.path_column}")
        if label is None:
            detail = f"row {number}: {word}"
            self.left_out.append(LeftOut(what=named, kind=WITHOUT_LABEL, detail=detail))
            return
        video = _listed(row, label, table=self.table, number=number, config=config)
        first_number, first = self._first_of(video, number)
        unfit = unusable(video.path)
        if unfit == ABSENT:
            self.left_out.append(LeftOut(what=named, kind=MISSING_FILE, detail=f"row {number}"))
            return
        own = ties_of_row(
            row, group_column=_group_column(tuple(row), config), taken=_taken(tuple(row), config)
        )
        if first is not video:
            by_link = "" if first.path == video.path else ", reached through a link"
            reason = f"row {number} repeats the file of row {first_number}{by_link}"
            reason += self._kept_ties(first.video_id, own)
            self._fail(video, f"{video.video_id}.row{number}", reason)
        elif unfit is not None:
            self._fail(video, video.video_id, f"row {number}: {unfit}")
        else:
            self.videos.append(video)
            self.ties[video.video_id] = own

    def _first_of(self, video: ListedVideo, number: int) -> tuple[int, ListedVideo]:
        """Return the first row of the video's file and what it gave, or raise."""
        where, file = printable(self.table), real_path(video.path)
        # On some systems A.npz and a.npz are one file.
        earlier, other_id, other_file = self.ids.setdefault(
            video.video_id.casefold(), (number, video.video_id, file)
        )
        if file != other_file:
            ids = f"the video_id {video.video_id!r}"
            if other_id != video.video_id:
                ids = f"the video_ids {other_id!r} and {video.video_id!r}, equal but for case,"
            raise DataError(
                f"{where}: rows {earlier} and {number} give {ids} to different files; give each "
                "file its own"
            )
        earlier, first = self.files.setdefault(file, (number, video))
        if first.label != video.label:
            raise DataError(
                f"{where}: rows {earlier} and {number} give {printable(video.path)} different "
                "labels; remove the wrong one"
            )
        return earlier, first

    def _kept_ties(self, video_id: str, further: RowTies) -> str:
        """Add what a further row says of a listed file; return words on it if it was new."""
        if video_id not in self.ties:
            return ""
        before = self.ties[video_id]
        self.ties[video_id] = before.joined(further)
        return "" if self.ties[video_id] == before else "; what it ties the file to is kept"

    def _fail(self, video: ListedVideo, video_id: str, reason: str) -> None:
        path = printable(video.path)
        self.failures.append(Failure(video_id=video_id, path=path, stage=STAGE, reason=reason))

    def absent_note(self) -> Iterator[str]:
        """Yield a note that counts the rows whose file is absent, if there are any."""
        absent = [item for item in self.left_out if item.kind == MISSING_FILE]
        if absent:
            yield (
                f"files that do not exist, left out and listed: {len(absent)}, first "
                f"{printable(absent[0].what)} in {absent[0].detail}; paths are relative to the "
                "folder of the table"
            )

    def require_present_files(self) -> None:
        """Raise where real or fake videos lack because files are absent."""
        labels = {video.label for video in self.videos}
        for note in self.absent_note():
            if not labels and not self.failures:
                raise DataError(f"{printable(self.table)}: none of its files is there; {note}")
            if len(labels) == 1:
                name = "real" if REAL in labels else "fake"
                raise DataError(
                    f"{printable(self.table)}: all {len(self.videos)} videos that are there are "
                    f"{name}, a detector needs both; {note}"
                )


def _group_column(columns: Sequence[str], config: DataConfig) -> str:
    is_manifest = config.group_column == _MERGED_GROUP and _DECLARED_GROUP in columns
    return _DECLARED_GROUP if is_manifest else config.group_column


def _taken(columns: Sequence[str], config: DataConfig) -> frozenset[str]:
    """Return the columns that become a video's own fields and are not kept beside it."""
    own = (config.path_column, config.label_column, config.group_column, "dataset", "video_id")
    return frozenset((*own, _group_column(columns, config)))


def _require_columns(table: TextTable, path: Path, config: DataConfig) -> None:
    unfit = dict(table.dropped)
    needed = {*_taken(table.columns, config), *TIE_COLUMNS}
    for column in sorted(needed & unfit.keys()):
        lists = " or lists of them" if column in TIE_COLUMNS else ""
        raise TableError(
            f"{printable(path)}: the column {column!r} holds {unfit[column]}, expected text or "
            f"numbers{lists}"
        )
    settings = {"data.path_column": config.path_column, "data.label_column": config.label_column}
    missing = {name: column for name, column in settings.items() if column not in table.columns}
    if missing:
        raise DataError(
            f"{printable(path)}: no column {' and no column '.join(map(repr, missing.values()))}, "
            f"the columns are {', '.join(table.columns)}; rename what holds them or set "
            f"{' and '.join(f'{name}=NAME' for name in missing)}"
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
        extras=_extras(row, taken=taken, config=config),
    )


def _extras(row: Row, *, taken: frozenset[str], config: DataConfig) -> dict[str, str | None]:
    """Return the further columns; of a manifest also the group that was worked out of its ties."""
    extras = {name: value for name, value in row.items() if name not in taken}
    if _group_column(tuple(row), config) != config.group_column:
        extras[STORED_GROUP] = row.get(config.group_column)
    return extras


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
    n_empty = sum(not (row[place] or "").strip() for row in table.rows)
    if n_empty:
        yield (
            f"the column {name} is empty in {n_empty} of {len(table.rows)} rows: each of these "
            f"files {alone}; fill it where {where}"
        )
