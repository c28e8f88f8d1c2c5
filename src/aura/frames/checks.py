"""What one look at a stored frame tells: whether it is whole, and what it shows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.frames.tree import ExpectedFrame

MISSING, UNREADABLE, FORMAT, CHANGED, SIZE = "missing", "unreadable", "format", "changed", "size"
BLANK, FROZEN, DUPLICATE = "blank", "frozen", "duplicate"
"""Kinds of `Finding`; the first line is damage of the file, the second is about its picture."""

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_THUMBNAIL_PX = 32
_BLANK_RANGE = 8
"""Grey levels between the darkest and the brightest spot of a picture that shows nothing."""

_FROZEN_DIFFERENCE = 1.0
"""Mean difference in grey levels of pictures that are the same but for coding noise."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one frame: its path below the folder, a kind of the above, and details."""

    file: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class VideoCheck:
    """What reading the frames of one video brought.

    Attributes:
        findings: What is wrong with them.
        sizes: (width, height) in pixels and bytes of each frame that was read.
        digests: SHA-256 of each frame that was read, by its path below the folder.
    """

    findings: tuple[Finding, ...]
    sizes: tuple[tuple[int, int, int], ...]
    digests: dict[str, bytes]


def check_video(folder: Path, frames: Sequence[ExpectedFrame]) -> VideoCheck:
    """Read the frames of one video, one at a time, and return what was found."""
    findings: list[Finding] = []
    sizes: list[tuple[int, int, int]] = []
    digests: dict[str, bytes] = {}
    thumbnails: list[NDArray[np.uint8]] = []
    for frame in frames:
        content, picture, kind, detail = _read(folder / frame.file, frame)
        if kind is not None:
            findings.append(Finding(frame.file, kind, detail))
        if picture is None:
            continue
        height, width = picture.shape[:2]
        sizes.append((width, height, len(content)))
        digests[frame.file] = hashlib.sha256(content).digest()
        thumbnail = _thumbnail(picture)
        thumbnails.append(thumbnail)
        if int(np.ptp(thumbnail)) < _BLANK_RANGE:
            findings.append(Finding(frame.file, BLANK, "the picture is of one colour"))
    if len(thumbnails) > 1 and _is_frozen(thumbnails):
        findings.append(
            Finding(frames[0].file, FROZEN, f"all {len(thumbnails)} frames of the video are alike")
        )
    return VideoCheck(tuple(findings), tuple(sizes), digests)


def _read(
    path: Path, frame: ExpectedFrame
) -> tuple[bytes, NDArray[np.uint8] | None, str | None, str]:
    """Return a frame's bytes and picture, and what is wrong with the file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b"", None, MISSING, "there is no such file"
    except OSError as error:
        return b"", None, UNREADABLE, f"cannot be read: {error.strerror}"
    if not content.startswith(_JPEG_START):
        return content, None, FORMAT, "not a JPEG file" if content else "the file is empty"
    picture = _decoded(content)
    if picture is None:
        return content, None, UNREADABLE, "its picture cannot be decoded"
    # Half a JPEG decodes too, into half a picture over grey.
    if not content.rstrip(b"\0").endswith(_JPEG_END):
        return content, picture, UNREADABLE, "cut short: the end of the picture is missing"
    height, width = picture.shape[:2]
    if frame.width is not None and (width, height) != (frame.width, frame.height):
        wanted = f"{frame.width}x{frame.height}"
        return content, picture, SIZE, f"{width}x{height} pixels, {wanted} were written"
    if frame.sha256 is not None and hashlib.sha256(content).hexdigest() != frame.sha256:
        written = f"{frame.size_bytes} bytes were written, there are {len(content)}"
        return content, picture, CHANGED, f"not the file that was written ({written})"
    return content, picture, None, ""


def _decoded(content: bytes) -> NDArray[np.uint8] | None:
    try:
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None  # larger than OpenCV takes; nothing we wrote is
    return None if picture is None else np.asarray(picture, dtype=np.uint8)


def _thumbnail(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture in grey, uint8 [32, 32], which no single noisy pixel decides."""
    size = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _is_frozen(thumbnails: Sequence[NDArray[np.uint8]]) -> bool:
    first = thumbnails[0].astype(np.int16)
    return all(
        float(np.mean(np.abs(first - other))) < _FROZEN_DIFFERENCE for other in thumbnails[1:]
    )
