"""What set-up has made below a root, written down before it is made.

``ROOT/.aura-setup/record.jsonl`` holds one line of JSON for each file, folder, working folder and
archive; a later line of the same path replaces an earlier one. A file's line is written when its
bytes lie complete in ``ROOT/.aura-setup/partial`` and before they take their name: a process killed
at any moment leaves either nothing under the name, or what the record says. So whatever stands in
the tree and not in the record was there before, and is never overwritten nor removed.
"""

import errno
import json
import os
import stat
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import Enum
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from aura.acquire.member_names import PRIVATE_FOLDER, printable_name, safe_path
from aura.errors import ArchiveError, DataError, UsageError

_VERSION = 1
_CHUNK_BYTES = 1 << 20
_TRANSIENT = ("partial", "nested")
UNSEALED = -1
"""Size of a file that is recorded and still being written, so that any content is as expected."""


class State(Enum):
    """How a recorded file stands on the disk."""

    INTACT = "as it was recorded"
    MISSING = "gone"
    CHANGED = "changed since it was recorded"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file below the root.

    Attributes:
        path: Below the root, parts parted by ``/``.
        n_bytes: Its size.
        crc32: Of its bytes.
        mtime_ns: When it was last written; equal time and size stand for equal bytes.
        archive: Key of the archive it is from; empty for what the scan writes.
        made: Whether set-up made it, or found it there with the right content.
    """

    path: str
    n_bytes: int
    crc32: int
    mtime_ns: int
    archive: str = ""
    made: bool = True

    def now_from(self, archive: str) -> Self:
        """Return the entry of the same file, known from another archive."""
        return replace(self, archive=archive)


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """An archive that set-up has read.

    Attributes:
        key: Differs whenever the archive does.
        path: Where it lies; ``OUTER!MEMBER`` for one inside another.
        complete: Whether each of its files is recorded.
    """

    key: str
    path: str
    complete: bool


class Record:
    """The record of one root, open for reading and adding; one process at a time holds it."""

    def __init__(self, root: Path, *, data_set: str) -> None:
        self.root = root
        self.data_set = data_set
        self.folder = root / PRIVATE_FOLDER
        self.path = self.folder / "record.jsonl"
        self.files: dict[str, KnownFile] = {}
        self.archives: dict[str, KnownArchive] = {}
        self.folders: dict[str, None] = {}
        self.workplaces: dict[str, None] = {}
        self.made_root = False
        self._lock = FileLock(self.folder / "lock", timeout=0)
        self._stream: RawIOBase | None = None
        self._n_partials = 0

    def __enter__(self) -> Self:
        made_root = not self.root.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise UsageError(
                f"{self.root}: another set-up or tear-down is at work here; wait for it"
            ) from error
        except OSError as error:
            raise DataError(f"{self.root}: cannot be written to: {error.strerror}") from error
        try:
            self._read()
            self._stream = self.path.open("ab", buffering=0)
            if self._stream.tell() == 0:
                self.made_root = made_root
                self._write("setup", version=_VERSION, data_set=self.data_set, made_root=made_root)
            self._clear_leftovers()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._lock.release()

    def add_file(self, file: KnownFile) -> None:
        """Record a file whose bytes are about to take their name."""
        self.files[file.path] = file
        self._write("file", **asdict(file))

    def add_folder(self, path: str) -> None:
        """Record a folder that is about to be made."""
        self.folders[path] = None
        self._write("folder", path=path)

    def add_workplace(self, path: str) -> None:
        """Record a folder, about to be made, whose whole content will be of our making."""
        self.workplaces[path] = None
        self._write("workplace", path=path)

    def add_archive(self, archive: KnownArchive) -> None:
        """Record how far an archive is."""
        if self.archives.get(archive.key) != archive:
            self.archives[archive.key] = archive
            self._write("archive", **asdict(archive))

    def partial(self) -> Path:
        """Return a path, in a folder that exists, to write a file at before it takes its name."""
        folder = self.folder / "partial"
        folder.mkdir(exist_ok=True)
        self._n_partials += 1
        return folder / str(self._n_partials)

    def inner_copy(self, name: str) -> Path:
        """Return a path, in a folder that exists, for a copy of an archive inside another."""
        folder = self.folder / "nested"
        folder.mkdir(exist_ok=True)
        return folder / name

    def state(self, file: KnownFile, *, read_back: bool = False) -> State:
        """Return how a recorded file stands on the disk.

        Args:
            file: Of this record.
            read_back: Whether its bytes are read even when size and time are as they were.
        """
        path = self.root / file.path
        if link_above(self.root, file.path) is not None:
            return State.CHANGED
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return State.MISSING
        if not stat.S_ISREG(found.st_mode):
            return State.CHANGED
        if file.n_bytes == UNSEALED:
            return State.INTACT
        if found.st_size != file.n_bytes:
            return State.CHANGED
        if found.st_mtime_ns == file.mtime_ns and not read_back:
            return State.INTACT
        return State.INTACT if crc32_of(path) == file.crc32 else State.CHANGED

    def is_own(self, path: str) -> bool:
        """Say whether set-up made what stands, or stood, at a path below the root."""
        file = self.files.get(path)
        return (file is not None and file.made) or path in self.workplaces

    def _write(self, kind: str, **values: Any) -> None:
        if self._stream is None:
            raise RuntimeError("a record is added to within its context")
        line = (json.dumps({"kind": kind, **values}) + "\n").encode()
        # Unbuffered: in the hands of the system, it survives the end of this process.
        if self._stream.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def _read(self) -> None:
        if not self.path.exists():
            return
        _cut_torn_line(self.path)
        with self.path.open(encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    self._take(json.loads(line))
                except (ValueError, TypeError, KeyError, ArchiveError) as error:
                    raise DataError(
                        f"{self.path}: line {number} is not what set-up writes ({error}); remove "
                        "the line: the file it spoke of then counts as yours"
                    ) from error

    def _take(self, values: Mapping[str, Any]) -> None:
        content = dict(values)
        kind = content.pop("kind")
        if (
            "path" in content
            and kind != "archive"
            and safe_path(content["path"]) != content["path"]
        ):
            raise ValueError(f"{content['path']!r} is no path below the root")
        if kind == "setup":
            self._take_head(content)
        elif kind == "file":
            file = KnownFile(**content)
            self.files[file.path] = file
        elif kind == "archive":
            archive = KnownArchive(**content)
            self.archives[archive.key] = archive
        elif kind == "folder":
            self.folders[content["path"]] = None
        elif kind == "workplace":
            self.workplaces[content["path"]] = None
        else:
            raise ValueError(f"unknown kind {kind!r}")

    def _take_head(self, content: Mapping[str, Any]) -> None:
        self.made_root = bool(content["made_root"])
        if content["version"] != _VERSION or content["data_set"] != self.data_set:
            raise ValueError(
                f"it is of data set {content['data_set']} and version {content['version']}, "
                f"expected {self.data_set} and {_VERSION}"
            )

    def _clear_leftovers(self) -> None:
        """Remove what a killed process was writing; only the holder of the lock writes there."""
        for name in _TRANSIENT:
            folder = self.folder / name
            for path in folder.iterdir() if folder.is_dir() else ():
                path.unlink()

    def remove(self) -> None:
        """Remove the record itself, and the root if set-up made it and nothing else is in it."""
        self._clear_leftovers()
        self.path.unlink(missing_ok=True)
        self._close()
        self.sweep()
        if self.made_root:
            with suppress(OSError):  # not empty: other files are in it, and stay
                self.root.rmdir()

    def sweep(self) -> None:
        """Remove what is left of our own folder once the record is gone."""
        if self.path.exists():
            return
        (self.folder / "lock").unlink(missing_ok=True)
        for folder in (*(self.folder / name for name in _TRANSIENT), self.folder):
            with suppress(OSError):  # not there, or not empty
                folder.rmdir()


def known_file(path: Path, *, root: Path, archive: str = "", made: bool = True) -> KnownFile:
    """Return the entry of a file as it stands on the disk, read once."""
    found = path.stat()
    return KnownFile(
        path=path.relative_to(root).as_posix(),
        n_bytes=found.st_size,
        crc32=crc32_of(path),
        mtime_ns=found.st_mtime_ns,
        archive=archive,
        made=made,
    )


def crc32_of(path: Path) -> int:
    """Return the CRC-32 of a file's bytes, in constant memory."""
    crc = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            crc = zlib.crc32(chunk, crc)
    return crc


def link_above(root: Path, path: str) -> str | None:
    """Return the first folder of a path below the root that is a link, or None."""
    folder = root
    for part in path.split("/")[:-1]:
        folder = folder / part
        if folder.is_symlink():
            return printable_name(folder.relative_to(root).as_posix())
    return None


def _cut_torn_line(path: Path) -> None:
    """Shorten a record to its last whole line: what follows was being written at a kill."""
    size = path.stat().st_size
    with path.open("rb+") as stream:
        tail_start = max(size - _CHUNK_BYTES, 0)
        stream.seek(tail_start)
        tail = stream.read()
        if tail and not tail.endswith(b"\n"):
            stream.truncate(tail_start + tail.rfind(b"\n") + 1)
            os.fsync(stream.fileno())
