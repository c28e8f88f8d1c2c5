"""What the adapters of published trees share: where the root is, and how a listing is concluded.

Such an adapter finds the root (`locate`), walks it (`tree.tree_files`), reads names and metadata
its own way, and hands videos, leftovers and remarks to `conclude`.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from aura.datasets.listing import DataConfig, ListedVideo, Listing, printable
from aura.datasets.tree import TreeFiles, checked
from aura.errors import ConfigError, DataError
from aura.tables import FAKE, LeftOut

IsHome = Callable[[Path], bool]
"""Tells by the names of its folders whether a folder is the root of the data set."""

_LEVELS_UP = 4


def plain(name: str) -> str:
    """Return a folder name without the ways in which copies spell it differently.

    >>> plain("DFD_original sequences"), plain("YouTube-real")
    ('dfd_original_sequences', 'youtube_real')
    """
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def folders_in(path: Path) -> dict[str, Path]:
    """Return the folders in ``path`` by their `plain` names; none where it cannot be listed."""
    try:
        with os.scandir(path) as entries:
            return {
                plain(entry.name): Path(entry.path)
                for entry in sorted(entries, key=lambda entry: entry.name)
                if not entry.name.startswith(".") and entry.is_dir()
            }
    except OSError:  # recognising is a guess; `locate` says what is wrong
        return {}


def recognised(root: Path, is_home: IsHome) -> bool:
    """Return whether ``root`` or a folder in it is the root of the data set."""
    return is_home(root) or any(is_home(folder) for folder in folders_in(root).values())


def locate(
    root: Path, is_home: IsHome, *, title: str, expected: str
) -> tuple[Path, tuple[str, ...]]:
    """Return the folder the data set lies in, ``root`` or the one inside it, and a note.

    Args:
        root: What the user gave.
        is_home: Recognises the folder.
        title: The data set's name, for messages.
        expected: What the folder should hold, for messages.

    Raises:
        DataError: There is no such folder, several are, or ``root`` lies inside the data set.
    """
    root = root.resolve()
    where = printable(root)
    if not root.is_dir():
        raise DataError(f"{where}: there is no such folder")
    if is_home(root):
        return root, ()
    homes = [folder for folder in folders_in(root).values() if is_home(folder)]
    if len(homes) == 1:
        return homes[0], (f"{title} was found in the folder {printable(homes[0].name)}",)
    if homes:
        names = ", ".join(printable(home.name) for home in homes)
        raise DataError(f"{where}: {title} was found in several folders: {names}. Give one of them")
    for above in list(root.parents)[:_LEVELS_UP]:
        if is_home(above):
            raise DataError(
                f"{where}: this folder is a part of {title}; give its root, {printable(above)}"
            )
    found = ", ".join(printable(folder.name) for folder in list(folders_in(root).values())[:5])
    raise DataError(f"{where}: expected {title}: {expected}; found {found or 'no folder'}")


def conclude(
    home: Path,
    videos: Sequence[ListedVideo],
    *,
    config: DataConfig,
    files: TreeFiles,
    metadata: Collection[Path] = (),
    left_out: Sequence[LeftOut] = (),
    notes: Sequence[str] = (),
) -> Listing:
    """Return the listing, sorted by path, of what an adapter has found.

    Methods and compressions that are not wanted are taken out, files that cannot be reached become
    failures, and what was left out, alien and hidden files are counted in the notes.

    Args:
        home: The root of the data set.
        videos: Every video whose label is known.
        config: Says which methods and compressions are wanted.
        files: All files below ``home``.
        metadata: The files that were read, which are not alien.
        left_out: What is no video to work with.
        notes: The adapter's own remarks, which come first.

    Raises:
        ConfigError: A wanted method or compression does not occur.
        DataError: No video is left, or only real or only fake ones.
    """
    kept, settings_notes = _wanted(videos, config)
    usable, failures = checked(sorted(kept, key=lambda v: (v.path.parent.parts, v.path.name)))
    remarks = (*notes, *settings_notes, *_left_out_note(left_out), *_file_notes(files, metadata))
    if not usable and not failures:
        raise DataError("; ".join((f"{printable(home)}: no video can be listed", *remarks)))
    listing = Listing(usable, failures, remarks, tuple(left_out))
    listing.require_both_classes(home)
    return listing


def _wanted(
    videos: Sequence[ListedVideo], config: DataConfig
) -> tuple[list[ListedVideo], tuple[str, ...]]:
    """Return the videos of the wanted methods and compressions, and notes that count the rest."""
    kept, notes = list(videos), list[str]()
    if config.methods:
        fakes = [video for video in kept if video.label == FAKE]
        chosen = _of_words(fakes, "method", words=config.methods, setting="data.methods")
        kept = [v for v in kept if v.label != FAKE or v.extras.get("method") in chosen]
        notes.append(f"data.methods leaves out {len(videos) - len(kept)} fake videos")
    if config.compressions:
        n_before = len(kept)
        chosen = _of_words(
            kept, "compression", words=config.compressions, setting="data.compressions"
        )
        kept = [video for video in kept if video.extras.get("compression") in chosen]
        notes.append(f"data.compressions leaves out {n_before - len(kept)} videos")
    return kept, tuple(notes)


def _of_words(
    videos: Sequence[ListedVideo], column: str, *, words: Sequence[str], setting: str
) -> set[str]:
    """Return the values of a column that the words of a setting name, in any case."""
    found = {value.casefold(): value for v in videos if (value := v.extras.get(column))}
    unknown = [word for word in words if word.casefold() not in found]
    if unknown:
        known = ", ".join(sorted(found.values())) or f"no {column} is stated"
        raise ConfigError(
            f"{setting}: no video here is of {', '.join(unknown)}; known here: {known}"
        )
    return {found[word.casefold()] for word in words}


def _left_out_note(left_out: Sequence[LeftOut]) -> Iterator[str]:
    counts = Counter(item.kind for item in left_out)
    if counts:
        kinds = ", ".join(f"{count} of the kind {kind!r}" for kind, count in sorted(counts.items()))
        yield f"{len(left_out)} entries are left out and listed: {kinds}"


def _file_notes(files: TreeFiles, metadata: Collection[Path]) -> Iterator[str]:
    read = set(metadata)
    alien = Counter(
        printable(path.suffix.lower() or path.name) for path in files.others if path not in read
    )
    if alien:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(alien.items())[:10])
        more = ", ..." * (len(alien) > 10)
        yield f"{alien.total()} files are not taken for videos ({kinds}{more}); see data.suffixes"
    if files.n_hidden:
        yield f"{files.n_hidden} hidden files or folders are left out"
