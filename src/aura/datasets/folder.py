"""A folder with real/ and fake/ below it."""

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
from aura.errors import DataError
from aura.tables import Failure

_LAYOUT = "expected the folders real/ and fake/ with videos in them, at any depth"


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder or file: as the user sees it, without links, and the label folder it is below."""

    path: Path
    real: str
    top: Path
    label: int

    def order(self) -> tuple[tuple[str, ...], str]:
        """Sort the files of a folder before those of its subfolders."""
        return self.path.parent.parts, self.path.name

    def through_link(self) -> bool:
        return str(self.path) != self.real


def list_folder(root: Path, config: DataConfig) -> Listing:
    """Return the videos below ``root/real`` and ``root/fake``, sorted by path.

    Videos at the same place below ``real/`` and ``fake/`` (``real/a/7.mp4``, ``fake/a/7.mp4``)
    are taken for versions of one scene and share a group; all others stand alone until duplicates
    are found. Files of other kinds and hidden ones are counted in the notes.

    Links are followed. A folder reached twice is listed once and named in the notes, a file
    reached twice is listed once, where possible at its own place, and is a failure at the other.

    Raises:
        DataError: The folder is absent, unreadable, has no such folders, or links give one file or
            folder both labels.
    """
    root = root.resolve()
    places, notes = _walk(_label_folders(root, config), root)
    candidates, kinds = _candidates(places, config)
    reasons = [unusable(place.path) for place in candidates]
    first: dict[str, _Place] = {}
    usable = (p for p, reason in zip(candidates, reasons, strict=True) if reason is None)
    for place in sorted(usable, key=lambda p: (p.through_link(), p.order())):
        first.setdefault(place.real, place)
    dataset = config.dataset or printable(root.name)
    videos: list[ListedVideo] = []
    failures: list[Failure] = []
    for place, unfit in zip(candidates, reasons, strict=True):
        path = place.path
        video_id = make_video_id(dataset, path.relative_to(root).as_posix())
        reason = unfit or _repeated(place, first[place.real])
        if reason is not None:
            failures.append(
                Failure(video_id=video_id, path=printable(path), stage=STAGE, reason=reason)
            )
            continue
        group = path.relative_to(place.top).with_suffix("").as_posix()
        videos.append(ListedVideo(video_id, path, place.label, dataset, group_id=group))
    notes = (*_group_notes(videos), *kinds, *notes)
    listing = Listing(tuple(videos), tuple(failures), notes)
    if not videos and not failures:
        raise DataError("; ".join((f"{printable(root)}: no videos found; {_LAYOUT}", *notes)))
    listing.require_both_classes(root)
    return listing


def _label_folders(root: Path, config: DataConfig) -> list[_Place]:
    try:
        folders = sorted(entry for entry in root.iterdir() if entry.is_dir())
    except OSError as error:
        raise DataError(f"{printable(root)}: cannot be listed: {error.strerror}") from error
    labelled = [
        _Place(folder, real_path(folder), folder, label)
        for folder in folders
        if (label := config.label_of(folder.name)) is not None
    ]
    if not labelled:
        found = ", ".join(f"{printable(f.name)}/" for f in folders[:5]) or "no folder"
        raise DataError(
            f"{printable(root)}: {_LAYOUT}; found {found}. For another layout write a table with "
            "the columns path,label and give that as --data"
        )
    return labelled


def _walk(tops: Sequence[_Place], root: Path) -> tuple[list[_Place], tuple[str, ...]]:
    """Return every file below the label folders, and notes on the links not followed."""
    # A link to where the data set itself lies would give videos the label of the link's folder.
    above = {str(root), *(str(folder) for folder in root.parents)}
    above.update(str(folder) for top in tops for folder in Path(top.real).parents)
    claimed = {top.real: top for top in reversed(tops)}
    again: list[Path] = []
    upward: list[Path] = []
    files: list[_Place] = []
    # Links wait until all else is listed, so that a folder is listed at its own place.
    folders, linked = deque(tops), deque[_Place]()
    while folders or linked:
        place = folders.popleft() if folders else linked.popleft()
        is_link = place.path != place.top and place.path.is_symlink()
        if is_link and place.real in above:
            upward.append(place.path)
            continue
        first = claimed.setdefault(place.real, place)
        if first is not place:
            _require_one_label(place, first)
            again.append(place.path)
            continue
        for found in _content(place):
            if not _is_folder(found.path):
                files.append(found)
            else:
                (linked if found.path.is_symlink() else folders).append(found)
    return files, (
        *_link_note(again, "folders are reached again through links and not listed twice"),
        *_link_note(
            upward, "links lead to a folder the data set itself lies in and are not followed"
        ),
    )


def _content(folder: _Place) -> Iterator[_Place]:
    try:
        with os.scandir(folder.path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = Path(entry.path)
                # Only links need a look at the disk; folders are looked up for Windows' junctions.
                plain = entry.is_file(follow_symlinks=False)
                real = str(Path(folder.real, entry.name)) if plain else real_path(path)
                yield _Place(path, real, folder.top, folder.label)
    except OSError as error:
        where = printable(folder.path)
        raise DataError(f"{where}: cannot be listed: {error.strerror}") from error


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # out of reach, which `unusable` says of a file
        return False


def _candidates(
    places: Iterable[_Place], config: DataConfig
) -> tuple[list[_Place], tuple[str, ...]]:
    """Return the files to be taken for videos in order, and notes that count the others."""
    candidates: list[_Place] = []
    ignored: Counter[str] = Counter()
    broken: list[Path] = []
    n_hidden = 0
    for place in sorted(places, key=_Place.order):
        name, suffix = place.path.name, place.path.suffix.lower()
        if name.startswith("."):
            n_hidden += 1
        elif suffix in config.suffixes:
            candidates.append(place)
        elif place.path.is_symlink() and unusable(place.path) is not None:
            broken.append(place.path)
        else:
            ignored[printable(suffix or name)] += 1
    notes: list[str] = []
    if ignored:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(ignored.items()))
        notes.append(
            f"{ignored.total()} files are not taken for videos ({kinds}); see data.suffixes"
        )
    if n_hidden:
        notes.append(
            f"{n_hidden} hidden files are left out: a leading dot marks side files of a copy and "
            "unfinished downloads; rename those that are videos"
        )
    return candidates, (*notes, *_link_note(broken, "links lead nowhere or out of reach"))


def _repeated(place: _Place, first: _Place) -> str | None:
    """Return why a file is not listed here when it is listed elsewhere."""
    if place is first:
        return None
    _require_one_label(place, first)
    return f"a link leads to the same file as {printable(first.path)}, which is listed"


def _require_one_label(place: _Place, first: _Place) -> None:
    if place.label != first.label:
        raise DataError(
            f"{printable(first.path)} and {printable(place.path)} are the same by a link and "
            "have different labels; remove the wrong one"
        )


def _link_note(links: Sequence[Path], what: str) -> Iterator[str]:
    if links:
        names = ", ".join(printable(link) for link in links[:5])
        yield f"{len(links)} {what}: {names}{', ...' * (len(links) > 5)}"


def _group_notes(videos: Sequence[ListedVideo]) -> Iterator[str]:
    if videos and len({video.group_id for video in videos}) == len(videos):
        yield (
            "no video has a counterpart of the same name in the other folder: every file is its "
            "own group until copies are found; where videos share a scene, person or source, "
            "give a table with the column group_id"
        )
