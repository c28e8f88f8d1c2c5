"""One file over HTTP: whole, checked and in its place, or resumable.

What has arrived lies beside the target as ``.<name>.part``, with the identity of what it is a part
of in ``.<name>.part.json``. A later attempt, in this process or another, goes on where the part
ends if the server still offers the same content, and starts again if not.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aura.acquire.patience import BusyError
from aura.errors import DownloadError

if TYPE_CHECKING:
    import requests

_CHUNK_BYTES = 1 << 20
_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE = 206, 416


class FileError(DownloadError):
    """One file cannot be had; others may."""


class Source(Protocol):
    """Where the bytes of a file come from; foreign errors never leave it."""

    def open(self, name: str | None) -> "requests.Response":
        """Return the answer that carries the whole file, its body unread."""
        ...

    def open_rest(self, url: str, *, start: int, validator: str) -> "requests.Response":
        """Return the answer that carries the bytes from ``start`` on, if nothing has changed."""
        ...

    def read(self, response: "requests.Response", into: Callable[[bytes], Any]) -> None:
        """Pass the body to ``into``, piece by piece."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one content of an address from another; ``validator`` is None when nothing does.

    ``md5`` is the hash of the whole content where the server states it, base64 as it does.
    """

    validator: str | None
    size_bytes: int | None
    md5: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Identity":
        """Return the identity that the headers of a whole answer state."""
        etag = headers.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else None
        length = headers.get("Content-Length", "")
        md5 = re.search(r"\bmd5=([A-Za-z0-9+/=]+)", headers.get("x-goog-hash", ""))
        return cls(
            validator=strong or headers.get("Last-Modified"),
            size_bytes=int(length) if length.isdecimal() else None,
            md5=md5 and md5.group(1),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """What has arrived of a file so far."""

    data: Path
    record: Path

    @classmethod
    def beside(cls, target: Path) -> "_Part":
        return cls(
            target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.part.json")
        )

    def size_of(self, identity: Identity) -> int:
        """Return how many bytes of this very content are there."""
        try:
            known = json.loads(self.record.read_text(encoding="utf-8"))
            size = self.data.stat().st_size
        except (OSError, ValueError):
            return 0
        if identity.validator is None or known != asdict(identity):
            return 0
        return size if size <= (identity.size_bytes or 0) else 0

    def begin(self, identity: Identity) -> None:
        self.data.unlink(missing_ok=True)
        self.record.write_text(json.dumps(asdict(identity)), encoding="utf-8")

    def drop(self) -> None:
        self.data.unlink(missing_ok=True)
        self.record.unlink(missing_ok=True)


def part_size(target: Path) -> int:
    """Return how many bytes of ``target`` lie there from a transfer that was cut short."""
    data = _Part.beside(target).data
    return data.stat().st_size if data.is_file() else 0


def fetch(
    source: Source, name: str | None, target: Path, *, on_bytes: Callable[[int], None]
) -> str:
    """Make one attempt to bring a file to ``target``; return the address it came from.

    Args:
        source: Where to ask.
        name: What to ask for.
        target: Where the file goes once it is whole; its folder is made.
        on_bytes: Is told the number of bytes of this file that are there, after every piece.

    Raises:
        BusyError: The transfer broke off; another attempt goes on from there.
        DownloadError: The server refuses, or the disk does.
    """
    part = _Part.beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _fetch(source, name, target, part=part, on_bytes=on_bytes)
    except OSError as error:
        raise DownloadError(
            f"{error.filename or target}: cannot be written: {error.strerror or error}; what has "
            "arrived is kept"
        ) from error


def _fetch(
    source: Source,
    name: str | None,
    target: Path,
    *,
    part: _Part,
    on_bytes: Callable[[int], None],
) -> str:
    response = source.open(name)
    identity, url = Identity.of(response.headers), response.url
    start = part.size_of(identity)
    if start and start == identity.size_bytes:
        response.close()
    elif start and identity.validator:
        response.close()
        response = source.open_rest(url, start=start, validator=identity.validator)
        if not _continues(response, start):
            identity, start = _start_again(response, part), 0
    else:
        start = 0
        part.begin(identity)
    on_bytes(start)
    if start == 0 or start != identity.size_bytes:
        _receive(source, response, part, on_bytes=on_bytes)
    _check(part, identity, what=name or url)
    part.data.replace(target)
    part.record.unlink(missing_ok=True)
    return url


def _continues(response: "requests.Response", start: int) -> bool:
    stated = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return response.status_code == _PARTIAL_CONTENT and bool(stated and int(stated[1]) == start)


def _start_again(response: "requests.Response", part: _Part) -> Identity:
    """Return the identity of a whole answer that came where the rest was asked for."""
    if response.status_code in (_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE):
        response.close()
        part.drop()
        raise BusyError("the server sent another part than the one asked for; starting again")
    identity = Identity.of(response.headers)
    part.begin(identity)
    return identity


def _receive(
    source: Source,
    response: "requests.Response",
    part: _Part,
    *,
    on_bytes: Callable[[int], None],
) -> None:
    with part.data.open("ab") as stream:

        def write(chunk: bytes) -> None:
            stream.write(chunk)
            on_bytes(stream.tell())

        try:
            source.read(response, write)
        except BusyError as busy:
            raise BusyError(str(busy), wait_s=busy.wait_s, reached=stream.tell()) from busy
        finally:
            response.close()
            stream.flush()
            os.fsync(stream.fileno())


def _check(part: _Part, identity: Identity, *, what: str) -> None:
    """Raise unless the part is the whole content."""
    size = part.data.stat().st_size
    if identity.size_bytes is not None and size != identity.size_bytes:
        if size > identity.size_bytes:
            part.drop()
        raise BusyError(f"{what}: {size} of {identity.size_bytes} bytes arrived", reached=size)
    if identity.md5 is not None and _md5(part.data) != identity.md5:
        part.drop()
        raise FileError(
            f"{what}: the content does not match the hash that the server states, so it has been "
            "dropped; run the same command again to fetch it anew"
        )


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()
