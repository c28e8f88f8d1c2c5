"""The metadata files of the Fake Video Corpus: where they lie and what their rows say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aura.datasets.fvc_urls import PLATFORMS, WebVideo, parse_url
from aura.datasets.listing import DataConfig, printable
from aura.datasets.metadata_files import given_metadata
from aura.datasets.table_files import TextTable, read_text_table, read_unquoted_csv
from aura.errors import DataError

FIRST, DUPLICATES, QUERIES = "FVC.csv", "FVC_dup.csv", "FVC_text_queries.csv"
INDEXES = ("video_index_input.csv", "video_index_input.json")
"""The first videos of each cascade, their near-duplicates, the events' titles; and an index of
files that some pipelines write beside them."""

_FILES = (FIRST, DUPLICATES, QUERIES, *INDEXES)
_LABELLED = frozenset((FIRST, DUPLICATES, *INDEXES))
_FOLDERS = ("metadata", "archive", "archives", "data", "videos", "videos/metadata")
_PATH_COLUMNS = ("video_path", "path", "file", "filename")
_ID_COLUMNS = ("video_id", "id")
_GROUP_COLUMNS = ("dup_group", "cascade_id", "group_id")
_URL_COLUMNS = ("video_url", "url")


@dataclass(frozen=True, slots=True)
class FvcRow:
    """One row of the metadata.

    Attributes:
        file: The metadata file, by its name.
        number: The row, as a spreadsheet counts.
        cascade: The family of near-duplicates it belongs to; empty where an index gives none.
        url: The address, as written.
        word: The label word, as written; it says more than real or fake.
        video: What the address leads to; None when it is not understood.
        event_title: What the video is about, where the queries file says so.
    """

    file: str
    number: int
    cascade: str
    url: str
    word: str | None
    video: WebVideo | None
    event_title: str | None = None

    @property
    def key(self) -> str:
        """Return what rows of one video have in common."""
        return self.url if self.video is None else self.video.key

    @property
    def place(self) -> str:
        """Return where the row stands, for messages."""
        return f"{self.file} row {self.number}"


@dataclass(frozen=True, slots=True)
class FvcMetadata:
    """What the metadata files say, and remarks on which were read.

    ``files`` are those that were read; ``paths`` maps a video's key to where an index has its
    file.
    """

    rows: tuple[FvcRow, ...]
    files: tuple[Path, ...]
    paths: Mapping[str, str]
    notes: tuple[str, ...]


def read_metadata(root: Path, config: DataConfig) -> FvcMetadata:
    """Return the rows of the metadata found in ``data.metadata`` or near ``root``.

    ``FVC.csv`` and ``FVC_dup.csv`` are the truth. Where both are absent, the rows of an index
    stand in for them.

    Raises:
        DataError: There are no metadata files, or one lacks a column or a value it needs.
        TableError: One cannot be read.
    """
    found = find_metadata_files(root, config)
    if not found.keys() & _LABELLED:
        raise DataError(_absent_message(root, config))
    titles = _titles(found)
    rows = [row for name in (FIRST, DUPLICATES) for row in _corpus_rows(found, name, titles)]
    index = next((found[name] for name in INDEXES if name in found), None)
    paths: dict[str, str] = {}
    notes = [f"metadata read: {', '.join(_shown(path, root) for path in found.values())}"]
    if index is not None:
        indexed = list(_index_rows(index))
        paths = {row.key: path for row, path in indexed if path}
        if not rows:
            rows = [row for row, _ in indexed]
            notes.append(
                f"{FIRST} and {DUPLICATES} are absent: labels and groups are those of "
                f"{index.name}; with the corpus' own files beside it, cascades and "
                "contradictions are known for certain"
            )
    if len(found.keys() & {FIRST, DUPLICATES}) == 1:
        absent = DUPLICATES if FIRST in found else FIRST
        notes.append(f"{absent} is absent: files of its videos are without metadata")
    return FvcMetadata(tuple(rows), tuple(found.values()), paths, tuple(notes))


def _shown(path: Path, root: Path) -> str:
    return printable(path.relative_to(root) if path.is_relative_to(root) else path)


def holds_metadata(root: Path) -> bool:
    """Return whether a file with the labels lies in a folder or where these are looked for."""
    return bool(_in_folders(_folders(root)).keys() & _LABELLED)


def find_metadata_files(root: Path, config: DataConfig) -> dict[str, Path]:
    """Return the metadata files by name: each from the first folder that has it, in any case.

    They are looked for in ``data.metadata`` alone where it is set; else in ``root``, the folders
    in it where users keep them, and, when no labels are there, likewise around the folder above.

    Raises:
        DataError: A folder cannot be listed, or ``data.metadata`` names nothing.
    """
    given = given_metadata(config)
    if given is not None:
        return _in_folders([given.parent if given.is_file() else given])
    found = _in_folders(_folders(root))
    return found if found.keys() & _LABELLED else _in_folders(_folders(root.parent)) | found


def _in_folders(folders: Iterable[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    wanted = {name.casefold(): name for name in _FILES}
    for folder in folders:
        for path in _entries(folder):
            name = wanted.get(path.name.casefold())
            if name is not None and name not in found and path.is_file():
                found[name] = path
    return {name: found[name] for name in _FILES if name in found}


def _folders(root: Path) -> Iterator[Path]:
    """Yield where metadata may lie; names in any case, so that Metadata/ is metadata/, too."""
    yield root
    inside = {path.name.casefold(): path for path in _entries(root)}
    for name in _FOLDERS:
        first, _, second = name.partition("/")
        folder = inside.get(first)
        if folder is not None and second:
            folder = {path.name.casefold(): path for path in _entries(folder)}.get(second)
        if folder is not None:
            yield folder
    yield from (path for name, path in sorted(inside.items()) if name.startswith("fvc"))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{printable(folder)}: cannot be listed: {error.strerror}") from error


def _absent_message(root: Path, config: DataConfig) -> str:
    where = printable(root if config.metadata is None else Path(config.metadata))
    looked = (
        "" if config.metadata else f", in none of {', '.join(f'{f}/' for f in _FOLDERS)} either"
    )
    return (
        f"{where}: expected {FIRST} and {DUPLICATES}, found neither{looked}; they are the labels "
        "of the videos and come from the Fake Video Corpus' own repository (or as Metadata.zip "
        "with the archives). Set data.metadata=FOLDER to where they lie"
    )


def _corpus_rows(
    found: Mapping[str, Path], name: str, titles: Mapping[str, str]
) -> Iterator[FvcRow]:
    if name not in found:
        return
    path = found[name]
    table = read_text_table(path)
    _require(table, ("cascade_id", "video_url", "label"), path)
    for number, cells in table.records():
        cascade, url = cells["cascade_id"], cells["video_url"]
        if not cascade or not url:
            raise DataError(
                f"{printable(path)}: row {number} lacks its cascade_id or video_url; the file is "
                "damaged, take it from the corpus' repository again"
            )
        cascade, url = cascade.strip(), url.strip()
        yield FvcRow(
            file=name,
            number=number,
            cascade=cascade,
            url=url,
            word=cells["label"],
            video=parse_url(url),
            event_title=titles.get(cascade),
        )


def _titles(found: Mapping[str, Path]) -> dict[str, str]:
    if QUERIES not in found:
        return {}
    # The released file does not quote its commas: a title that holds one ends there, and what is
    # pushed to the right are translations.
    table = read_unquoted_csv(found[QUERIES])
    _require(table, ("cascade_id", "event_title"), found[QUERIES])
    return {
        cells["cascade_id"]: cells["event_title"]
        for _, cells in table.records()
        if cells["cascade_id"] and cells["event_title"]
    }


def _index_rows(path: Path) -> Iterator[tuple[FvcRow, str | None]]:
    """Yield the rows of an index of files, and where each one has its file."""
    table = read_text_table(path)
    _require(table, ("label",), path)
    columns = {
        kind: next((name for name in names if name in table.columns), None)
        for kind, names in {
            "path": _PATH_COLUMNS,
            "id": _ID_COLUMNS,
            "group": _GROUP_COLUMNS,
            "url": _URL_COLUMNS,
        }.items()
    }
    if columns["id"] is None and columns["url"] is None:
        raise DataError(
            f"{printable(path)}: expected a column {_ID_COLUMNS[0]} or {_URL_COLUMNS[0]}; "
            f"found {', '.join(table.columns)}"
        )
    for number, cells in table.records():
        cell = {kind: cells.get(name) if name else None for kind, name in columns.items()}
        video = parse_url(cell["url"] or "") or _indexed_video(cells, cell["id"], cell["path"])
        url = cell["url"] or (video.key if video else cell["path"]) or f"row {number}"
        row = FvcRow(
            file=path.name,
            number=number,
            cascade=cell["group"] or "",
            url=url,
            word=cells["label"],
            video=video,
        )
        yield row, cell["path"]


def _indexed_video(
    cells: Mapping[str, str | None], video_id: str | None, path: str | None
) -> WebVideo | None:
    """Return the video of a row without an address; its folders may name the platform."""
    if not video_id:
        return None
    platform = (cells.get("platform") or "").strip().casefold()
    folders = {part.casefold() for part in (path or "").replace("\\", "/").split("/")}
    if platform not in PLATFORMS:
        platform = next((name for name in PLATFORMS if name in folders), platform)
    return WebVideo(platform or "unknown", video_id.strip())


def _require(table: TextTable, columns: Sequence[str], path: Path) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(
            f"{printable(path)}: the columns {', '.join(missing)} are missing; expected "
            f"{', '.join(columns)}, found {', '.join(table.columns)}"
        )
