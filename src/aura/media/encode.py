"""Writing videos: whole or not at all, and the same bytes for the same frames."""

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from aura.atomic import atomic_path
from aura.errors import MediaError
from aura.media.audio import Audio
from aura.media.container import translated
from aura.media.soundtrack import Soundtrack, copied_sound, encoded_sound

_FINE_TICKS = 90_000
_X265_DELAY = 2
"""Pictures x265 holds back to reorder."""
_ONE_THREAD = {
    "libx264": {"threads": "1"},
    "libx264rgb": {"threads": "1"},
    "libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libsvtav1": {"svtav1-params": "lp=1"},
}
_DEFAULT_PIXEL_FORMAT = {
    "libx264rgb": "rgb24",
    "gif": "rgb8",
    "mjpeg": "yuvj420p",
    "prores_ks": "yuv422p10le",
    "ffv1": "bgr0",
    "qtrle": "rgb24",
    "png": "rgb24",
}


class EncodeConfig(BaseModel, extra="forbid", frozen=True):
    """How a video is compressed."""

    codec: str = Field(default="libx264", description="Name of an FFmpeg video encoder.")
    crf: float | None = Field(
        default=None, ge=0, le=63, description="Constant quality; lower is better."
    )
    bit_rate_bps: int | None = Field(default=None, ge=1000, description="Target bit rate.")
    preset: str | None = Field(default=None, description="Speed preset, where the codec has one.")
    pixel_format: str | None = Field(
        default=None,
        description="Pixel format to encode in; by default the usual one of the codec, "
        "with full colour resolution (yuv444p) where a side is odd.",
    )
    gop: int | None = Field(default=None, ge=1, description="Frames from key frame to key frame.")
    b_frames: int | None = Field(default=None, ge=0, le=16, description="B-frames in a row.")
    open_gop: bool = Field(
        default=False, description="Let pictures refer across key frames (libx264, libx265)."
    )
    lossless: bool = Field(
        default=False, description="Keep every RGB value: libx264rgb at quantiser 0."
    )
    options: dict[str, str] = Field(
        default_factory=dict, description="Further private options of the encoder."
    )

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        lossy = self.crf is not None or self.bit_rate_bps is not None or self.pixel_format
        if self.lossless and (lossy or self.codec not in ("libx264", "libx264rgb")):
            raise ValueError(
                "lossless means libx264rgb at quantiser 0: give no codec, crf, bit_rate_bps or "
                "pixel_format with it"
            )
        if self.crf is not None and self.bit_rate_bps is not None:
            raise ValueError("give crf or bit_rate_bps, not both")
        return self

    @property
    def encoder(self) -> str:
        """The FFmpeg encoder in use."""
        return "libx264rgb" if self.lossless else self.codec

    def pixel_format_for(self, *, width: int, height: int) -> str:
        """Return the pixel format for frames of a size; odd sides keep their exact size."""
        if self.pixel_format is not None:
            return self.pixel_format
        usual = _DEFAULT_PIXEL_FORMAT.get(self.encoder, "yuv420p")
        odd = width % 2 or height % 2
        return {"yuv420p": "yuv444p", "yuvj420p": "yuvj444p"}.get(usual, usual) if odd else usual

    def encoder_options(self) -> dict[str, str]:
        """Return the encoder's private options."""
        chosen = dict(_ONE_THREAD.get(self.encoder, {}))
        if self.lossless:
            chosen["qp"] = "0"
        if self.crf is not None:
            chosen["crf"] = f"{self.crf:g}"
        if self.preset is not None:
            chosen["preset"] = self.preset
        if self.encoder == "libx264":
            # The macroblock tree reads memory x264 has not set: with it, one encode in ten of
            # equal frames differs (seen under MALLOC_PERTURB_ with every preset and rate control).
            chosen["x264-params"] = f"open-gop={int(self.open_gop)}:mbtree=0"
        if self.encoder == "libx265":
            chosen["x265-params"] += f":open-gop={int(self.open_gop)}"
        return chosen | self.options


class VideoWriter:
    """Writes frames to a video file that appears, whole, when the ``with`` block ends well.

    The container follows from the suffix. Encoding uses one thread and no clock, so equal frames
    and settings give equal bytes. Odd sizes are kept exactly: in full colour resolution
    (yuv444p) unless a pixel format is given. RGB becomes YUV by BT.601 in limited range, which is
    how `aura.media` and FFmpeg read files that declare nothing.

    Args:
        path: The file to write.
        width: Pixels across of every frame.
        height: Pixels down of every frame.
        fps: Frames a second; nominal where ``write`` gives times.
        config: How to compress.
        audio: Sound to encode beside the frames.
        audio_from: A media file whose sound is kept: copied as it is where the container can
            hold it, else encoded anew. A file without sound adds none.

    Raises:
        MediaError: The format, codec and size do not go together, or writing fails.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        width: int,
        height: int,
        fps: float | Fraction,
        config: EncodeConfig | None = None,
        audio: Audio | None = None,
        audio_from: str | Path | None = None,
    ) -> None:
        self.path = Path(path)
        if width < 1 or height < 1:
            raise MediaError(f"{self._name}: frames of {width}x{height} pixels cannot be written")
        if not (math.isfinite(fps) and fps > 0):
            raise MediaError(f"{self._name}: fps is a positive number, not {fps!r}")
        if audio is not None and audio_from is not None:
            raise MediaError(f"{self._name}: give audio or audio_from, not both")
        self.width, self.height = width, height
        self.fps = Fraction(fps).limit_denominator(60_000)
        self.config = config or EncodeConfig()
        self._audio, self._audio_from = audio, audio_from
        self._stack = ExitStack()
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._sound: Soundtrack | None = None
        self._n_frames = 0
        self._timed = False
        self._last_tick = -1

    def __enter__(self) -> Self:
        with self._stack:
            partial = self._stack.enter_context(atomic_path(self.path))
            with translated(self.path, "written"):
                self._container = self._stack.enter_context(_create(partial))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        failure: BaseException | None = error
        try:
            if error is None:
                self._finish()
        except BaseException as late:
            failure = late
            raise
        finally:
            self._stack.__exit__(type(failure) if failure else None, failure, trace)

    def write(self, frame: NDArray[np.uint8], pts_s: float | None = None) -> None:
        """Add one frame.

        Args:
            frame: uint8 [H, W, 3], RGB.
            pts_s: When it is shown, in seconds; increasing. Given for every frame (the file then
                has a variable frame rate) or for none.

        Raises:
            MediaError: The frame has another shape or type, its time does not increase, or
                encoding fails.
        """
        self._check(frame, pts_s)
        with translated(self.path, "written"):
            if self._stream is None:
                self._start(timed=pts_s is not None)
            assert self._stream is not None
            assert self._container is not None
            tick = self._n_frames if pts_s is None else round(pts_s * _FINE_TICKS)
            if tick <= self._last_tick:
                raise MediaError(
                    f"{self._name}: frame {self._n_frames} at {pts_s} s is not later than the one "
                    "before; times of frames increase"
                )
            picture = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            picture = picture.reformat(format=self._stream.pix_fmt, threads=1)
            time_base = Fraction(1, _FINE_TICKS) if self._timed else 1 / self.fps
            picture.pts, picture.time_base = tick, time_base
            self._container.mux(self._stream.encode(picture))
            self._last_tick = tick
            self._n_frames += 1
            if self._sound is not None:
                self._sound.mux_until(float(tick * time_base))

    @property
    def _name(self) -> str:
        return repr(str(self.path))

    def _check(self, frame: NDArray[np.uint8], pts_s: float | None) -> None:
        if self._container is None:
            raise MediaError(f"{self._name}: write frames inside the writer's `with` block")
        if frame.dtype != np.uint8 or frame.shape != (self.height, self.width, 3):
            raise MediaError(
                f"{self._name} takes frames of uint8 [{self.height}, {self.width}, 3], not "
                f"{frame.dtype} {list(frame.shape)} (frame {self._n_frames})"
            )
        if self._n_frames and self._timed != (pts_s is not None):
            raise MediaError(f"{self._name}: give pts_s for every frame or for none")
        if pts_s is not None and not (math.isfinite(pts_s) and pts_s >= 0):
            raise MediaError(f"{self._name}: pts_s is a time from 0 s on, not {pts_s!r}")

    def _start(self, *, timed: bool) -> None:
        """Open the encoder, now that it is known whether frames carry times."""
        assert self._container is not None
        config, self._timed = self.config, timed
        try:
            stream = self._container.add_stream(
                config.encoder, rate=self.fps, options=config.encoder_options()
            )
        except (ValueError, LookupError) as error:
            raise MediaError(
                f"{self._name} cannot be written with {config.encoder}: {error}"
            ) from error
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = self.width, self.height
        stream.pix_fmt = config.pixel_format_for(width=self.width, height=self.height)
        context = stream.codec_context
        context.thread_count = 1
        context.flags |= Flags.bitexact
        if timed:
            context.time_base = Fraction(1, _FINE_TICKS)
        if config.bit_rate_bps is not None:
            context.bit_rate = config.bit_rate_bps
        if config.gop is not None:
            context.gop_size = config.gop
        if config.b_frames is not None:
            context.max_b_frames = config.b_frames
        if self._audio is not None:
            self._sound = encoded_sound(self._container, self._audio, path=self.path)
        elif self._audio_from is not None:
            self._sound = copied_sound(self._container, Path(self._audio_from), path=self.path)
        if self._sound is not None:
            self._stack.callback(self._sound.close)
        self._stream = stream

    def _finish(self) -> None:
        if self._stream is None or self._container is None:
            raise MediaError(f"{self._name} was given no frame; a video has at least one")
        with translated(self.path, "written"):
            packets = self._stream.encode(None)
            if self.config.encoder == "libx265" and self._n_frames <= _X265_DELAY:
                # x265 leaves the stamps of decoding unset in a video no longer than its delay.
                for packet in packets:
                    packet.dts = packet.pts
            self._container.mux(packets)
            if self._sound is not None:
                self._sound.mux_until(math.inf)


def encode_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    fps: float | Fraction,
    times_s: Iterable[float] | None = None,
    config: EncodeConfig | None = None,
    audio: Audio | None = None,
    audio_from: str | Path | None = None,
) -> int:
    """Write frames to a video file and return how many they were.

    Args:
        path: The file to write; see `VideoWriter`.
        frames: uint8 [H, W, 3] each, RGB, all of one size; taken one at a time.
        fps: Frames a second.
        times_s: When each frame is shown, for a variable frame rate.
        config: How to compress.
        audio: Sound to encode beside the frames.
        audio_from: A media file whose sound is kept.

    Raises:
        MediaError: There is no frame, frames and times differ in number, or writing fails.
    """
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise MediaError(f"{str(path)!r} was given no frame; a video has at least one")
    if first.ndim != 3:
        raise MediaError(f"frames are uint8 [H, W, 3], not {first.dtype} {list(first.shape)}")
    height, width = first.shape[:2]
    times = None if times_s is None else iter(times_s)
    with VideoWriter(
        path,
        width=width,
        height=height,
        fps=fps,
        config=config,
        audio=audio,
        audio_from=audio_from,
    ) as writer:
        n_frames = 0
        for frame in _with_first(first, remaining):
            time_s = None if times is None else next(times, None)
            if times is not None and time_s is None:
                raise MediaError(f"{str(path)!r}: there are more frames than times_s")
            writer.write(frame, time_s)
            n_frames += 1
    return n_frames


def _with_first(
    first: NDArray[np.uint8], rest: Iterator[NDArray[np.uint8]]
) -> Iterator[NDArray[np.uint8]]:
    yield first
    yield from rest


def _create(path: Path) -> OutputContainer:
    """Open a container for writing, without anything that differs from run to run."""
    options = {"fflags": "+bitexact"}
    if path.suffix.lower() in (".mp4", ".m4v", ".mov"):
        options["movflags"] = "+faststart"
    try:
        # The prefix keeps colons, dashes and percent signs in the name from meaning anything.
        return av.open(f"file:{path.absolute()}", mode="w", options=options)
    except ValueError as error:
        raise MediaError(
            f"{str(path)!r}: no video container goes by the suffix {path.suffix!r}; "
            "use .mp4, .mkv, .webm, .avi, .mov, .flv or .gif"
        ) from error
