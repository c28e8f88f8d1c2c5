"""Where shards lie: a folder, or any address that fsspec knows."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Protocol, TypeVar

from aura.errors import DataError, MissingExtraError
from aura.shards.names import SIDECAR_SUFFIX, is_plain_name, sidecar_name

_MAX_OPEN_FILES = 64
_ATTEMPTS = 3
_FIRST_PAUSE_S = 0.5
_WHOLE = sidecar_name("index.csv")
_CAN_PREAD = hasattr(os, "pread")

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one file."""

    name: str
    offset: int
    size: int


class Storage(Protocol):
    """A folder of shards, near or far; may be sent to another process."""

    @property
    def is_local(self) -> bool:
        """Whether reading a little now and then costs little."""
        ...

    def where(self, name: str) -> str:
        """Return a file's address, for messages."""
        ...

    def exists(self, name: str) -> bool:
        """Say whether there is such a file."""
        ...

    def sidecars(self) -> list[str]:
        """Return the names of the sidecars that can be found."""
        ...

    def read_file(self, name: str) -> bytes:
        """Return a whole file.

        Raises:
            DataError: It cannot be read.
        """
        ...

    def read(self, stretches: Sequence[Stretch]) -> list[bytes]:
        """Return stretches of files; a stretch beyond a file's end comes shorter.

        Raises:
            DataError: One cannot be read.
        """
        ...


def open_storage(
    shards_dir: str | Path, *, options: Mapping[str, Any] | None = None
) -> "LocalStorage | RemoteStorage":
    """Return the storage at a path or an address such as ``s3://bucket/shards``.

    Args:
        shards_dir: Where the index and the shards lie.
        options: For fsspec's file system, such as credentials.

    Raises:
        DataError: There is no such folder.
    """
    address = os.fspath(shards_dir)
    if "://" in address and not address.startswith("file://"):
        return RemoteStorage(address, options or {})
    folder = Path(address.removeprefix("file://"))
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder of shards; there is none")
    return LocalStorage(folder)


class LocalStorage:
    """A folder on a disk. Files stay open, a limited number of them in each process."""

    is_local = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: OrderedDict[str, FileIO] = OrderedDict()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["folder"])

    def where(self, name: str) -> str:
        """Return a file's path."""
        return str(self.folder / name)

    def exists(self, name: str) -> bool:
        """Say whether there is such a file."""
        return (self.folder / name).is_file()

    def sidecars(self) -> list[str]:
        """Return the names of all sidecars, sorted."""
        return sorted(path.name for path in self.folder.glob(f"[!.]*{SIDECAR_SUFFIX}"))

    def read_file(self, name: str) -> bytes:
        """Return a whole file."""
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise DataError(f"{self.where(name)}: cannot be read: {error.strerror}") from error

    def read(self, stretches: Sequence[Stretch]) -> list[bytes]:
        """Return stretches of files."""
        return [self._read(stretch) for stretch in stretches]

    def _read(self, stretch: Stretch) -> bytes:
        # One lock for all: a file may be closed for another's sake while a thread reads from it.
        with self._lock:
            try:
                return _read_at(self._open(stretch.name), stretch)
            except OSError as error:
                raise DataError(
                    f"{self.where(stretch.name)}: cannot be read: {error.strerror}"
                ) from error

    def _open(self, name: str) -> FileIO:
        if name in self._files:
            self._files.move_to_end(name)
            return self._files[name]
        _require_plain(name)
        while len(self._files) >= _MAX_OPEN_FILES:
            self._files.popitem(last=False)[1].close()
        self._files[name] = FileIO(self.folder / name)
        return self._files[name]

    def close(self) -> None:
        """Close the files; the next reading opens them again."""
        with self._lock:
            while self._files:
                self._files.popitem()[1].close()

    def __del__(self) -> None:
        if hasattr(self, "_files"):
            self.close()


def _require_plain(name: str) -> None:
    if not is_plain_name(name):
        raise DataError(f"the index names the shard {name!r}, which is no file beside it")


def _read_at(file: FileIO, stretch: Stretch) -> bytes:
    # Processes made by fork share a file's position, so there must be no position. Windows has no
    # fork, and no pread either.
    if _CAN_PREAD:
        content = os.pread(file.fileno(), stretch.size, stretch.offset)
    else:
        file.seek(stretch.offset)
        content = file.read(stretch.size)
    if not content or len(content) == stretch.size:
        return content
    rest = stretch.size - len(content)
    return content + _read_at(file, Stretch(stretch.name, stretch.offset + len(content), rest))


class RemoteStorage:
    """A folder behind an address, by way of fsspec. Each process makes connections of its own."""

    is_local = False

    def __init__(self, address: str, options: Mapping[str, Any]) -> None:
        self.address = address.rstrip("/")
        self.options = dict(options)
        self._system: tuple[int, Any, str] | None = None
        self._filesystem()

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.address, "options": self.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.address, self.options = state["address"], state["options"]
        self._system = None

    def where(self, name: str) -> str:
        """Return a file's address."""
        return f"{self.address}/{name}"

    def exists(self, name: str) -> bool:
        """Say whether there is such a file."""
        system, root = self._filesystem()
        return self._tried(lambda: system.exists(f"{root}/{name}"), self.where(name))

    def sidecars(self) -> list[str]:
        """Return the whole index's sidecar; not every server can list what it has."""
        return [name for name in (_WHOLE,) if self.exists(name)]

    def read_file(self, name: str) -> bytes:
        """Return a whole file."""
        system, root = self._filesystem()
        return self._tried(lambda: system.cat_file(f"{root}/{name}"), self.where(name))

    def read(self, stretches: Sequence[Stretch]) -> list[bytes]:
        """Return stretches of files, asked for at once where the protocol allows it."""
        if not stretches:
            return []
        for stretch in stretches:
            _require_plain(stretch.name)
        system, root = self._filesystem()
        return self._tried(
            lambda: system.cat_ranges(
                [f"{root}/{stretch.name}" for stretch in stretches],
                [stretch.offset for stretch in stretches],
                [stretch.offset + stretch.size for stretch in stretches],
                on_error="raise",
            ),
            self.where(stretches[0].name),
        )

    def _filesystem(self) -> tuple[Any, str]:
        """Return this process's file system and the path of the folder in it."""
        if self._system is None or self._system[0] != os.getpid():
            try:
                from fsspec.core import url_to_fs
            except ImportError as error:
                raise MissingExtraError(
                    "fsspec", extra="train", needed_for=f"reading {self.address}"
                ) from error
            try:
                system, root = url_to_fs(self.address, **self.options)
            except (ImportError, ValueError) as error:
                raise DataError(f"{self.address}: cannot be opened: {error}") from error
            self._system = (os.getpid(), system, root.rstrip("/"))
        return self._system[1:]

    def _tried(self, ask: Callable[[], ResultT], where: str) -> ResultT:
        """Return what ``ask`` brings; what does not come is asked for again, but not for ever."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return ask()
            except FileNotFoundError as error:
                raise DataError(f"{where}: there is no such file") from error
            except Exception as error:  # every file system has errors of its own
                if attempt == _ATTEMPTS:
                    raise DataError(
                        f"{where}: cannot be read, tried {_ATTEMPTS} times: "
                        f"{type(error).__name__}: {error}"
                    ) from error
                time.sleep(_FIRST_PAUSE_S * 2 ** (attempt - 1))
        raise AssertionError
