"""Frames through torchcodec, and with it NVDEC, behind the handle that `open_video` gives."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from aura.errors import MediaError, MissingExtraError, UsageError
from aura.media.container import OpenMedia
from aura.media.decode import Video
from aura.media.gather import Rows
from aura.media.limits import MediaLimits
from aura.media.timeline import Timeline

_FRAMES_PER_CALL = 16
_LARGEST_TIME_DIFFERENCE_S = 2e-3
_USE_FFMPEG = 'use backend="ffmpeg", which needs nothing of this'


class TorchcodecVideo(Video):
    """An open video whose pictures torchcodec decodes, on the CPU or a GPU.

    Which frames there are and when each is shown is what AURA finds, not what torchcodec does;
    where the two differ, nothing is returned. On the CPU, frames at their own size are those of
    the default backend, bit for bit; scaled ones are scaled from RGB and differ by a few grey
    levels, and so do all that a GPU converts. torchcodec patches damaged pictures without saying
    so, hence only videos without known damage are read.

    Raises:
        MissingExtraError: torchcodec is not installed.
        MediaError: It cannot read the file, or finds other frames in it.
        UsageError: It cannot use ``device``.
    """

    def __init__(
        self, media: OpenMedia, *, limits: MediaLimits, n_threads: int, device: str
    ) -> None:
        super().__init__(media, limits=limits, n_threads=n_threads)
        timeline = self._timeline
        if timeline is None or not timeline.from_packets or timeline.landmarks is not None:
            raise MediaError(
                f"{self._name}: only decoding tells which frames a {media.demuxer} file of "
                f"{self.info.codec} has, which torchcodec is not asked to do; {_USE_FFMPEG}"
            )
        if self._lost:
            raise MediaError(
                f"{self._name} has {len(self._lost)} damaged or absent frames, which torchcodec "
                f"would patch without saying so; {_USE_FFMPEG}"
            )
        media.stream.seek(0)
        self._device = device
        self._decoder = self._opened(n_threads=n_threads)
        n_found = self._decoder.metadata.num_frames
        if n_found != timeline.n_frames:
            raise MediaError(
                f"{self._name}: torchcodec finds {n_found} frames, the file's packets tell of "
                f"{timeline.n_frames}; {_USE_FFMPEG}"
            )

    @property
    def _name(self) -> str:
        return repr(str(self._media.path))

    def _opened(self, *, n_threads: int) -> Any:
        decoder_class = _decoder_class()
        try:
            return decoder_class(
                self._media.stream,
                stream_index=self._stream.index,
                dimension_order="NHWC",
                num_ffmpeg_threads=n_threads,
                device=self._device,
                seek_mode="exact",
            )
        except (RuntimeError, ValueError) as error:
            if self._device == "cpu":
                raise self._unreadable(error) from error
            raise UsageError(
                f"torchcodec cannot decode {self._name} on device {self._device!r} here: "
                f'{_first_line(error)}; use device="cpu"'
            ) from error

    def _fill(self, rows: Rows) -> None:
        targets = rows.targets
        for start in range(0, len(targets), _FRAMES_PER_CALL):
            for index, picture in self._decoded_at(targets[start : start + _FRAMES_PER_CALL]):
                self._take(rows, index, picture)

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        n_frames = self.n_frames
        for start in range(0, n_frames, _FRAMES_PER_CALL):
            yield from self._decoded_at(range(start, min(start + _FRAMES_PER_CALL, n_frames)))

    def _decoded_at(self, indices: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
        """Yield pictures, converted to RGB and upright.

        Raises:
            MediaError: torchcodec fails, or gives frames of other times.
        """
        try:
            batch = self._decoder.get_frames_at(list(indices))
        except (RuntimeError, ValueError, IndexError) as error:
            raise self._unreadable(error) from error
        timeline = self._known()
        self._check_times(timeline, indices, given=batch.pts_seconds.cpu().numpy())
        pixels: NDArray[np.uint8] = batch.data.cpu().numpy()
        for index, picture in zip(indices, pixels, strict=True):
            yield index, VideoFrame.from_numpy_buffer(picture, format="rgb24")

    def _check_times(
        self, timeline: Timeline, indices: Sequence[int], *, given: NDArray[np.floating]
    ) -> None:
        promised = timeline.pts[list(indices)] * timeline.tick_s
        for index, one, other in zip(indices, given, promised, strict=True):
            if abs(one - other) > _LARGEST_TIME_DIFFERENCE_S:
                raise MediaError(
                    f"{self._name}: torchcodec gives a frame of {one:.4f} s for frame {index}, "
                    f"which is stamped {other:.4f} s; {_USE_FFMPEG}"
                )

    def _unreadable(self, error: Exception) -> MediaError:
        return MediaError(
            f"{self._name} cannot be read by torchcodec: {_first_line(error)}; {_USE_FFMPEG}"
        )


def _decoder_class() -> Any:
    try:
        from torchcodec.decoders import (
            VideoDecoder,  # pyright: ignore[reportPrivateImportUsage, reportMissingImports]
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "torchcodec", extra="torchcodec", needed_for='open_video(backend="torchcodec")'
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise UsageError(
            "torchcodec is installed but does not load, which mostly means that it finds no FFmpeg "
            f"libraries: {_first_line(error)}; {_USE_FFMPEG}"
        ) from error
    return VideoDecoder


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
