"""One download at a time into a root: the second one is told so and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from aura.errors import DownloadError, UsageError

DOWNLOAD_FOLDER = ".aura-download"
"""Below the root: the lock, and what has arrived in part. It goes when it is empty."""


@contextmanager
def only_download(root: Path) -> Iterator[None]:
    """Make ``root`` and keep other downloads out of it within this block.

    Raises:
        UsageError: Another download into it is running.
        DownloadError: It cannot be written to.
    """
    folder = root / DOWNLOAD_FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise UsageError(f"{root}: another download into it is running; let it finish") from error
    except OSError as error:
        raise DownloadError(f"{root}: cannot be written to: {error.strerror or error}") from error
    try:
        yield
    finally:
        # While it is held: removed after the release, it might be the next download's already.
        with suppress(OSError):  # not every system removes open files
            (folder / "lock").unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):  # it holds what a later download goes on with
            folder.rmdir()
