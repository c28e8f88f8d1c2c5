"""Zip archives, zip64 among them, read with suspicion.

The standard library checks each member's CRC and never yields more bytes than the directory
declares. What it does not look for in every supported version is refused here: entries that share
bytes of the archive, by which a small file unpacks to petabytes (D. Fifield, "A better zip bomb",
WOOT 2019), links and devices.
"""

import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import IO

from aura.acquire.archives import Member, Members, RawEntry
from aura.acquire.damage import translated
from aura.acquire.limits import ArchiveAllowance
from aura.acquire.member_names import printable_name, zip_name
from aura.errors import ArchiveError

_ENCRYPTED_FLAG = 0x1
_LOCAL_HEADER_BYTES = 30
_METHODS = {
    **{2: "Shrink", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode"},
    **{9: "Deflate64", 20: "Zstandard", 93: "Zstandard", 95: "XZ", 98: "PPMd"},
}
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}


class ZipArchive:
    """Reads one zip archive."""

    def __init__(self, path: Path, *, where: str) -> None:
        self._path = path
        self._where = where

    def entries(self, allowance: ArchiveAllowance) -> Iterator[RawEntry]:
        """Yield every entry but folders, in the directory's order.

        Raises:
            ArchiveError: It is damaged, cut short, divided, encrypted, has entries that share
                bytes, or goes beyond a limit.
        """
        where = self._where
        with self._opened() as archive:
            infos = archive.infolist()
            _require_apart(infos, end=archive.start_dir, where=where)
            encrypted = sum(bool(info.flag_bits & _ENCRYPTED_FLAG) for info in infos)
            if encrypted:
                raise ArchiveError(
                    f"{where}: {encrypted} of {len(infos)} entries are encrypted; unpack it by "
                    "hand with its password, and pack it again without"
                )
        for index, info in enumerate(infos):
            if info.is_dir():
                continue
            allowance.take_file()
            allowance.take_bytes(info.file_size)
            name = zip_name(info.orig_filename, info.flag_bits)
            yield RawEntry(index, name, info.file_size, info.CRC, obstacle=_obstacle(info))

    def open_members(self, members: Sequence[Member]) -> Members:
        """Yield some members with their bytes, in the order they lie in.

        Raises:
            ArchiveError: It is damaged; one damaged member raises when its bytes are read.
        """
        where = self._where
        with self._opened() as archive:
            infos = archive.infolist()
            in_order = sorted(members, key=lambda member: infos[member.index].header_offset)
            for member in in_order:
                with closing(_LazyStream(archive, infos[member.index], where)) as stream:
                    yield member, stream

    def _opened(self) -> zipfile.ZipFile:
        try:
            with translated(self._where):
                return zipfile.ZipFile(self._path)
        except ArchiveError as error:
            if "multiple disks" in str(error):
                raise ArchiveError(
                    f"{self._where}: is the last part of a divided archive; join the parts by "
                    "'zip -s 0 NAME.zip --out WHOLE.zip'"
                ) from error
            raise


class _LazyStream:
    """A member's bytes, opened at the first read, so that damage there concerns it alone."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> None:
        self._archive = archive
        self._info = info
        self._where = f"{where}: {printable_name(info.filename)}"
        self._opened: IO[bytes] | None = None

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        with translated(self._where):
            if self._opened is None:
                self._opened = self._archive.open(self._info)
            return self._opened.read(size)

    def close(self) -> None:
        """Let go of the archive, which stays open as long as a member is."""
        if self._opened is not None:
            self._opened.close()


def _require_apart(infos: Sequence[zipfile.ZipInfo], *, end: int, where: str) -> None:
    """Refuse an archive in which one entry's bytes reach into the next, or into the directory.

    Raises:
        ArchiveError: They do.
    """
    in_order = sorted(infos, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in in_order), end]
    for info, (start, next_start) in zip(in_order, pairwise(starts), strict=True):
        # What the local header holds beyond this is not looked up: it could hide a few bytes.
        if start + _LOCAL_HEADER_BYTES + info.compress_size > next_start or start < 0:
            raise ArchiveError(
                f"{where}: its entries share bytes, as in a zip bomb, or it is damaged: "
                f"{printable_name(info.filename)} reaches into what follows"
            )


def _obstacle(info: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "it is a symbolic link; links are not unpacked"
    if kind not in (0, stat.S_IFREG):
        return "it is neither file nor folder"
    if info.compress_type not in _READABLE:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return (
            f"it is compressed by {method}, which cannot be read here; unpack the archive by "
            "hand, and pack it again as plain zip or tar"
        )
    return None
