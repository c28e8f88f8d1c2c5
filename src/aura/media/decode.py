"""Frames of a video file: exact, on demand or one after another."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from aura.errors import LimitError, MediaError, UsageError
from aura.media.container import OpenMedia, open_media, translated, video_stream
from aura.media.convert import RgbConverter, target_size
from aura.media.frames import Frame, Frames, MissingFrame
from aura.media.limits import MediaLimits
from aura.media.probe import (
    VideoInfo,
    check_claims,
    codec_name,
    describe,
    frames_per_second,
    scan_packets,
    start_s,
    ticks,
)
from aura.media.seeking import Doubt, fetch
from aura.media.sequential import MAX_LOOK_AHEAD, Damage, decode_all, set_threads
from aura.media.timeline import Timeline, doubt_about, from_decoding, from_packets

_NO_PICTURE = "the decoder gave no picture for it"


@contextmanager
def open_video(
    path: str | Path, *, limits: MediaLimits | None = None, n_threads: int = 1
) -> Iterator["Video"]:
    """Open a local video file for decoding.

    Args:
        path: The file; see `probe`.
        limits: What it may claim of this machine.
        n_threads: Threads that decode. The frames are the same whatever their number.

    Raises:
        MediaError: The file cannot be read as a video.
        LimitError: It exceeds ``limits``.
        UsageError: ``n_threads`` is below 1.
    """
    if n_threads < 1:
        raise UsageError(f"n_threads is a count of at least 1, not {n_threads!r}")
    limits = limits or MediaLimits()
    with open_media(Path(path), limits=limits) as media:
        video = Video(media, limits=limits, n_threads=n_threads)
        yield video


class Video:
    """An open video; made by `open_video`.

    Frames are counted as a decoding from start to end displays them, from 0. What that decoding
    gives is what every method gives, bit for bit. In formats whose packets tell the frames and
    codecs whose key frames are certain, `frames_at` decodes only what its targets need; in all
    others, and wherever a packet or picture is not what the index says, it decodes from the
    start. A damaged frame is reported, never replaced by another one.

    Attributes:
        info: What the file is.
        damage: The frames known to be damaged or absent; complete once `stream` has ended.
    """

    def __init__(self, media: OpenMedia, *, limits: MediaLimits, n_threads: int) -> None:
        self._media = media
        self._limits = limits
        self._n_threads = n_threads
        self._stream = video_stream(media)
        set_threads(self._stream, n_threads)
        check_claims(media, self._stream, limits=limits)
        with translated(media.path, "read"):
            scan = scan_packets(media, self._stream, limits=limits)
        self.info: VideoInfo = describe(media, self._stream, scan=scan, limits=limits)
        doubt = doubt_about(scan, demuxer=media.demuxer, codec=codec_name(self._stream))
        self._timeline: Timeline | None = None
        if doubt is None:
            self._timeline = from_packets(
                scan, time_base=ticks(self._stream), start_s=start_s(media)
            )
        self._lost: dict[int, str] = dict(self._timeline.broken) if self._timeline else {}

    def __repr__(self) -> str:
        info = self.info
        return f"Video({str(info.path)!r}, {info.codec}, {info.width}x{info.height})"

    @property
    def n_frames(self) -> int:
        """How many frames are displayed, damaged ones included; exact for every format."""
        return self._known().n_frames

    @property
    def damage(self) -> tuple[MissingFrame, ...]:
        """The frames known so far to be damaged or absent, in order."""
        return tuple(MissingFrame(index, self._lost[index]) for index in sorted(self._lost))

    def frames_at(
        self,
        indices: Sequence[int] | NDArray[np.integer] | None = None,
        *,
        seconds: Sequence[float] | NDArray[np.floating] | None = None,
        size: tuple[int, int] | None = None,
        max_side: int | None = None,
    ) -> Frames:
        """Return the frames at the given places, in the order given; repeats are allowed.

        Args:
            indices: Places among the displayed frames, from 0.
            seconds: Times from the start of the presentation; each gives the frame then shown,
                a time before the first frame gives the first.
            size: Height and width to scale to while converting.
            max_side: Longest side to scale down to, keeping the shape.

        Raises:
            MediaError: A place or time lies outside the video.
            LimitError: The result would take more memory than the limits allow.
            UsageError: Not exactly one of ``indices`` and ``seconds`` is given, or both ``size``
                and ``max_side`` are.
        """
        wanted = self._places(indices, seconds)
        height, width = self._target(size, max_side)
        n_bytes = len(wanted) * height * width * 3
        if n_bytes > self._limits.max_result_bytes:
            raise LimitError(
                f"{len(wanted)} frames of {width}x{height} from {str(self.info.path)!r} take "
                f"{n_bytes} bytes, more than the limit of {self._limits.max_result_bytes} "
                "(max_result_bytes); ask for fewer or smaller ones, or use stream()"
            )
        pictures = self._pictures(sorted(set(wanted)), RgbConverter(height, width))
        given = [index for index in wanted if index in pictures]
        data = np.empty((len(given), height, width, 3), dtype=np.uint8)
        for row, index in enumerate(given):
            data[row] = pictures[index]
        missing = sorted(set(wanted) - pictures.keys())
        return Frames(
            data=data,
            pts_seconds=self._known().seconds[given].astype(np.float64),
            indices=np.array(given, dtype=np.int64),
            missing=tuple(MissingFrame(index, self._lost[index]) for index in missing),
        )

    def stream(
        self, *, size: tuple[int, int] | None = None, max_side: int | None = None
    ) -> Iterator[Frame]:
        """Yield all frames in order, holding one at a time in memory.

        Frames that cannot be decoded are left out and listed in `damage`.

        Raises:
            MediaError: The file cannot be read any more.
            UsageError: Both ``size`` and ``max_side`` are given.
        """
        converter = RgbConverter(*self._target(size, max_side))
        timeline = self._known()
        for index, picture in self._decoded():
            with translated(self.info.path, "converted to RGB"):
                data = np.ascontiguousarray(converter.convert(picture))
            yield Frame(index, float(timeline.seconds[index]), data)

    def _target(self, size: tuple[int, int] | None, max_side: int | None) -> tuple[int, int]:
        return target_size(self.info.height, self.info.width, size=size, max_side=max_side)

    def _known(self) -> Timeline:
        """Return the timeline, decoding the whole stream once where packets do not tell it."""
        if self._timeline is None:
            self._timeline = self._counted()
        return self._timeline

    def _counted(self) -> Timeline:
        """Return the timeline that a decoding of the whole stream gives."""
        stamps: list[int | None] = []
        self._lost = {}
        for step in self._steps():
            if isinstance(step, Damage):
                self._lost[len(stamps)] = step.reason
                stamps.append(None)
            else:
                stamps.append(step.pts)
        return from_decoding(
            stamps,
            time_base=ticks(self._stream),
            # Stamps of AVI are made up on reading and begin wherever the decoder's delay puts them.
            start_s=None if self._media.demuxer == "avi" else start_s(self._media),
            fps=frames_per_second(self._stream),
        )

    def _steps(self) -> Iterator[VideoFrame | Damage]:
        return decode_all(
            self.info.path,
            limits=self._limits,
            n_threads=self._n_threads,
            look_ahead=self._timeline.look_ahead if self._timeline else MAX_LOOK_AHEAD,
        )

    def _places(
        self,
        indices: Sequence[int] | NDArray[np.integer] | None,
        seconds: Sequence[float] | NDArray[np.floating] | None,
    ) -> list[int]:
        """Return the wanted places as indices that exist."""
        name, n_frames = repr(str(self.info.path)), self.n_frames
        if indices is not None and seconds is None:
            wanted = [int(index) for index in indices]
            for index in wanted:
                if not 0 <= index < n_frames:
                    raise MediaError(
                        f"{name} has {n_frames} frames, numbered 0 to {n_frames - 1}; "
                        f"there is no frame {index}"
                    )
            return wanted
        if seconds is None or indices is not None:
            raise UsageError("give frames_at either indices or seconds, and not both")
        shown_at = self._known().seconds
        end_s = float(shown_at[-1]) + 1 / self.info.fps if n_frames else 0.0
        end_s = max(self.info.duration_s, end_s)
        for time_s in seconds:
            if not 0 <= time_s <= end_s:
                raise MediaError(f"{name} lasts {end_s:.3f} s; no frame is shown at {time_s} s")
        places = np.searchsorted(shown_at, np.asarray(seconds, dtype=np.float64), side="right") - 1
        return [max(0, int(place)) for place in places]

    def _pictures(
        self, targets: Sequence[int], converter: RgbConverter
    ) -> dict[int, NDArray[np.uint8]]:
        """Return the pictures of those targets that can be decoded; note the others as lost."""
        timeline = self._known()
        possible = [target for target in targets if target not in self._lost]
        if timeline.from_packets and len(timeline.entries):
            try:
                found = fetch(
                    self._media,
                    self._stream,
                    timeline=timeline,
                    codec=self.info.codec,
                    targets=possible,
                )
                with translated(self.info.path, "converted to RGB"):
                    return {index: converter.convert(picture) for index, picture in found}
            except Doubt:
                # Not silent: whatever is wrong shows in the decoding from the start, as damage.
                pass
        pending, pictures = set(possible), {}
        for index, picture in self._decoded():
            if index in pending:
                pending.remove(index)
                with translated(self.info.path, "converted to RGB"):
                    pictures[index] = converter.convert(picture)
            if not pending:
                break
        return pictures

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield all sound pictures with their indices; note the others as lost at the end."""
        timeline = self._known()
        given = np.zeros(timeline.n_frames, dtype=bool)
        first_damage = ""
        for place, step in enumerate(self._steps()):
            if isinstance(step, Damage):
                first_damage = first_damage or step.reason
                continue
            index = timeline.index_of(step.pts) if timeline.from_packets else place
            if index is None or index >= len(given):
                raise MediaError(
                    f"{str(self.info.path)!r}: decoding gives a frame stamped {step.pts} that "
                    "none of its packets announces; convert the file before using it"
                )
            if step.is_corrupt:
                self._lost[index] = "the decoder calls its picture corrupt"
            if index not in self._lost:
                given[index] = True
                yield index, step
        why = f"{_NO_PICTURE} ({first_damage})" if first_damage else _NO_PICTURE
        for index in np.flatnonzero(~given).tolist():
            self._lost.setdefault(index, why)
