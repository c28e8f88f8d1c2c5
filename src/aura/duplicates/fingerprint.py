"""The fingerprint of a video: the hashes of some of its frames, and when each is shown."""

import base64
import binascii
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.config import DuplicateConfig
from aura.duplicates.frame_hash import MIN_BLOCKS, FrameHashes, hash_pictures
from aura.duplicates.pictures import small_pictures
from aura.errors import DataError, MediaError
from aura.media import MediaLimits, Video, open_video

FINGERPRINT_VERSION = 1
"""Raised whenever the same pixels give another fingerprint."""

_DECODED_PX = 128
_RECORD = np.dtype([("time_ms", "<u4"), ("textured", "<u2"), ("bits", "<u8", (2,))])
_PREFIX = f"{FINGERPRINT_VERSION}."


@dataclass(frozen=True, slots=True, eq=False)
class VideoFingerprint:
    """What a video looks like, in a few hundred bytes.

    Attributes:
        times_s: float64 [N], when each hashed frame is shown, increasing.
        hashes: The hashes of these frames.
    """

    times_s: NDArray[np.float64]
    hashes: FrameHashes

    def __len__(self) -> int:
        return len(self.times_s)

    def to_text(self) -> str:
        """Return the fingerprint as one table cell, empty where there is nothing to go by."""
        if not len(self):
            return ""
        records = np.zeros(len(self), dtype=_RECORD)
        records["time_ms"] = np.rint(self.times_s * 1000)
        records["textured"] = self.hashes.textured
        records["bits"] = self.hashes.bits
        return _PREFIX + base64.b64encode(records.tobytes()).decode()


def fingerprint_video(
    path: str | Path, config: DuplicateConfig, *, limits: MediaLimits | None = None
) -> VideoFingerprint:
    """Return the fingerprint of a video file.

    Frames that cannot be decoded, and those of hardly any structure (black, white, a fade), are
    left out; a video of nothing else has an empty fingerprint.

    Raises:
        MediaError: The file cannot be read as a video, or not one of the frames can be decoded.
        LimitError: It exceeds ``limits``.
    """
    with open_video(path, limits=limits) as video:
        frames = video.frames_at(seconds=_moments(video, config), size=(_DECODED_PX, _DECODED_PX))
    if not len(frames):
        why = frames.missing[0].reason if frames.missing else "it has none"
        raise MediaError(f"{str(path)!r}: not one of the frames looked at can be decoded ({why})")
    # Below the rate of the samples, a video shows the same frame at several of them.
    _, kept = np.unique(frames.indices, return_index=True)
    hashes = hash_pictures(small_pictures(frames.data[kept]))
    usable = np.bitwise_count(hashes.textured) >= MIN_BLOCKS
    return VideoFingerprint(
        frames.pts_seconds[kept][usable],
        FrameHashes(hashes.bits[usable], hashes.textured[usable]),
    )


def sampling_rate_hz(duration_s: float, config: DuplicateConfig) -> float:
    """Return how many frames a second are hashed of a video.

    Rates are halves of each other, so that the moments of a long video are among those of a
    shorter cut of it.

    >>> sampling_rate_hz(3.0, DuplicateConfig()), sampling_rate_hz(60.0, DuplicateConfig())
    (8.0, 0.5)
    """
    rate_hz = config.max_rate_hz
    while math.ceil(duration_s * rate_hz) > config.max_frames:
        rate_hz /= 2
    return rate_hz


def from_text(text: str) -> VideoFingerprint:
    """Return the fingerprint that `VideoFingerprint.to_text` wrote.

    Raises:
        DataError: The text is something else, or of another version.
    """
    records = np.frombuffer(record_bytes(text), dtype=_RECORD)
    return VideoFingerprint(
        records["time_ms"] / 1000, FrameHashes(records["bits"].copy(), records["textured"].copy())
    )


def record_bytes(text: str) -> bytes:
    """Return the packed records in a fingerprint's text, as bytes.

    Raises:
        DataError: The text is something else, or of another version.
    """
    if not text:
        return b""
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    if not text.startswith(_PREFIX):
        raise DataError(_not_ours(shown, "it begins otherwise"))
    try:
        packed = base64.b64decode(text[len(_PREFIX) :], validate=True)
    except binascii.Error as error:
        raise DataError(_not_ours(shown, str(error))) from error
    if len(packed) % _RECORD.itemsize:
        raise DataError(_not_ours(shown, "it ends within a frame"))
    return packed


def records_from_bytes(packed: bytes | bytearray) -> NDArray[np.void]:
    """Return the records in bytes, of one video or of many one after another."""
    return np.frombuffer(packed, dtype=_RECORD)


def _not_ours(shown: str, why: str) -> str:
    return (
        f"{shown!r} is no fingerprint of version {FINGERPRINT_VERSION} ({why}): take the "
        "fingerprints of these videos again"
    )


def _moments(video: Video, config: DuplicateConfig) -> NDArray[np.float64]:
    """Return the times at which frames are taken, float64 [N], at a steady rate from 0."""
    length_s = min(video.info.duration_s, video.n_frames / video.info.fps)
    rate_hz = sampling_rate_hz(length_s, config)
    return np.arange(max(1, math.ceil(length_s * rate_hz))) / rate_hz
