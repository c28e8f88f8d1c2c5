"""Whether a file is as long as its own headers say, and whether they list all of it."""

from typing import BinaryIO

from aura.media.boxes import boxes

_EBML_HEADER, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def is_cut_short(stream: BinaryIO, demuxer: str, *, size_bytes: int) -> bool:
    """Whether a file ends before the end its headers give; False where they give none.

    The stream's position is kept.
    """
    back_to = stream.tell()
    try:
        if demuxer == "mov":
            return any(box.end > size_bytes for box in boxes(stream, 0, size_bytes))
        stream.seek(0)
        head = stream.read(4096)
        if demuxer == "avi":
            return int.from_bytes(head[4:8], "little") + 8 > size_bytes
        if demuxer == "matroska":
            return _segment_end(head) > size_bytes
        return False
    finally:
        stream.seek(back_to)


def is_fragmented(stream: BinaryIO, *, size_bytes: int) -> bool:
    """Whether a file of the MP4 family holds movie fragments, which its sample table omits.

    The stream's position is kept.
    """
    back_to = stream.tell()
    try:
        return any(box.kind in (b"moof", b"sidx") for box in boxes(stream, 0, size_bytes))
    finally:
        stream.seek(back_to)


def _segment_end(head: bytes) -> int:
    """Return where the segment of a Matroska file ends, or 0 where it does not say."""
    if head[:4] != _EBML_HEADER:
        return 0
    size, at = _ebml_size(head, 4)
    at += size or 0
    if size is None or head[at : at + 4] != _SEGMENT:
        return 0
    size, at = _ebml_size(head, at + 4)
    return 0 if size is None else at + size


def _ebml_size(head: bytes, at: int) -> tuple[int | None, int]:
    """Return an EBML length (None: unknown) and the position after it."""
    first = head[at] if at < len(head) else 0
    n_bytes = 9 - first.bit_length()
    if n_bytes > 8:
        return None, at
    value = int.from_bytes(head[at : at + n_bytes], "big") & ((1 << 7 * n_bytes) - 1)
    return (None if value == (1 << 7 * n_bytes) - 1 else value), at + n_bytes
