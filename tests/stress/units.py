"""Where the units of a container file lie: boxes, elements, chunks, tags, packets, pages."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_BOXES_WITH_BOXES = (
    b"moov",
    b"trak",
    b"mdia",
    b"minf",
    b"stbl",
    b"edts",
    b"dinf",
    b"moof",
    b"traf",
)
_ELEMENTS_WITH_ELEMENTS = (
    b"\x18\x53\x80\x67",  # segment
    b"\x16\x54\xae\x6b",  # tracks
    b"\xae",  # track
    b"\xe0",  # video
    b"\x1f\x43\xb6\x75",  # cluster
    b"\xa0",  # block group
    b"\x1c\x53\xbb\x6b",  # cues
)
_MOST_UNITS = 4000


class Unit(NamedTuple):
    """One unit: where it begins and ends, and where its size is written, if it is.

    Attributes:
        start: First byte.
        end: Byte after the last.
        size_at: First byte of the size; below 0 where there is none.
        size_bytes: How many bytes the size takes.
    """

    start: int
    end: int
    size_at: int = -1
    size_bytes: int = 0


def units(content: bytes) -> list[Unit]:
    """Return the units of a file of any format; of an unknown one, equal pieces."""
    found = list(_first(_units_of(content), _MOST_UNITS))
    return found or [Unit(at, min(at + 512, len(content))) for at in range(0, len(content), 512)]


def _first(found: Iterator[Unit], n: int) -> Iterator[Unit]:
    for _, unit in zip(range(n), found, strict=False):
        yield unit


def _units_of(content: bytes) -> Iterator[Unit]:
    if content[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return _boxes(content, 0, len(content))
    if content[:4] == b"\x1a\x45\xdf\xa3":
        return _elements(content, 0, len(content))
    if content[:4] == b"RIFF":
        return _chunks(content, 12, len(content))
    if content[:3] == b"FLV":
        return _tags(content)
    if content[:1] == b"\x47" and content[188:189] == b"\x47":
        return (Unit(at, at + 188) for at in range(0, len(content), 188))
    if content[:4] == b"OggS":
        return _marked(content, b"OggS")
    if content[:4] == b"\x00\x00\x01\xba":
        return _marked(content, b"\x00\x00\x01")
    return iter(())


def _boxes(content: bytes, start: int, end: int) -> Iterator[Unit]:
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", content[start : start + 8])
        if size < 8 or start + size > end:
            return
        yield Unit(start, start + size, start, 4)
        if kind in _BOXES_WITH_BOXES:
            yield from _boxes(content, start + 8, start + size)
        start += size


def _elements(content: bytes, start: int, end: int) -> Iterator[Unit]:
    while start < end:
        name_bytes = 9 - content[start].bit_length()
        size_at = start + name_bytes
        if name_bytes > 4 or size_at >= end:
            return
        size_bytes = 9 - content[size_at].bit_length()
        if size_bytes > 8:
            return
        size = int.from_bytes(content[size_at : size_at + size_bytes], "big")
        size &= (1 << 7 * size_bytes) - 1
        inner = size_at + size_bytes
        unknown = size == (1 << 7 * size_bytes) - 1
        stop = end if unknown else min(end, inner + size)
        yield Unit(start, stop, size_at, size_bytes)
        if content[start:size_at] in _ELEMENTS_WITH_ELEMENTS:
            yield from _elements(content, inner, stop)
        start = stop


def _chunks(content: bytes, start: int, end: int) -> Iterator[Unit]:
    while start + 8 <= end:
        kind, size = struct.unpack("<4sI", content[start : start + 8])
        stop = start + 8 + size
        if stop > end:
            return
        yield Unit(start, stop + size % 2, start + 4, 4)
        if kind == b"LIST":
            yield from _chunks(content, start + 12, stop)
        start = stop + size % 2


def _tags(content: bytes) -> Iterator[Unit]:
    start = 13
    while start + 11 <= len(content):
        size = int.from_bytes(content[start + 1 : start + 4], "big")
        yield Unit(start, start + 11 + size + 4, start + 1, 3)
        start += 11 + size + 4


def _marked(content: bytes, marker: bytes) -> Iterator[Unit]:
    start = content.find(marker)
    while start >= 0:
        following = content.find(marker, start + len(marker))
        yield Unit(start, following if following >= 0 else len(content))
        start = following
