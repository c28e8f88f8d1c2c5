"""Changes to the headers of finished files, as broken writers and careless editors leave them."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf")
UPRIGHT = (1, 0, 0, 1)


def edit_box(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> None:
    """Replace the content of the first MP4 box of a kind; what encloses it grows along.

    A box that changes its size must lie behind the media data.
    """
    content = path.read_bytes()
    trail = next(trail for trail in _trails(content, 0, len(content), ()) if trail[-1][0] == kind)
    _, start, end = trail[-1]
    changed = change(content[start + 8 : end])
    grown = len(changed) - (end - start - 8)
    assert not grown or content.index(b"mdat") < start
    result = bytearray(content[: start + 8] + changed + content[end:])
    for _, box_start, box_end in trail:
        result[box_start : box_start + 4] = struct.pack(">I", box_end - box_start + grown)
    path.write_bytes(result)


def _trails(
    content: bytes, start: int, end: int, outer: tuple[tuple[bytes, int, int], ...]
) -> Iterator[tuple[tuple[bytes, int, int], ...]]:
    """Yield every box as the trail of boxes that leads to it."""
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", content[start : start + 8])
        trail = (*outer, (kind, start, start + size))
        yield trail
        if kind in _PARENTS:
            yield from _trails(content, start + 8, start + size, trail)
        start += max(8, size)


def set_edit_list(path: Path, edits: list[tuple[int, int]]) -> None:
    """Give the first track other edits: pairs of milliseconds to show and tick to start at."""
    entries = b"".join(struct.pack(">iiHH", ms, tick, 1, 0) for ms, tick in edits)
    edit_box(path, b"elst", lambda _: struct.pack(">II", 0, len(edits)) + entries)


def first_tick(path: Path) -> int:
    """Return the tick of the media at which the first edit of an MP4 starts."""
    content = path.read_bytes()
    at = content.index(b"elst") + 16
    return struct.unpack(">i", content[at : at + 4])[0]


def set_matrix(path: Path, matrix: tuple[float, float, float, float]) -> None:
    """Give the first track of an MP4 a display matrix (a, b, c, d)."""
    a, b, c, d = (round(value * (1 << 16)) for value in matrix)
    nine = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    edit_box(path, b"tkhd", lambda content: content[:40] + nine + content[76:])


def set_word(path: Path, marker: bytes, *, offset: int, value: int, order: str = "<") -> None:
    """Overwrite 32 bits at a distance behind the first place where a marker stands."""
    content = bytearray(path.read_bytes())
    at = content.index(marker) + offset
    content[at : at + 4] = struct.pack(f"{order}I", value)
    path.write_bytes(content)
