"""Which files of a data set are wanted, and which of them are there already. Nothing is fetched."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aura.acquire.member_names import safe_path
from aura.datasets.dfd import parse_dfd
from aura.errors import ArchiveError
from aura.tables import FAKE, REAL


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a data set; ``name`` is its path in it, with slashes."""

    name: str
    size_bytes: int

    @property
    def label(self) -> int | None:
        """Real or fake by DFD's way of naming videos; None for what is no video of it."""
        parsed = parse_dfd(PurePosixPath(self.name).stem)
        return None if parsed is None else parsed.label


@dataclass(frozen=True, slots=True)
class Plan:
    """What a download has to do.

    Attributes:
        listed: All files of the data set whose names are fit for a disk.
        wanted: Those that the user asks for.
        missing: Those of them that are not there yet, or not with the listed size.
        refused: Names that no file may have, with the reason.
    """

    listed: tuple[RemoteFile, ...]
    wanted: tuple[RemoteFile, ...]
    missing: tuple[RemoteFile, ...]
    refused: tuple[tuple[str, str], ...]

    @property
    def missing_bytes(self) -> int:
        """Return the size of all that is missing."""
        return sum(file.size_bytes for file in self.missing)

    @property
    def listed_bytes(self) -> int:
        """Return the size of the whole data set."""
        return sum(file.size_bytes for file in self.listed)


def make_plan(files: Iterable[RemoteFile], root: Path, *, max_videos: int | None) -> Plan:
    """Return what is to be fetched to ``root``: all, or ``max_videos`` of each class."""
    listed: list[RemoteFile] = []
    refused: list[tuple[str, str]] = []
    for file in sorted(files, key=lambda file: file.name):
        try:
            safe_path(file.name)
        except ArchiveError as error:
            refused.append((file.name, str(error)))
        else:
            listed.append(file)
    wanted = listed if max_videos is None else choose_videos(listed, max_videos)
    missing = [file for file in wanted if not is_there(root, file)]
    return Plan(tuple(listed), tuple(wanted), tuple(missing), tuple(refused))


def choose_videos(files: Sequence[RemoteFile], max_videos: int) -> list[RemoteFile]:
    """Return ``max_videos`` of each class, spread over actors and scenes.

    The choice depends on the names alone, and a smaller one is part of every larger one, so that
    a second download with a larger number only adds to the first.
    """
    chosen: list[RemoteFile] = []
    for label in (REAL, FAKE):
        videos = sorted((file for file in files if file.label == label), key=_shuffled)
        chosen.extend(videos[:max_videos])
    return sorted(chosen, key=lambda file: file.name)


def _shuffled(file: RemoteFile) -> bytes:
    return hashlib.blake2b(file.name.encode("utf-8", "surrogateescape")).digest()


def target_of(root: Path, file: RemoteFile) -> Path:
    """Return where a file goes."""
    return root / safe_path(file.name)


def is_there(root: Path, file: RemoteFile) -> bool:
    """Return whether a file is in its place with the listed size."""
    path = target_of(root, file)
    return path.is_file() and path.stat().st_size == file.size_bytes
