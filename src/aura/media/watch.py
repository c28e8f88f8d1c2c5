"""A file that is read only as long as a call may take."""

from typing import BinaryIO

from aura.errors import LimitError
from aura.media.limits import Deadline


class WatchedFile:
    """What FFmpeg reads a file through.

    In damaged files, and in long stretches of nothing, demuxers look for the next thing they know
    without coming back to us; the only place to stop them is where they ask for more bytes.
    """

    def __init__(self, file: BinaryIO, deadline: Deadline) -> None:
        self._file = file
        self._deadline = deadline
        self._has_failed = False
        self.seek = file.seek
        self.tell = file.tell

    def read(self, n_bytes: int = -1) -> bytes:
        """Return up to so many bytes; after a failure, none.

        Raises:
            LimitError: The time is over, or too much was read without a result.
            OSError: The file cannot be read.
        """
        try:
            content = self._file.read(n_bytes)
            self._deadline.count(len(content))
        except (LimitError, OSError):
            # PyAV hands on one exception and prints any further one, and FFmpeg asks again.
            if self._has_failed:
                return b""
            self._has_failed = True
            raise
        self._has_failed = False
        return content
