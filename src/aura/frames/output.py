"""The folder frames are written to: what lies in it is ours, or it is left alone."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from aura.engine.journal import Entry, Journal
from aura.engine.run import ERROR_LOG, JOURNAL, MARKER
from aura.errors import UsageError
from aura.stages.frame_names import CLASS_FOLDERS

INDEX = "frames.parquet"
TABLE = "extraction.parquet"
PROGRESS = "extraction_progress.json"
REPORT = "extraction_report.json"
LOG = "extraction.log"
_LOCK = ".extraction.lock"
_OURS = (MARKER, TABLE, INDEX, REPORT, ERROR_LOG, PROGRESS)


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Make the folder and keep other extractions out of it within this block.

    Raises:
        UsageError: It cannot be made, or another extraction works in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be made: {error.strerror}") from error
    try:
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout as error:
        raise UsageError(f"--out {folder}: another extraction is writing to it") from error


def claim(folder: Path, video_ids: Collection[str]) -> dict[str, Entry]:
    """Make sure the folder is free or holds frames of these videos; return what it holds.

    Raises:
        UsageError: It holds other work, or frames of other videos only, which would be removed.
    """
    _require_extraction(folder)
    recorded = Journal(folder / JOURNAL).read()
    if recorded and recorded.keys().isdisjoint(video_ids):
        raise UsageError(
            f"--out {folder}: holds frames of {len(recorded)} videos, none of which is among those "
            "given now; choose another --out, or have them removed with --no-resume"
        )
    return recorded


def holds_extraction(folder: Path) -> bool:
    """Say whether a folder's journal is that of an extraction."""
    witnesses = (PROGRESS, INDEX, REPORT)
    return (folder / JOURNAL).exists() and any((folder / name).exists() for name in witnesses)


def _require_extraction(folder: Path) -> None:
    if (folder / JOURNAL).exists() and not holds_extraction(folder):
        raise UsageError(f"--out {folder}: holds the work of another command; choose another --out")


def forget(folder: Path) -> None:
    """Remove all that extractions left in the folder, and nothing else; the log is kept.

    Raises:
        UsageError: It holds the work of another command.
    """
    _require_extraction(folder)
    for entry in Journal(folder / JOURNAL).read().values():
        for name in entry.files:
            (folder / name).unlink(missing_ok=True)
    # The journal goes after the frames: killed in between, it still tells whose they are.
    for name in (JOURNAL, *_OURS):
        (folder / name).unlink(missing_ok=True)
    for name in CLASS_FOLDERS.values():
        with suppress(OSError):  # it holds files of others
            (folder / name).rmdir()
