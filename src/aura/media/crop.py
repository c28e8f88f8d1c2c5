"""Rectangles cut out of pictures."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from aura.errors import UsageError

_ANY_TICK = Fraction(1, 1000)
"""FFmpeg's filters want to know; a single picture has no time."""


class Crop(NamedTuple):
    """A rectangle of a picture as displayed, in pixels from its top left corner."""

    top: int
    left: int
    height: int
    width: int

    def check_within(self, height: int, width: int) -> None:
        """Refuse a rectangle that reaches beyond a picture of a size.

        Raises:
            UsageError: It does.
        """
        if self.top + self.height > height or self.left + self.width > width:
            raise UsageError(
                f"a crop (top, left, height, width) of {tuple(self)} reaches beyond frames of "
                f"{width}x{height} pixels; keep top + height and left + width within them"
            )


CropLike = Sequence[int]
"""Top, left, height and width in pixels."""


def as_crops(crop: CropLike | Sequence[CropLike] | None, *, n_rows: int) -> tuple[Crop | None, ...]:
    """Return one rectangle, or None, for each of ``n_rows`` pictures.

    Raises:
        UsageError: A rectangle is none, or there are not as many as pictures.

    >>> as_crops((0, 8, 32, 32), n_rows=2)[1]
    Crop(top=0, left=8, height=32, width=32)
    """
    if crop is None:
        return (None,) * n_rows
    one = len(crop) == 4 and not any(isinstance(part, Sequence) for part in crop)
    if one:
        return (_as_crop(crop),) * n_rows
    if len(crop) != n_rows:
        raise UsageError(
            f"crop is one (top, left, height, width), or one for each of the {n_rows} frames asked "
            f"for, not {len(crop)} of them"
        )
    return tuple(_as_crop(each) for each in crop)


def _as_crop(values: object) -> Crop:
    try:
        crop = Crop(*(int(value) for value in values))  # pyright: ignore[reportGeneralTypeIssues]
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"a crop is (top, left, height, width) in pixels, not {values!r}"
        ) from error
    if min(crop.top, crop.left) < 0 or min(crop.height, crop.width) < 1:
        raise UsageError(
            "a crop is (top, left, height, width) in pixels, the first two from 0 and the others "
            f"from 1 on, not {tuple(crop)}"
        )
    return crop


class Cropper:
    """Cuts rectangles out of coded pictures without copying or converting a pixel.

    FFmpeg's crop filter moves the beginning of each plane: 3 µs a picture, and 0.2 ms whenever
    the rectangle or the kind of picture changes.
    """

    def __init__(self) -> None:
        self._kind: tuple[object, ...] = ()
        # PyAV's filters do not keep alive the graph they belong to.
        self._filter: tuple[Graph, FilterContext, FilterContext] | None = None

    def cut(self, picture: VideoFrame, crop: Crop) -> VideoFrame:
        """Return a part of a picture, in coded coordinates, sharing its memory."""
        kind = (picture.format.name, picture.width, picture.height, crop)
        if kind != self._kind or self._filter is None:
            self._kind, self._filter = kind, _crop_filter(picture, crop)
        _, start, end = self._filter
        start.push(picture)
        part = end.pull()
        assert isinstance(part, VideoFrame)
        return part


def _crop_filter(picture: VideoFrame, crop: Crop) -> tuple[Graph, FilterContext, FilterContext]:
    graph = Graph()
    start = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=_ANY_TICK,
    )
    # The last value asks for exactly this place, also where colour has fewer samples than that.
    place = f"{crop.width}:{crop.height}:{crop.left}:{crop.top}:0:1"
    middle, end = graph.add("crop", place), graph.add("buffersink")
    start.link_to(middle)
    middle.link_to(end)
    graph.configure()
    return graph, start, end
