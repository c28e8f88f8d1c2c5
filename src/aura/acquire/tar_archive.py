"""Tar archives, plain or compressed by gzip, bzip2 or xz, read with suspicion."""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import RawIOBase
from pathlib import Path
from typing import IO, cast

from aura.acquire.archives import Member, Members, RawEntry
from aura.acquire.damage import CheckedStream, translated
from aura.acquire.limits import ArchiveAllowance
from aura.acquire.member_names import tar_name
from aura.errors import ArchiveError

_MAX_READ_BYTES = 8 << 20
"""More than any header has; `tarfile` reads headers whole, whatever size they claim."""
_PADDING_BYTES = 64 << 20
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link; links are not unpacked",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
}


class TarArchive:
    """Reads one tar archive."""

    def __init__(self, path: Path, *, where: str) -> None:
        self._path = path
        self._where = where

    def entries(self, allowance: ArchiveAllowance) -> Iterator[RawEntry]:
        """Yield every entry but folders, in order; reads the whole archive once.

        Raises:
            ArchiveError: It is damaged or cut short, or goes beyond a limit.
        """
        where = self._where
        with self._opened() as tar:
            index = -1
            while (info := _next(tar, where)) is not None:
                index += 1
                if info.size < 0:
                    raise ArchiveError(f"{where}: is damaged: an entry has a negative size")
                if info.isdir():
                    continue
                allowance.take_file()
                if info.islnk():
                    yield RawEntry(index, tar_name(info.name), 0, copy_of=tar_name(info.linkname))
                    continue
                kind = None if info.isreg() else _KINDS.get(info.type, "no plain file")
                if kind is None:
                    allowance.take_bytes(info.size)
                obstacle = None if kind is None else f"it is {kind}"
                yield RawEntry(index, tar_name(info.name), info.size, obstacle=obstacle)
            _require_end(tar, where)

    def open_members(self, members: Sequence[Member]) -> Members:
        """Yield some members with their bytes, in order; hard links have none.

        Raises:
            ArchiveError: It is damaged.
        """
        where = self._where
        wanted = {member.index: member for member in members}
        last = max(wanted, default=-1)
        with self._opened() as tar:
            for index in range(last + 1):
                info = _next(tar, where)
                if info is None:
                    raise ArchiveError(f"{where}: ends early; it changed while it was read")
                member = wanted.get(index)
                if member is None:
                    continue
                if member.copy_of is not None:
                    yield member, None
                    continue
                with translated(where):
                    stream = tar.extractfile(info)
                assert stream is not None  # regular files have bytes
                yield member, CheckedStream(stream, where)

    @contextmanager
    def _opened(self) -> Iterator[tarfile.TarFile]:
        with ExitStack() as closing:
            with translated(self._where):
                raw = closing.enter_context(self._path.open("rb"))
                plain = cast("IO[bytes]", _Guarded(_decompressed(raw), self._where))
                tar = closing.enter_context(
                    tarfile.open(fileobj=plain, mode="r:", encoding="utf-8")
                )
            yield tar


class _Guarded(RawIOBase):
    """A stream that refuses to read much at once.

    A header of one line may claim terabytes, which `tarfile` would read into memory. File contents
    are read piece by piece and pass.
    """

    def __init__(self, stream: IO[bytes], where: str) -> None:
        super().__init__()
        self._stream = stream
        self._where = where

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes."""
        if not 0 <= size <= _MAX_READ_BYTES:
            raise ArchiveError(f"{self._where}: is damaged: a header claims {size:,} bytes")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place in the uncompressed bytes."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the uncompressed bytes."""
        return self._stream.tell()


def _decompressed(raw: IO[bytes]) -> IO[bytes]:
    head = raw.read(6)
    raw.seek(0)
    if head[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if head[:3] == b"BZh":
        return cast("IO[bytes]", bz2.BZ2File(raw))
    if head == b"\xfd7zXZ\0":
        return cast("IO[bytes]", lzma.LZMAFile(raw))
    return raw


def _next(tar: tarfile.TarFile, where: str) -> tarfile.TarInfo | None:
    with translated(where):
        return tar.next()


def _require_end(tar: tarfile.TarFile, where: str) -> None:
    """Refuse an archive that stops without the zeros that end every tar.

    `tarfile` takes a broken header, and a file that ends between two members, for the end. Reading
    on to the end of the stream has the checksum of gzip, bzip2 or xz verified.

    Raises:
        ArchiveError: It is damaged or cut short.
    """
    stream = tar.fileobj
    assert stream is not None  # we gave it
    with translated(where):
        stream.seek(tar.offset)
        block = stream.read(tarfile.BLOCKSIZE)
        if block != bytes(tarfile.BLOCKSIZE):
            raise ArchiveError(
                f"{where}: is damaged or cut short: the mark of the archive's end is missing; "
                "get it again"
            )
        n_read = 0
        while n_read < _PADDING_BYTES and (padding := stream.read(1 << 20)):
            n_read += len(padding)
