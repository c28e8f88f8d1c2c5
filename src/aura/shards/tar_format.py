"""Tar archives as bytes: members to append, and where the members of a buffer lie.

Writing goes by `tarfile`'s headers with everything that could vary fixed. Reading works on a
buffer, so that a sample's bytes and a whole memory-mapped shard are read by the same function.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from aura.errors import ArchiveError

BLOCK = 512
_RECORD = 20 * BLOCK
"""What tar programs pad archives to."""

_PAX, _PAX_GLOBAL, _GNU_NAME = b"x", b"g", b"L"
_FILES = frozenset({b"0", b"\0", b"7"})
_WITHOUT_DATA = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})
_EMPTY = bytes(BLOCK)


@dataclass(slots=True)
class Member:
    """A file in a tar; offsets count from the begin of the buffer.

    Attributes:
        name: As stored.
        start: Where its headers begin, extended ones included.
        data: Where its content begins.
        size: Bytes of content.
    """

    name: str
    start: int
    data: int
    size: int

    @property
    def end(self) -> int:
        """Where the next member begins."""
        return self.data + padded(self.size)


def padded(size: int) -> int:
    """Return ``size`` rounded up to whole blocks.

    >>> padded(0), padded(1), padded(512)
    (0, 512, 512)
    """
    return -(-size // BLOCK) * BLOCK


def member_bytes(name: str, content: bytes) -> bytes:
    """Return what a tar holds of one file: headers, content, padding.

    The same name and content give the same bytes: owner, mode and time are fixed. Names that the
    old header cannot hold get a pax header.
    """
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode, info.mtime, info.uid, info.gid = 0o644, 0, 0, 0
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
    return header + content + bytes(padded(len(content)) - len(content))


def end_bytes(size: int) -> bytes:
    """Return what ends a tar whose members take ``size`` bytes."""
    whole = -(-(size + 2 * BLOCK) // _RECORD) * _RECORD
    return bytes(whole - size)


def members_of(
    content: bytes | memoryview,
    *,
    where: str,
    require_end: bool = False,
    check_headers: bool = True,
) -> Iterator[Member]:
    """Yield the files in a tar, or in a stretch of whole members of one.

    Args:
        content: The bytes.
        where: What they are, for the message.
        require_end: Whether the mark that ends an archive must be there.
        check_headers: Whether the headers' checksums must hold; a waste of time where a checksum
            over all of the bytes was found to hold already.

    Raises:
        ArchiveError: A header is damaged, or the bytes end too early.
    """
    start = position = 0
    name, size_override = None, None
    while position + BLOCK <= len(content):
        header = bytes(content[position : position + BLOCK])
        if header == _EMPTY:
            return
        kind, size = _kind_and_size(header, where=where, position=position, check=check_headers)
        data = position + BLOCK
        if kind in _FILES and size_override is not None:
            size = size_override
        end = data if kind in _WITHOUT_DATA else data + padded(size)
        if end > len(content):
            raise ArchiveError(
                f"{where}: ends at byte {len(content)}, within the member at {position}; it was "
                "cut off"
            )
        position = end
        if kind == _PAX:
            records = _pax_records(bytes(content[data : data + size]), where=where)
            name = records.get("path", name)
            size_override = int(records["size"]) if "size" in records else size_override
            continue
        if kind == _GNU_NAME:
            name = _text(bytes(content[data : data + size]))
            continue
        if kind in _FILES:
            yield Member(name if name is not None else _name(header), start, data, size)
        if kind != _PAX_GLOBAL:
            name, size_override = None, None
        start = position
    if require_end:
        raise ArchiveError(f"{where}: lacks the mark that ends an archive; it was cut off")
    if position != len(content):
        raise ArchiveError(f"{where}: {len(content) - position} bytes follow the last member")


def _kind_and_size(header: bytes, *, where: str, position: int, check: bool) -> tuple[bytes, int]:
    """Return type and size as a header says; its checksum must hold if it is to be checked."""
    try:
        size = _number(header[124:136])
        expected = _number(header[148:156]) if check else 0
    except ValueError as error:
        raise ArchiveError(f"{where}: no tar header at byte {position}") from error
    # The checksum's own field counts as eight spaces.
    if size < 0 or (check and sum(header) - sum(header[148:156]) + 8 * ord(" ") != expected):
        raise ArchiveError(f"{where}: damaged tar header at byte {position}")
    return header[156:157], size


def _number(field: bytes) -> int:
    if field[0] in (0x80, 0xFF):
        value = int.from_bytes(field[1:], "big")
        return value if field[0] == 0x80 else value - (256 ** (len(field) - 1))
    return int(field.partition(b"\0")[0].strip() or b"0", 8)


def _name(header: bytes) -> str:
    name = _text(header[:100])
    # GNU's own format keeps other things where POSIX keeps the first part of a long name.
    if header[257:263] == b"ustar\0" and header[345]:
        return f"{_text(header[345:500])}/{name}"
    return name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _pax_records(content: bytes, *, where: str) -> dict[str, str]:
    """Return the records ``<length> <key>=<value>`` of an extended header."""
    records: dict[str, str] = {}
    position = 0
    while position < len(content) and content[position]:
        digits = content[position:].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = content[position + len(digits) + 1 : position + length]
        key, equals, value = record.partition(b"=")
        if length <= len(digits) + 1 or not equals or not value.endswith(b"\n"):
            raise ArchiveError(f"{where}: damaged extended tar header")
        records[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "surrogateescape")
        position += length
    return records
