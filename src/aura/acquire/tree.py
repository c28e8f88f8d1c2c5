"""The tree that archives unpack to: what may take which name, and how a file takes it."""

import errno
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from aura.acquire.archives import Bytes, Member
from aura.acquire.member_names import printable_name
from aura.acquire.record import KnownArchive, KnownFile, Record, State, known_file, link_above
from aura.errors import ArchiveError, DataError

CHANGED = "has been changed since it was unpacked, and is kept; remove it to have it unpacked again"
_CHUNK_BYTES = 1 << 20
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


class Standing(Enum):
    """What stands at the place a member goes to."""

    NOTHING = "nothing"
    SAME = "the same content"
    OLDER = "what an earlier state of the same archive held"


class Tree:
    """The files below a root, seen from one archive."""

    def __init__(self, record: Record, archive: KnownArchive) -> None:
        self._record = record
        self._archive = archive
        self._root = record.root

    def needs(self, member: Member) -> bool:
        """Say whether a member has to be read from the archive.

        Raises:
            ArchiveError: Something else stands at its place.
        """
        file = self._record.files.get(member.path)
        if file is not None and file.archive == self._archive.key:
            state = self._record.state(file)
            if state is State.CHANGED:
                raise ArchiveError(CHANGED)
            return state is State.MISSING
        if member.crc32 is None:  # what it holds shows when it is read
            return True
        return self._standing(member.path, member.n_bytes, member.crc32) is not Standing.SAME

    def put(self, member: Member, stream: Bytes | None) -> bool:
        """Write a member, whole or not at all; return whether it was not there before.

        Args:
            member: Of the archive.
            stream: Its bytes; None for a copy of another member, which is unpacked already.

        Raises:
            ArchiveError: Its bytes are not what the archive declares, or something else stands at
                its place; the other members are not concerned.
            DataError: The disk is full or fails, which concerns all of them.
        """
        with disk_errors(self._root):
            partial = self._record.partial()
            try:
                crc32 = self._write(member, stream, partial)
                return self._place(member, partial, crc32)
            finally:
                partial.unlink(missing_ok=True)

    def _write(self, member: Member, stream: Bytes | None, partial: Path) -> int:
        if stream is not None:
            return write_member(member, stream, partial)
        assert member.copy_of is not None  # only copies come without bytes
        original = self._record.files.get(member.copy_of)
        if original is None or self._record.state(original) is not State.INTACT:
            raise ArchiveError(f"is a hard link to {member.copy_of}, which is not unpacked")
        with (self._root / original.path).open("rb") as content:
            return write_member(member, content, partial)

    def _place(self, member: Member, partial: Path, crc32: int) -> bool:
        standing = self._standing(member.path, member.n_bytes, crc32)
        if standing is Standing.SAME:
            return False
        self._make_folders(member.path)
        target = self._root / member.path
        if standing is Standing.OLDER:
            # Before the record speaks of the new content: a kill in between leaves a gap that the
            # next set-up fills, rather than a file that looks changed.
            target.unlink()
        self._record.add_file(
            KnownFile(
                path=member.path,
                n_bytes=member.n_bytes,
                crc32=crc32,
                mtime_ns=partial.stat().st_mtime_ns,
                archive=self._archive.key,
            )
        )
        partial.rename(target)
        return True

    def _standing(self, path: str, n_bytes: int, crc32: int) -> Standing:
        """Return what stands at a path, and record it when it is the right content.

        Raises:
            ArchiveError: It is neither nothing, nor the same, nor our own of an earlier state.
        """
        file = self._record.files.get(path)
        if file is None:
            return self._unrecorded(path, n_bytes, crc32)
        state = self._record.state(file)
        if state is State.CHANGED:
            raise ArchiveError(CHANGED)
        if state is State.MISSING:
            return Standing.NOTHING
        if (file.n_bytes, file.crc32) == (n_bytes, crc32):
            if file.archive != self._archive.key:
                self._record.add_file(file.now_from(self._archive.key))
            return Standing.SAME
        other = self._record.archives.get(file.archive)
        if file.made and other is not None and other.path == self._archive.path:
            return Standing.OLDER
        where = "elsewhere" if other is None or not file.made else other.path
        raise ArchiveError(
            f"the same name with another content comes from {where}, and is kept; remove it "
            "and run again to have this one"
        )

    def _unrecorded(self, path: str, n_bytes: int, crc32: int) -> Standing:
        target = self._root / path
        link = link_above(self._root, path)
        if link is not None:
            raise ArchiveError(f"the folder {link} is a link; nothing is written through links")
        if not os.path.lexists(target):
            return Standing.NOTHING
        if target.is_file() and not target.is_symlink() and target.stat().st_size == n_bytes:
            found = known_file(target, root=self._root, archive=self._archive.key, made=False)
            if found.crc32 == crc32:
                self._record.add_file(found)
                return Standing.SAME
        raise ArchiveError(
            "something else of this name was there before set-up, and is kept; move it away and "
            "run again"
        )

    def _make_folders(self, path: str) -> None:
        folder = self._root
        for part in path.split("/")[:-1]:
            folder = folder / part
            if folder.is_dir():
                continue
            relative = folder.relative_to(self._root).as_posix()
            if os.path.lexists(folder):
                raise ArchiveError(f"{printable_name(relative)} is a file, where it needs a folder")
            self._record.add_folder(relative)
            folder.mkdir()


def write_member(member: Member, stream: Bytes, target: Path) -> int:
    """Write a member's bytes to the disk itself and return their CRC-32.

    Raises:
        ArchiveError: They are damaged, or not as many or not those the archive declares.
        OSError: The target cannot be written.
    """
    n_bytes = crc32 = 0
    with target.open("wb") as out:
        while chunk := stream.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > member.n_bytes:
                break
            crc32 = zlib.crc32(chunk, crc32)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if n_bytes != member.n_bytes:
        more = "more" if n_bytes > member.n_bytes else f"{n_bytes:,}"
        raise ArchiveError(f"declares {member.n_bytes:,} bytes and holds {more}")
    if member.crc32 not in (None, crc32):
        raise ArchiveError(
            "is damaged: its checksum is not the declared one; get the archive again"
        )
    return crc32


@contextmanager
def disk_errors(root: Path) -> Iterator[None]:
    """Translate what the disk says.

    Raises:
        DataError: No file can be written any more.
        ArchiveError: This one file cannot be written.
    """
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno in _DISK_ERRORS:
            raise DataError(
                f"{root}: cannot be written to any more: {said}; mend that and run the same "
                "command again: it goes on where it stopped"
            ) from error
        raise ArchiveError(f"cannot be written: {said}") from error
