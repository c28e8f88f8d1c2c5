"""The box structure of MP4 and MOV files, as far as FFmpeg does not tell of it."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

_HEADERS = {b"mvhd": (36, 48), b"tkhd": (40, 52)}
"""Where the display matrix lies in the content of these boxes, in version 0 and version 1."""
_UPRIGHT = b"".join(n.to_bytes(4, "big") for n in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
_MOST_HEADER_BYTES = 1 << 10
_MOST_BOXES = 200_000
"""A file made of nothing but empty boxes must not keep us."""


class Box(NamedTuple):
    """One box: its kind, where its content begins, and where it ends."""

    kind: bytes
    content: int
    end: int


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that begin between two places; the last may end beyond the file."""
    return islice(_boxes(stream, start, end), _MOST_BOXES)


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        stream.seek(start)
        head = stream.read(16)
        size, content = int.from_bytes(head[:4], "big"), start + 8
        if size == 1 and len(head) == 16:
            size, content = int.from_bytes(head[8:], "big"), start + 16
        elif size == 0:
            size = end - start
        if size < 8:
            return
        yield Box(head[4:8], content, start + size)
        start += size


def is_upright(stream: BinaryIO, *, size_bytes: int) -> bool:
    """Whether a file's headers say that no track is to be turned or mirrored for display.

    False where there are no such headers to be found. The stream's position is kept.
    """
    back_to = stream.tell()
    try:
        headers = [
            header
            for movie in boxes(stream, 0, size_bytes)
            if movie.kind == b"moov"
            for header in _movie_and_track_headers(stream, movie, size_bytes=size_bytes)
        ]
        return bool(headers) and all(_is_upright_header(stream, header) for header in headers)
    finally:
        stream.seek(back_to)


def _movie_and_track_headers(stream: BinaryIO, movie: Box, *, size_bytes: int) -> Iterator[Box]:
    for inner in boxes(stream, movie.content, min(movie.end, size_bytes)):
        if inner.kind == b"mvhd":
            yield inner
        elif inner.kind == b"trak":
            parts = boxes(stream, inner.content, min(inner.end, size_bytes))
            yield from (part for part in parts if part.kind == b"tkhd")


def _is_upright_header(stream: BinaryIO, header: Box) -> bool:
    stream.seek(header.content)
    content = stream.read(min(header.end - header.content, _MOST_HEADER_BYTES))
    at = _HEADERS[header.kind][1 if content[:1] == b"\x01" else 0]
    return content[at : at + len(_UPRIGHT)] == _UPRIGHT
