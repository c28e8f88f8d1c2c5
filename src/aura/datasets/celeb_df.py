"""Celeb-DF v2: interviews of 59 celebrities, face swaps among them, and further real videos.

::

    Celeb-real/idN_NNNN.mp4    Celeb-synthesis/idN_idM_NNNN.mp4    YouTube-real/NNNNN.mp4
    List_of_testing_videos.txt

``idN_idM_NNNN`` is the clip ``idN_NNNN`` with the face of person M. Some copies write
``Youtube-real``, or have a folder ``videos`` in each. The list of test videos says 1 for **real**,
which is the other way round from everything here; it is held against the folders, line by line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from aura.datasets.known_tree import conclude, folders_in, locate, plain, recognised
from aura.datasets.listing import (
    MISSING_FILE,
    WITHOUT_METADATA,
    DataConfig,
    ListedVideo,
    Listing,
    printable,
    several,
)
from aura.datasets.metadata_files import find_metadata, read_json, read_text
from aura.datasets.tree import id_below, tree_files
from aura.errors import DataError
from aura.tables import FAKE, REAL, LeftOut

TEST_LISTS = ("List_of_testing_videos.txt", "List_of_testing_videos.json")

_FOLDERS = {"celeb_real": REAL, "youtube_real": REAL, "celeb_synthesis": FAKE}
_NAMES = {
    "celeb_real": re.compile(r"(id[0-9]+)_([0-9]+)"),
    "youtube_real": re.compile(r"[0-9]+"),
    "celeb_synthesis": re.compile(r"(id[0-9]+)_(id[0-9]+)_([0-9]+)"),
}
_WORDS = {"1": REAL, "0": FAKE}
_METHOD = "Celeb-synthesis"
_EXPECTED = "expected a label and a path such as '1 YouTube-real/00170.mp4'"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the test list, and the video it names: its folder as a `plain` word, its stem.

    Endings do not count: a list in circulation ends one of its names in ``.mp``.
    """

    number: int
    text: str
    folder: str
    stem: str


def recognises_celeb_df(root: Path) -> bool:
    """Return whether the names of the folders are those of Celeb-DF."""
    return recognised(root, _is_home)


def list_celeb_df(root: Path, config: DataConfig) -> Listing:
    """Return the videos of Celeb-DF; those in the official list are ``test``, the others ``train``.

    Without a list no video has an official split, and a note says so.

    Raises:
        DataError: There is no such tree, it has no real or no fake videos, or a line of the list
            cannot be read or contradicts the folders.
    """
    home, notes = locate(
        root,
        _is_home,
        title="Celeb-DF",
        expected="the folders Celeb-real, Celeb-synthesis and YouTube-real",
    )
    test_list = find_metadata(home, config, names=TEST_LISTS)
    listed = {} if test_list is None else _read_test_list(test_list)
    files = tree_files(home, config)
    dataset = config.dataset or "celeb-df"
    videos: list[ListedVideo] = []
    left_out: list[LeftOut] = []
    found: set[tuple[str, str]] = set()
    for path in files.videos:
        folder = _folder_of(path.relative_to(home))
        match = _NAMES[folder].fullmatch(path.stem.casefold()) if folder else None
        if folder is None or match is None:
            detail = "the name is none of its folder" if folder else "outside the three folders"
            left_out.append(LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail=detail))
            continue
        key = (folder, path.stem.casefold())
        found.add(key)
        extras = _extras(folder, match) | {"official_split": None}
        if test_list is not None:
            extras["official_split"] = "test" if key in listed else "train"
        video_id = id_below(home, path, dataset=dataset)
        videos.append(ListedVideo(video_id, path, _FOLDERS[folder], dataset, extras=extras))
    left_out += _missing(listed, found, test_list=test_list)
    return conclude(
        home,
        videos,
        config=config,
        files=files,
        metadata=[] if test_list is None else [test_list],
        left_out=left_out,
        notes=(*notes, *_list_note(test_list, n_listed=len(listed))),
    )


def _is_home(path: Path) -> bool:
    return not {"celeb_real", "celeb_synthesis"}.isdisjoint(folders_in(path))


def _folder_of(path: PurePath) -> str | None:
    folders = (plain(part) for part in path.parts[:-1])
    return next((folder for folder in folders if folder in _FOLDERS), None)


def _extras(folder: str, match: re.Match[str]) -> dict[str, str | None]:
    if folder == "youtube_real":  # 300 videos, nobody says of whom
        return {"method": None, "source": "YouTube-real", "identities": None, "ties": None}
    *people, number = match.groups()
    return {
        "method": _METHOD if len(people) > 1 else None,
        "source": "Celeb-real",
        "identities": several(f"celebdf/{person}" for person in people),
        "ties": f"clip:celebdf/{people[0]}_{number}",
    }


def _read_test_list(path: Path) -> dict[tuple[str, str], _Entry]:
    """Return the entries of a test list by folder and file name, each held against its folder."""
    is_json = read_text(path).lstrip()[:1] in ("[", "{")
    entries = _json_entries(path) if is_json else _text_entries(path)
    return {(entry.folder, entry.stem): entry for entry in entries}


def _text_entries(path: Path) -> Iterator[_Entry]:
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        word, *name = line.split(maxsplit=1) or [""]
        if word in _WORDS and name:
            yield _entry(path, number, text=line.strip(), name=name[0], label=_WORDS[word])
        elif word:
            raise DataError(f"{_line(path, number, line)}: {_EXPECTED}")


def _json_entries(path: Path) -> Iterator[_Entry]:
    names = read_json(path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(
            f"{printable(path)}: expected a JSON list of paths such as 'YouTube-real/00170.mp4'"
        )
    for number, name in enumerate(names, start=1):
        yield _entry(path, number, text=name, name=name, label=None)


def _entry(path: Path, number: int, *, text: str, name: str, label: int | None) -> _Entry:
    """Return an entry whose label, where it states one, agrees with its folder."""
    video = PurePosixPath(name.strip().replace("\\", "/"))
    folder = _folder_of(video)
    if folder is None:
        raise DataError(f"{_line(path, number, text)}: {_EXPECTED}")
    if label not in (None, _FOLDERS[folder]):
        says, is_a = ("real", "fakes") if label == REAL else ("fake", "real videos")
        raise DataError(
            f"{_line(path, number, text)} says {says} (1 is real in this list), the folder is "
            f"that of the {is_a}; nobody can say which is right. Restore the published list"
        )
    return _Entry(number, text, folder, video.stem.casefold())


def _line(path: Path, number: int, text: str) -> str:
    return f"{printable(path)}: line {number}: {text.strip()[:80]!r}"


def _missing(
    listed: dict[tuple[str, str], _Entry], found: set[tuple[str, str]], *, test_list: Path | None
) -> Iterator[LeftOut]:
    for key, entry in listed.items():
        if key not in found and test_list is not None:
            detail = f"line {entry.number} of {test_list.name}"
            yield LeftOut(what=entry.text, kind=MISSING_FILE, detail=detail)


def _list_note(test_list: Path | None, *, n_listed: int) -> Iterator[str]:
    if test_list is None:
        yield (
            f"no {TEST_LISTS[0]} was found: no video has an official split; it comes with the data "
            "set, and data.metadata says where it lies"
        )
    else:
        yield f"{test_list.name} names {n_listed} official test videos; all others are train"
