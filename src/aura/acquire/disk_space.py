"""Whether a disk can take what is about to be written to it."""

import shutil
from pathlib import Path

from aura.acquire.limits import readable_bytes
from aura.errors import DownloadError


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk that ``folder`` is or would be on."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def require_space(folder: Path, needed_bytes: int, *, reserve_bytes: int, remedy: str) -> None:
    """Raise unless ``needed_bytes`` fit beside what is to stay free.

    Args:
        folder: Where they are to be written; it need not exist yet.
        needed_bytes: How much that is.
        reserve_bytes: What must stay free.
        remedy: What the user can do, for the message.

    Raises:
        DownloadError: They do not fit.
    """
    free = free_bytes(folder)
    if free < needed_bytes + reserve_bytes:
        raise DownloadError(
            f"{folder}: needs {readable_bytes(needed_bytes)} beside "
            f"{readable_bytes(reserve_bytes)} that stay free, but only {readable_bytes(free)} are "
            f"free; {remedy}"
        )
