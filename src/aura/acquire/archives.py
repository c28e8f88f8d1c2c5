"""Archives as the set-up sees them: a checked list of members, and their bytes one after another.

`zip_archive` and `tar_archive` read the two families; what comes out of them here is the same.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from aura.acquire.limits import Allowance, ArchiveAllowance
from aura.acquire.member_names import folded, is_junk, printable_name, safe_path
from aura.errors import ArchiveError, UsageError

_ZIPS = (".zip",)
_TARS = (".tar", *(".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz"))
_FOREIGN = (".7z", ".rar", ".tar.zst", ".tzst", ".tar.lz4", ".tar.lzma")
_PART = re.compile(r"\.(zip|tar|tgz|tar\.\w+|7z|rar)\.(\d{2,3}|a[a-z])$|\.z\d{2}$", re.IGNORECASE)
_UNFINISHED = (".part", ".crdownload", ".download", ".partial", ".tmp", ".aria2")
_HEAD_BYTES = 512
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive.

    Attributes:
        index: Its place in the archive.
        path: Where it goes, below the root; safe by `safe_path`.
        n_bytes: Its unpacked size as the archive declares it.
        crc32: Of its unpacked bytes, where the archive declares it.
        copy_of: The path of another member whose content it shares (a hard link in a tar).
    """

    index: int
    path: str
    n_bytes: int
    crc32: int | None = None
    copy_of: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One entry of an archive that is not unpacked."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: files with distinct paths, what is refused, remarks."""

    members: tuple[Member, ...]
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()

    def below(self, folder: str) -> "Contents":
        """Return the same with every path moved into ``folder``, a safe path or empty."""
        if not folder:
            return self
        members = tuple(
            replace(
                member,
                path=f"{folder}/{member.path}",
                copy_of=None if member.copy_of is None else f"{folder}/{member.copy_of}",
            )
            for member in self.members
        )
        return replace(self, members=members)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as a reader finds it, before its name is checked.

    Attributes:
        obstacle: Why it is not unpacked, where its kind alone decides that.
        copy_of: The name of the member whose content it shares.
    """

    index: int
    name: str
    n_bytes: int
    crc32: int | None = None
    obstacle: str | None = None
    copy_of: str | None = None


class Bytes(Protocol):
    """The bytes of a member, from front to back."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end; raises `ArchiveError` on damage."""
        ...


Members = Generator[tuple[Member, Bytes | None], None, None]
"""Members one after another, each with its bytes; closing it closes the archive."""


class Archive(Protocol):
    """A file that holds files."""

    def entries(self, allowance: ArchiveAllowance) -> Iterator[RawEntry]:
        """Yield every entry but folders, counting each against the limits.

        Raises:
            ArchiveError: The archive is damaged, cut short, encrypted or beyond a limit.
        """
        ...

    def open_members(self, members: Sequence[Member]) -> Members:
        """Yield some members in the archive's order, each with its bytes.

        A stream is good until the next member is asked for; copies of other members have none.

        Raises:
            ArchiveError: The archive is damaged; streams raise it, too.
        """
        ...


def open_archive(path: Path, *, where: str) -> Archive:
    """Return a reader of the archive at ``path``, chosen by what the file holds.

    Args:
        path: The archive.
        where: Names it in messages.

    Raises:
        ArchiveError: It is no archive of a known kind.
    """
    from aura.acquire.tar_archive import TarArchive
    from aura.acquire.zip_archive import ZipArchive

    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            is_zip = head[:2] == b"PK" or zipfile.is_zipfile(stream)
    except OSError as error:
        raise ArchiveError(f"{where}: cannot be read: {error.strerror or error}") from error
    if _is_tar_head(head):
        return TarArchive(path, where=where)
    if is_zip:
        return ZipArchive(path, where=where)
    if path.name.lower().endswith(_TARS) and head and not _is_web_page(head):
        return TarArchive(path, where=where)  # the oldest tars have no mark to know them by
    raise ArchiveError(f"{where}: is not an archive: {_what_it_is(head)}")


def _is_tar_head(head: bytes) -> bool:
    return head[257:262] == b"ustar" or head[:3] in (b"\x1f\x8b\x08", b"BZh", b"\xfd7z")


def _is_web_page(head: bytes) -> bool:
    return head.lstrip()[:1] == b"<"


def _what_it_is(head: bytes) -> str:
    if not head:
        return "it is empty; get it again"
    if _is_web_page(head):
        return "it holds a web page, saved in the place of the download; get it again"
    if not head.strip(b"\0"):
        return "it begins with zeros, as a download does that has not ended; get it again"
    return f"it begins with {head[:8]!r}; get it again"


def list_contents(path: Path, *, where: str, total: Allowance) -> Contents:
    """Return what may be unpacked of an archive, checked against the limits by declared sizes.

    Desktop leftovers are left out and counted. Of members with one path the last counts, as for
    every unpacker.

    Args:
        path: The archive.
        where: Names it in messages.
        total: The limits, and what other archives have taken of them.

    Raises:
        ArchiveError: It is damaged, cut short, encrypted, or beyond a limit.
    """
    allowance = ArchiveAllowance(where, path.stat().st_size, total)
    try:
        entries = list(open_archive(path, where=where).entries(allowance))
    except ArchiveError:
        allowance.give_back()  # what is not unpacked takes nothing from the other archives
        raise
    members: dict[str, Member] = {}
    refused: list[Refused] = []
    n_junk = n_again = 0
    for entry in entries:
        try:
            target = safe_path(entry.name)
            if is_junk(target):
                n_junk += 1
                continue
            member = _member(entry, target, members)
        except ArchiveError as error:
            refused.append(Refused(printable_name(entry.name), str(error)))
            continue
        n_again += members.pop(target, None) is not None
        members[target] = member
    notes = [f"{where}: {n_junk} desktop leftovers are left out"] if n_junk else []
    if n_again:
        notes.append(f"{where}: {n_again} names occur again; the last of each counts")
    notes.extend(_collisions(members, where))
    return Contents(tuple(members.values()), tuple(refused), tuple(notes))


def _member(entry: RawEntry, path: str, before: dict[str, Member]) -> Member:
    if entry.obstacle is not None:
        raise ArchiveError(entry.obstacle)
    if entry.copy_of is None:
        return Member(entry.index, path, entry.n_bytes, entry.crc32)
    original = before.get(safe_path(entry.copy_of))
    if original is None or original.path == path:
        raise ArchiveError(
            f"it is a hard link to {printable_name(entry.copy_of)}, which is no file before it "
            "in the archive"
        )
    return Member(entry.index, path, original.n_bytes, copy_of=original.copy_of or original.path)


def _collisions(paths: Iterable[str], where: str) -> Iterator[str]:
    """Say which paths a disk without regard to case, as macOS and Windows have, takes for one."""
    paths = list(paths)
    counts = Counter(folded(path) for path in paths)
    alike = [printable_name(path) for path in paths if counts[folded(path)] > 1]
    if alike:
        names = ", ".join(alike[:_SHOWN]) + ", ..." * (len(alike) > _SHOWN)
        yield f"{where}: {len(alike)} names differ from others in case or accents only: {names}"


def is_archive_name(name: str) -> bool:
    """Say whether a name is that of an archive that can be unpacked.

    >>> is_archive_name("FVC1.ZIP"), is_archive_name("FVC1.tar.gz"), is_archive_name("a.mp4")
    (True, True, False)
    """
    return name.lower().endswith((*_ZIPS, *_TARS))


def find_archives(place: Path, *, skip: Set[Path]) -> tuple[list[Path], list[Refused]]:
    """Return the archives at ``place``, and what looks like one and cannot be unpacked.

    Args:
        place: An archive, or a folder of archives at any depth; links to folders are not followed.
        skip: Files and folders, without links, that are not looked at.

    Raises:
        UsageError: The place does not exist.
    """
    if place.is_file():
        return [place.resolve()], []
    if not place.is_dir():
        raise UsageError(
            f"{place}: does not exist; give the folder of FVC1.zip, FVC2.zip, FVC3.zip"
        )
    archives: list[Path] = []
    refused: list[Refused] = []
    for path in _files_below(place.resolve(), skip):
        reason = _unsupported(path.name)
        if reason is not None:
            refused.append(Refused(str(path), reason))
        elif is_archive_name(path.name):
            archives.append(path)
    return archives, refused


def _files_below(folder: Path, skip: Set[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path in skip or path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files_below(path, skip)
        elif path.is_file():
            yield path


def _unsupported(name: str) -> str | None:
    lower = name.lower()
    if _PART.search(lower):
        return (
            "is one part of a divided archive: join .001, .002 ... by 'cat NAME.zip.* > NAME.zip', "
            "and .z01, .z02 ... by 'zip -s 0 NAME.zip --out WHOLE.zip'"
        )
    if lower.endswith(_FOREIGN):
        return "is of a kind that cannot be read here: unpack it and pack it again as zip or tar"
    stem, dot, _ = lower.rpartition(".")
    if dot and lower.endswith(_UNFINISHED) and is_archive_name(stem):
        return "is a download that has not ended"
    return None
