"""FVC1, FVC2 and FVC3: where they are in a tree, and what lies in them."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aura.acquire.member_names import PRIVATE_FOLDER

SUBSETS = ("FVC1", "FVC2", "FVC3")
_FOLDER = re.compile(r"fvc[ _-]?([123])", re.IGNORECASE)
_IN_NAME = re.compile(r"(?<![a-z0-9])fvc[ _-]?([123])(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subset:
    """One of the corpus' three parts, where it was found.

    Attributes:
        name: ``FVC1``, ``FVC2`` or ``FVC3``.
        folder: Below the root.
        n_files: Files at any depth below the folder.
        n_videos: Those of them with the ending of a video.
        n_bytes: Size of all of them.
    """

    name: str
    folder: str
    n_files: int
    n_videos: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class TreeSummary:
    """What lies below a root: the subsets, and the files directly in each folder."""

    subsets: tuple[Subset, ...]
    files_by_folder: dict[str, int]

    def missing(self) -> tuple[str, ...]:
        """Return the names of the subsets that were not found."""
        found = {subset.name for subset in self.subsets}
        return tuple(name for name in SUBSETS if name not in found)


def folder_for(archive: str, members: Iterable[str]) -> str:
    """Return the folder an archive's files belong in: a subset's, or none.

    An archive named after a subset whose files know nothing of one, as ``FVC1.zip`` with ``a.mp4``,
    would mix its files with those of the other subsets.

    Args:
        archive: The archive's path or name.
        members: Paths of its files, the folder it is unpacked in included.

    >>> folder_for("FVC1.zip", ["a.mp4"]), folder_for("fvc1.zip", ["videos/FVC1/a.mp4"])
    ('FVC1', '')
    """
    named = _IN_NAME.search(archive.replace("\\", "/").split("/")[-1])
    if named is None:
        return ""
    parts = (part for member in members for part in member.split("/")[:-1])
    return "" if any(_FOLDER.fullmatch(part) for part in parts) else f"FVC{named[1]}"


def summarise(root: Path, *, suffixes: Sequence[str]) -> TreeSummary:
    """Return what lies below ``root``; links are not followed, our own folder is left out.

    Args:
        root: The tree.
        suffixes: Endings of videos, in lower case.
    """
    totals: dict[tuple[str, str], Counter[str]] = {}
    files_by_folder: dict[str, int] = {}
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name != PRIVATE_FOLDER]
        folders.sort()
        relative = Path(folder).relative_to(root).as_posix()
        if files:
            files_by_folder[relative] = len(files)
        subset = _subset_of(relative)
        if subset is not None:
            count = totals.setdefault(subset, Counter())
            for name in files:
                count["files"] += 1
                count["videos"] += name.lower().endswith(tuple(suffixes))
                count["bytes"] += Path(folder, name).lstat().st_size
    subsets = (
        Subset(name, folder, count["files"], count["videos"], count["bytes"])
        for (name, folder), count in sorted(totals.items())
    )
    return TreeSummary(tuple(subsets), files_by_folder)


def _subset_of(folder: str) -> tuple[str, str] | None:
    """Return the subset a folder lies in, by the outermost folder named after one."""
    path = PurePosixPath(folder)
    for depth, part in enumerate(path.parts, start=1):
        found = _FOLDER.fullmatch(part)
        if found is not None:
            return f"FVC{found[1]}", "/".join(path.parts[:depth])
    return None
