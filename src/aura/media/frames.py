"""The values decoding gives: one frame, several frames, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class MissingFrame:
    """A frame the video promises and decoding does not give, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Attributes:
        index: Its place among the displayed frames of the video, from 0.
        pts_s: When it is shown, in seconds from the start of the video.
        data: uint8 [H, W, 3], RGB.
    """

    index: int
    pts_s: float
    data: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.data.dtype != np.uint8 or self.data.ndim != 3 or self.data.shape[2] != 3:
            raise ValueError(
                f"a frame is uint8 [H, W, 3], not {self.data.dtype} {list(self.data.shape)}"
            )

    def __repr__(self) -> str:
        height, width = self.data.shape[:2]
        return f"Frame(index={self.index}, pts_s={self.pts_s:.3f}, {width}x{height})"


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Decoded frames, in the order they were asked for.

    Attributes:
        data: uint8 [N, H, W, 3], RGB.
        pts_seconds: float64 [N], when each is shown, in seconds from the start of the video.
        indices: int64 [N], the place of each among the displayed frames of the video.
        missing: The frames that were asked for and could not be decoded, each once. They are
            absent from the arrays; no other frame takes their place.
    """

    data: NDArray[np.uint8]
    pts_seconds: NDArray[np.float64]
    indices: NDArray[np.int64]
    missing: Sequence[MissingFrame] = ()

    def __post_init__(self) -> None:
        n = len(self.data)
        promised = (
            self.data.dtype == np.uint8
            and self.data.ndim == 4
            and self.data.shape[3] == 3
            and self.pts_seconds.dtype == np.float64
            and self.pts_seconds.shape == (n,)
            and self.indices.dtype == np.int64
            and self.indices.shape == (n,)
        )
        if not promised:
            raise ValueError(
                "frames are uint8 [N, H, W, 3] with float64 [N] times and int64 [N] indices, not "
                f"{self.data.dtype} {list(self.data.shape)}, "
                f"{self.pts_seconds.dtype} {list(self.pts_seconds.shape)} and "
                f"{self.indices.dtype} {list(self.indices.shape)}"
            )
        object.__setattr__(self, "missing", tuple(self.missing))

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        n, height, width = self.data.shape[:3]
        parts = [f"{n} x {width}x{height}"]
        if n:
            parts.append(f"{self.pts_seconds.min():.3f}-{self.pts_seconds.max():.3f} s")
        if self.missing:
            parts.append(f"{len(self.missing)} missing")
        return f"Frames({', '.join(parts)})"
