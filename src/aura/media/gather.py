"""The array that the frames of one request are written into."""

from collections.abc import Sequence

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from aura.errors import LimitError, UsageError
from aura.media.container import OpenMedia, translated
from aura.media.convert import RgbConverter, check_scaling, target_size
from aura.media.crop import Crop, CropLike, as_crops
from aura.media.frames import Frames, MissingFrame
from aura.media.limits import MediaLimits


class View:
    """How frames are wanted: which part of each, and how large.

    Raises:
        UsageError: The wishes contradict each other.
    """

    def __init__(
        self,
        *,
        n_rows: int,
        size: tuple[int, int] | None = None,
        max_side: int | None = None,
        crop: CropLike | Sequence[CropLike] | None = None,
    ) -> None:
        check_scaling(size=size, max_side=max_side)
        self.crops = as_crops(crop, n_rows=n_rows)
        self._size, self._max_side = size, max_side

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of all rows, from those of a video's pictures as displayed.

        Raises:
            UsageError: A crop reaches beyond them, or the rows would be of different sizes.
        """
        for crop in set(self.crops):
            if crop is not None:
                crop.check_within(height, width)
        parts = {(height, width) if crop is None else crop[2:] for crop in self.crops}
        shapes = {
            target_size(*part, size=self._size, max_side=self._max_side)
            for part in parts or {(height, width)}
        }
        if len(shapes) > 1:
            raise UsageError(
                f"crops of {len(parts)} different shapes give frames of different sizes: {shapes}; "
                "give size=(height, width), to which all are scaled"
            )
        return shapes.pop()


class Rows:
    """One row for each frame asked for, filled in whatever order the pictures come.

    Args:
        media: The file.
        wanted: The frames, in the order and as often as they are wanted.
        view: How they are wanted.
        limits: What the result may take.
    """

    def __init__(
        self, media: OpenMedia, wanted: Sequence[int], *, view: View, limits: MediaLimits
    ) -> None:
        self._media, self._limits = media, limits
        self._wanted, self._view = wanted, view
        self._rows_of: dict[int, list[int]] = {}
        for row, index in enumerate(wanted):
            self._rows_of.setdefault(index, []).append(row)
        self._data: NDArray[np.uint8] | None = None
        self._converter: RgbConverter | None = None
        self._given: set[int] = set()

    @property
    def targets(self) -> list[int]:
        """The frames that have no picture yet, each once, increasing."""
        return sorted(self._rows_of.keys() - self._given)

    @property
    def is_allocated(self) -> bool:
        """Whether the size of the video's pictures is known."""
        return self._data is not None

    def forget(self) -> None:
        """Take back all pictures."""
        self._given.clear()

    def allocate(self, height: int, width: int) -> None:
        """Make room, once it is known which size the video's pictures have as displayed.

        Raises:
            LimitError: The result would take more memory than the limits allow.
            UsageError: The view does not fit that size.
        """
        shape = (len(self._wanted), *self._view.shape(height, width), 3)
        n_bytes = int(np.prod(shape, dtype=object))
        if n_bytes > self._limits.max_result_bytes:
            raise LimitError(
                f"{shape[0]} frames of {shape[2]}x{shape[1]} from {str(self._media.path)!r} take "
                f"{n_bytes} bytes, more than the limit of {self._limits.max_result_bytes} "
                "(max_result_bytes); ask for fewer or smaller ones, or use stream()"
            )
        self._data = np.empty(shape, dtype=np.uint8)
        self._converter = RgbConverter(height, width)

    def take(self, index: int, picture: VideoFrame) -> None:
        """Write a picture into every row that wants it."""
        assert self._data is not None
        assert self._converter is not None
        written: dict[Crop | None, int] = {}
        with translated(self._media.path, "converted to RGB"):
            for row in self._rows_of[index]:
                crop = self._view.crops[row]
                if crop in written:
                    self._data[row] = self._data[written[crop]]
                else:
                    self._converter.write(picture, self._data[row], crop=crop)
                    written[crop] = row
        self._given.add(index)

    def frames(self, seconds: NDArray[np.float64], *, lost: dict[int, str]) -> Frames:
        """Return what was given.

        Args:
            seconds: float64 [N], when each of the frames wanted is shown.
            lost: Why the others are missing.
        """
        assert self._data is not None
        rows = [row for row, index in enumerate(self._wanted) if index in self._given]
        all_given = len(rows) == len(self._wanted)
        return Frames(
            data=self._data if all_given else self._data[rows],
            pts_seconds=seconds[rows],
            indices=np.array([self._wanted[row] for row in rows], dtype=np.int64),
            missing=tuple(MissingFrame(index, lost[index]) for index in self.targets),
        )
