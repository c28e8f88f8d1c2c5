"""From decoded pictures of any pixel format to upright RGB of one size."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from aura.errors import UsageError
from aura.media.orientation import Orientation


def target_size(
    height: int, width: int, *, size: tuple[int, int] | None, max_side: int | None
) -> tuple[int, int]:
    """Return the height and width in which frames of ``height`` by ``width`` are wanted.

    ``max_side`` keeps the shape and never enlarges.

    Raises:
        UsageError: Both are given, or one is not positive.

    >>> target_size(1080, 1920, size=None, max_side=112)
    (63, 112)
    >>> target_size(48, 64, size=None, max_side=112)
    (48, 64)
    """
    if size is not None and max_side is not None:
        raise UsageError("give either size=(height, width) or max_side, not both")
    if size is not None:
        if len(size) != 2 or min(size) < 1:
            raise UsageError(f"size is (height, width) in pixels, both positive, not {size!r}")
        return int(size[0]), int(size[1])
    if max_side is None:
        return height, width
    if max_side < 1:
        raise UsageError(f"max_side is a positive number of pixels, not {max_side!r}")
    scale = min(1.0, max_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


class RgbConverter:
    """Turns decoded pictures into uint8 [H, W, 3], RGB, upright, of one size.

    Matrix and range are those the stream declares; where it declares none, BT.601 limited range,
    which is FFmpeg's own reading. More than 8 bits are reduced to 8; alpha is ignored, so a
    transparent pixel keeps whatever colour is coded below it. Pixels are never squeezed to make
    them square. At the coded size the result equals PyAV's ``frame.to_ndarray("rgb24")``; any
    other size is reached with a bicubic filter that averages when it reduces.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height = height
        self.width = width
        self._reformatter = VideoReformatter()

    def convert(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Return one picture as uint8 [height, width, 3]; it may be a view."""
        orientation = Orientation.of(frame)
        height, width = orientation.size_of(self.height, self.width)
        same = (height, width) == (frame.height, frame.width)
        rgb = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            interpolation=Interpolation.BILINEAR if same else Interpolation.BICUBIC,
            threads=1,
        )
        return orientation.apply(rgb.to_ndarray().astype(np.uint8, copy=False))
