"""How a coded picture must be turned to be seen upright."""

import struct
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from aura.media.crop import Crop


@dataclass(frozen=True, slots=True)
class Orientation:
    """A quarter turn or mirroring: transpose first, then flip."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self:
        """Return the orientation a frame's display matrix asks for; upright where it has none."""
        # PyAV's stubs call it a mapping by name; it is one by type.
        side_data: Any = frame.side_data
        matrix = side_data.get(Type.DISPLAYMATRIX)
        return cls() if matrix is None else cls.from_matrix(bytes(matrix))

    @classmethod
    def from_matrix(cls, matrix: bytes) -> Self:
        """Return the orientation of an FFmpeg display matrix (nine native 32-bit integers).

        Only quarter turns and mirrorings are applied: turning by any other angle would have to
        invent pixels, so such a matrix leaves the picture as it is coded.

        >>> import struct
        >>> Orientation.from_matrix(struct.pack("=9i", 0, 1, 0, -1, 0, 0, 0, 0, 1))
        Orientation(transpose=True, flip_x=True, flip_y=False)
        """
        if len(matrix) < 36:
            return cls()
        a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
        if a == 0 and d == 0 and b and c:
            return cls(transpose=True, flip_x=c < 0, flip_y=b < 0)
        if b == 0 and c == 0 and a and d:
            return cls(flip_x=a < 0, flip_y=d < 0)
        return cls()

    @property
    def rotation_degrees(self) -> int:
        """How far the coded picture is turned clockwise (0, 90, 180 or 270), mirroring aside."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    def size_of(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width as displayed of a picture coded as ``height, width``."""
        return (width, height) if self.transpose else (height, width)

    def coded_crop(self, crop: Crop, height: int, width: int) -> Crop:
        """Return where a rectangle of the displayed picture lies in the coded one.

        Args:
            crop: As displayed.
            height: Of the whole picture, as displayed.
            width: Likewise.

        >>> Orientation(transpose=True, flip_x=True).coded_crop(Crop(1, 2, 3, 4), 20, 10)
        Crop(top=4, left=1, height=4, width=3)
        """
        top = height - crop.top - crop.height if self.flip_y else crop.top
        left = width - crop.left - crop.width if self.flip_x else crop.left
        if self.transpose:
            return Crop(left, top, crop.width, crop.height)
        return Crop(top, left, crop.height, crop.width)

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a view of ``picture`` [H, W, 3] as it is displayed."""
        turned = picture.transpose(1, 0, 2) if self.transpose else picture
        return turned[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
