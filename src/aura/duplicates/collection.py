"""The fingerprints of many videos, one after another in flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.fingerprint import record_bytes, records_from_bytes
from aura.duplicates.frame_hash import FrameHashes, distances
from aura.errors import DataError

_MOVING_BITS_PER_BLOCK = 0.75
"""Two samples of one shot that differ by more bits than this show movement (noise is below)."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """The hashes of all frames of V videos.

    Attributes:
        starts: int64 [V + 1]; the frames of video v are ``starts[v]`` to ``starts[v + 1]``.
        hashes: The hashes of all frames.
        moving: bool [N], whether the picture changes around a frame.
    """

    starts: NDArray[np.int64]
    hashes: FrameHashes
    moving: NDArray[np.bool_]

    @property
    def n_videos(self) -> int:
        """How many videos, those without a usable frame included."""
        return len(self.starts) - 1

    @property
    def n_frames(self) -> NDArray[np.int64]:
        """Frames of each video, int64 [V]."""
        return np.diff(self.starts)

    def video_of_frame(self) -> NDArray[np.uint32]:
        """Return the video of each frame, uint32 [N]."""
        return np.repeat(np.arange(self.n_videos, dtype=np.uint32), self.n_frames)


def collect(fingerprints: Sequence[str | None]) -> Collection:
    """Return the fingerprints of videos, given as texts, in flat arrays; None is an empty one.

    Raises:
        DataError: A text is no fingerprint; the message says which.
    """
    packed = bytearray()
    ends = np.zeros(len(fingerprints) + 1, dtype=np.int64)
    for place, text in enumerate(fingerprints):
        try:
            packed += record_bytes(text or "")
        except DataError as error:
            raise DataError(f"fingerprint {place}: {error}") from error
        ends[place + 1] = len(packed)
    records = records_from_bytes(packed)
    starts = ends // records.dtype.itemsize
    hashes = FrameHashes(
        np.ascontiguousarray(records["bits"]), np.ascontiguousarray(records["textured"])
    )
    return Collection(starts, hashes, _moving(starts, hashes))


def _moving(starts: NDArray[np.int64], hashes: FrameHashes) -> NDArray[np.bool_]:
    """Return where a frame differs from the one before or after it in its video, bool [N]."""
    bits, textured = hashes.bits, hashes.textured
    differing, n_blocks = distances((bits[1:], bits[:-1]), (textured[1:], textured[:-1]))
    changes = differing > _MOVING_BITS_PER_BLOCK * n_blocks
    inner = starts[1:-1]
    changes[inner[(inner > 0) & (inner < len(hashes))] - 1] = False
    moving = np.zeros(len(hashes), dtype=np.bool_)
    moving[1:] |= changes
    moving[:-1] |= changes
    return moving
