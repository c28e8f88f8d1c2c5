"""How much of this machine one media file may claim."""

import time
from pathlib import Path

from pydantic import BaseModel, Field

from aura.errors import LimitError


class MediaLimits(BaseModel, extra="forbid", frozen=True):
    """Bounds beyond which a file is refused with a `LimitError` instead of being worked on."""

    max_pixels: int = Field(
        default=8192 * 4352, ge=1, description="Pixels of one frame; the default admits 8K."
    )
    max_duration_s: float = Field(
        default=4 * 3600.0, gt=0, description="Length the container claims or its frames span."
    )
    max_streams: int = Field(default=32, ge=1, description="Streams of any kind in the file.")
    max_frames: int = Field(default=2_000_000, ge=1, description="Video frames in the file.")
    max_result_bytes: int = Field(
        default=4 << 30, ge=1, description="Memory for the pixels or samples one call returns."
    )
    max_gap_bytes: int = Field(
        default=256 << 20,
        ge=1,
        description="Bytes read in search of one packet; some formats gather them in memory.",
    )
    max_call_s: float = Field(
        default=900.0,
        gt=0,
        description="Seconds that one call may work on the file: opening it, the frames of one "
        "request, one frame of a stream.",
    )


class Deadline:
    """The time by which one call must have ended, and how much it may read without a result.

    Looked at with every packet, and with every reading of the file.
    """

    def __init__(self, path: Path, *, limits: MediaLimits) -> None:
        self._path = path
        self._limit_s = limits.max_call_s
        self._max_gap_bytes = limits.max_gap_bytes
        self._gap_bytes = 0
        self._end_s = time.monotonic() + self._limit_s

    def restart(self) -> None:
        """Count anew from now."""
        self._gap_bytes = 0
        self._end_s = time.monotonic() + self._limit_s

    def check(self) -> None:
        """Go on from a packet to the next, or stop.

        Raises:
            LimitError: The time is over.
        """
        self._gap_bytes = 0
        self._check_time()

    def count(self, n_bytes: int) -> None:
        """Note what has been read since the last packet, and go on or stop.

        Raises:
            LimitError: The time is over, or that was too much.
        """
        self._gap_bytes += n_bytes
        if self._gap_bytes > self._max_gap_bytes:
            raise LimitError(
                f"{str(self._path)!r} holds no packet within {self._max_gap_bytes} bytes, the "
                "limit (max_gap_bytes)"
            )
        self._check_time()

    def _check_time(self) -> None:
        if time.monotonic() > self._end_s:
            raise LimitError(
                f"{str(self._path)!r} kept one call busy for more than the limit of "
                f"{self._limit_s:g} s (max_call_s)"
            )
