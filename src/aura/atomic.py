"""Files that are either whole or absent, whatever kills the process that writes them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK_BYTES = 1 << 20


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends well.

    The content reaches the disk before the name does. When the block raises, the temporary file
    goes and what stood at ``path`` stays; so it does when the content is the same, untouched. The
    parent folder is made where it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last so that writers that choose a format by it still can.
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield partial
        if _same_content(partial, path):
            return
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _same_content(one: Path, two: Path) -> bool:
    """Say whether both are files with the same bytes, in constant memory."""
    if not two.is_file() or one.stat().st_size != two.stat().st_size:
        return False
    # filecmp.cmp would do, but for its cache, which trusts sizes and times.
    with one.open("rb") as first, two.open("rb") as second:
        while chunk := first.read(_CHUNK_BYTES):
            if chunk != second.read(_CHUNK_BYTES):
                return False
    return True


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
