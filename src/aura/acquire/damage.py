"""The border at which what the standard library says of a broken archive becomes our own error."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from aura.errors import ArchiveError

_FOREIGN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, OverflowError, NotImplementedError, RuntimeError, MemoryError),
)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise whatever reading an archive raises as `ArchiveError`, chained.

    Args:
        where: Names the archive in the message.
    """
    try:
        yield
    except ArchiveError:
        raise
    except _FOREIGN as error:
        said = str(error) or type(error).__name__
        raise ArchiveError(f"{where}: is damaged or cut short ({said}); get it again") from error


class CheckedStream:
    """A member's bytes; damage met while reading is an `ArchiveError`."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream = stream
        self._where = where

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        with translated(self._where):
            return self._stream.read(size)
