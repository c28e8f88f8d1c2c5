"""The manifest that set-up writes: recorded like all it makes, and kept once a user changed it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aura.acquire.record import UNSEALED, KnownFile, Record, State, known_file
from aura.acquire.setup import DATA_SET

MANIFEST = "videos.parquet"
_TABLES = (MANIFEST, "videos.failures.parquet", "videos.left_out.parquet")
_WORKPLACE = ".videos.scan"
_PARTIALS = ".videos*.partial.parquet"


def manifest_obstacle(root: Path) -> str | None:
    """Return why the manifest below ``root`` must not be written, or None when it may.

    Raises:
        UsageError: Another set-up is at work.
    """
    with Record(root.resolve(), data_set=DATA_SET) as record:
        for path in _TABLES:
            file = record.files.get(path)
            if file is None and os.path.lexists(record.root / path):
                return f"{path} was there before set-up, and is kept; move it away and run again"
            if file is not None and record.state(file) is State.CHANGED:
                return (
                    f"{path} has been changed since set-up wrote it, and is kept; remove it to "
                    "have it written anew"
                )
    return None


@contextmanager
def manifest_claimed(root: Path) -> Iterator[Path]:
    """Yield the path of the manifest to write; what is written there is recorded as set-up's.

    No other set-up or tear-down goes to work while the block runs. Ask `manifest_obstacle` before.

    Raises:
        UsageError: Another set-up is at work.
    """
    with Record(root.resolve(), data_set=DATA_SET) as record:
        _claim(record)
        try:
            yield record.root / MANIFEST
        finally:
            _seal(record)


def _claim(record: Record) -> None:
    for path in _TABLES:
        # Recorded before it is written, so that a killed scan leaves nothing of unknown origin.
        record.add_file(KnownFile(path, n_bytes=UNSEALED, crc32=0, mtime_ns=0))
    if not (record.root / _WORKPLACE).exists():
        record.add_workplace(_WORKPLACE)


def _seal(record: Record) -> None:
    for path in _TABLES:
        if (record.root / path).is_file():
            record.add_file(known_file(record.root / path, root=record.root))


def scan_leftovers(record: Record) -> list[Path]:
    """Return the unfinished tables that a killed scan left beside the manifest."""
    if MANIFEST not in record.files:
        return []
    return sorted(record.root.glob(_PARTIALS))
