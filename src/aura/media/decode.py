"""Frames of an open video: exact, on demand or one after another."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from aura.errors import MediaError, UsageError
from aura.media.container import OpenMedia, translated, video_stream
from aura.media.convert import RgbConverter
from aura.media.crop import CropLike
from aura.media.frames import Frame, Frames, MissingFrame
from aura.media.gather import Rows, View
from aura.media.headers import (
    check_claims,
    codec_name,
    duration_s,
    frames_per_second,
    start_s,
    ticks,
)
from aura.media.limits import Deadline, MediaLimits
from aura.media.packets import Doubt, PacketSource
from aura.media.picture import PictureFacts, facts_by_decoding, facts_from_headers
from aura.media.probe import VideoInfo, count_frames, describe, probe
from aura.media.scan import scan_packets
from aura.media.seeking import fetch
from aura.media.sequential import MAX_LOOK_AHEAD, Damage, decode_all, prepare_decoder
from aura.media.timeline import Timeline, doubt_about, from_decoding, from_packets

Mode = Literal["exact", "keyframes"]
_NO_PICTURE = "the decoder gave no picture for it"
_OUT_OF_ORDER = "the decoder gave its picture after that of a later frame"


class Video:
    """An open video; made by `open_video`.

    Frames are counted as a decoding from start to end displays them, from 0. What that decoding
    gives is what every method gives, bit for bit. In formats whose packets tell the frames and
    codecs whose key frames are certain, `frames_at` decodes only what its targets need; in all
    others, and wherever a packet or picture is not what the timeline says, it decodes from the
    start. A damaged frame is reported, never replaced by another one.

    Opening reads all packets once and decodes none. Of a short video they stay in memory (up to
    8 MiB); of a longer one, only about 20 bytes a frame do.
    """

    def __init__(self, media: OpenMedia, *, limits: MediaLimits, n_threads: int) -> None:
        self._media = media
        self._limits = limits
        self._n_threads = n_threads
        self._stream = stream = video_stream(media)
        self._header_size = stream.codec_context.height, stream.codec_context.width
        check_claims(media, stream, limits=limits)
        prepare_decoder(stream, n_threads=n_threads, limits=limits)
        self._facts: PictureFacts | None = facts_from_headers(media, stream)
        with translated(media.path, "read"):
            scan = scan_packets(media, stream, limits=limits, deadline=self._deadline())
        self._n_announced = count_frames(media, scan, limits=limits)
        self._end_error = scan.end_error
        self._kept = scan.kept if scan.kept_all else None
        self._timeline: Timeline | None = None
        if doubt_about(scan, demuxer=media.demuxer, codec=codec_name(stream)) is None:
            self._timeline = from_packets(
                scan,
                demuxer=media.demuxer,
                time_base=ticks(stream),
                start_s=start_s(media),
                fps=frames_per_second(stream),
            )
        self._lost: dict[int, str] = dict(self._timeline.broken) if self._timeline else {}
        if not scan.stamps:
            self._described()

    def __repr__(self) -> str:
        info = self.info
        return f"Video({str(info.path)!r}, {info.codec}, {info.width}x{info.height})"

    @cached_property
    def info(self) -> VideoInfo:
        """What the file is, as `probe` says.

        Raises:
            MediaError: Not one picture of it can be decoded.
        """
        return self._described()

    @property
    def n_frames(self) -> int:
        """How many frames are displayed, damaged ones included; exact for every format."""
        return self._known().n_frames

    @property
    def pts_seconds(self) -> NDArray[np.float64]:
        """When each displayed frame is shown, float64 [N], increasing; nothing need be decoded.

        In seconds from the start of the presentation, as in `Frames.pts_seconds`.
        """
        return self._known().seconds_of(slice(None))

    @property
    def damage(self) -> tuple[MissingFrame, ...]:
        """The frames known to be damaged or absent, in order; complete once `stream` has ended."""
        return tuple(MissingFrame(index, self._lost[index]) for index in sorted(self._lost))

    def frames_at(
        self,
        indices: Sequence[int] | NDArray[np.integer] | None = None,
        *,
        seconds: Sequence[float] | NDArray[np.floating] | None = None,
        size: tuple[int, int] | None = None,
        max_side: int | None = None,
        crop: CropLike | Sequence[CropLike] | None = None,
        mode: Mode = "exact",
    ) -> Frames:
        """Return the frames at the given places, in the order given; repeats are allowed.

        Args:
            indices: Places among the displayed frames, from 0.
            seconds: Times from the start of the presentation; each gives the frame then shown,
                a time before the first frame gives the first.
            size: Height and width to scale to while converting.
            max_side: Longest side to scale down to, keeping the shape.
            crop: Top, left, height and width of the part wanted, in pixels as displayed, before
                any scaling: one for all, or one for each place.
            mode: With "keyframes", the key frame nearest in time stands in for each frame, for a
                fast look; `Frames.indices` says which were given. Where key frames are not
                certain, the frames are exact all the same.

        Raises:
            MediaError: A place or time lies outside the video.
            LimitError: The result would take more memory than the limits allow, or the time is
                over.
            UsageError: Not exactly one of ``indices`` and ``seconds`` is given, both ``size`` and
                ``max_side`` are, or ``crop`` reaches beyond the picture.
        """
        if mode not in ("exact", "keyframes"):
            raise UsageError(f'mode is "exact" or "keyframes", not {mode!r}')
        if (indices is None) == (seconds is None):
            raise UsageError("give frames_at either indices or seconds, and not both")
        if seconds is not None:
            wanted = self._shown_at(seconds)
        else:
            assert indices is not None
            wanted = [int(index) for index in indices]
        if mode == "keyframes":
            self._check_places(wanted)
            wanted = self._known().nearest_entries(wanted)
        view = View(n_rows=len(wanted), size=size, max_side=max_side, crop=crop)
        rows = Rows(self._media, wanted, view=view, limits=self._limits)
        if self._timeline is None:
            self._timeline = self._counted(rows)
        self._check_places(wanted)
        self._fill(rows)
        if not rows.is_allocated:
            rows.allocate(self.info.height, self.info.width)
        return rows.frames(self._known().seconds_of(wanted), lost=self._lost)

    def stream(
        self,
        *,
        size: tuple[int, int] | None = None,
        max_side: int | None = None,
        crop: CropLike | None = None,
    ) -> Iterator[Frame]:
        """Yield all frames in order, holding one at a time in memory.

        Frames that cannot be decoded are left out and listed in `damage`.

        Args:
            size: See `frames_at`, also for the others.
            max_side: Longest side to scale down to.
            crop: The part wanted.

        Raises:
            MediaError: The file cannot be read any more.
            UsageError: Both ``size`` and ``max_side`` are given, or ``crop`` reaches beyond the
                picture.
        """
        view = View(n_rows=1, size=size, max_side=max_side, crop=crop)
        seconds = self.pts_seconds
        converter, shape = None, (0, 0)
        for index, picture in self._decoded():
            if converter is None:
                displayed = self._displayed(picture)
                converter, shape = RgbConverter(*displayed), view.shape(*displayed)
            with translated(self._media.path, "converted to RGB"):
                data = converter.convert(picture, shape=shape, crop=view.crops[0])
            yield Frame(index, float(seconds[index]), data)

    def _described(self) -> VideoInfo:
        if self._facts is None and self._media.demuxer == "mov":
            # Opened without FFmpeg's look at the first pictures, which tells best what they are.
            return probe(self._media.path, limits=self._limits)
        if self._facts is None:
            with translated(self._media.path, "read"):
                self._facts = facts_by_decoding(
                    self._media,
                    self._stream,
                    head=self._kept or (),
                    limits=self._limits,
                    deadline=self._deadline(),
                )
        return describe(
            self._media,
            self._stream,
            n_frames=self._n_announced,
            facts=self._facts,
            limits=self._limits,
            end_error=self._end_error,
        )

    def _displayed(self, picture: VideoFrame) -> tuple[int, int]:
        """Return height and width of all pictures as displayed, from one that was decoded."""
        if self._facts is not None:
            return self._facts.displayed
        facts = PictureFacts.of(picture)
        if (facts.height, facts.width) == self._header_size:
            return facts.displayed
        return self.info.height, self.info.width

    def _deadline(self) -> Deadline:
        """Return the time by which a call that begins now must have ended."""
        self._media.deadline.restart()
        return self._media.deadline

    def _known(self) -> Timeline:
        """Return the timeline, decoding the whole stream once where packets do not tell it."""
        if self._timeline is None:
            self._timeline = self._counted()
        return self._timeline

    def _counted(self, rows: Rows | None = None) -> Timeline:
        """Return the timeline that decoding the whole stream gives; fill rows on the way."""
        stamps: list[int | None] = []
        pending = set() if rows is None else set(rows.targets)
        self._lost = {}
        for place, step in enumerate(self._steps()):
            if isinstance(step, Damage):
                self._lost[place] = step.reason
                stamps.append(None)
                continue
            stamps.append(step.pts)
            if rows is not None and place in pending and not step.is_corrupt:
                self._take(rows, place, step)
        return from_decoding(
            stamps,
            time_base=ticks(self._stream),
            # Stamps of AVI are made up on reading and begin wherever the decoder's delay puts them.
            start_s=None if self._media.demuxer == "avi" else start_s(self._media),
            fps=frames_per_second(self._stream),
        )

    def _steps(self) -> Iterator[VideoFrame | Damage]:
        timeline = self._timeline
        return decode_all(
            self._media.path,
            limits=self._limits,
            n_threads=self._n_threads,
            deadline=self._deadline(),
            look_ahead=timeline.look_ahead if timeline else MAX_LOOK_AHEAD,
            stamps=timeline.packet_pts if timeline and timeline.landmarks is not None else None,
        )

    def _check_places(self, wanted: Sequence[int]) -> None:
        n_frames = self.n_frames
        for index in wanted:
            if not 0 <= index < n_frames:
                raise MediaError(
                    f"{str(self._media.path)!r} has {n_frames} frames, numbered 0 to "
                    f"{n_frames - 1}; there is no frame {index}"
                )

    def _shown_at(self, seconds: Sequence[float] | NDArray[np.floating]) -> list[int]:
        """Return the frames shown at given times."""
        shown_at = self.pts_seconds
        fps = frames_per_second(self._stream)
        end_s = float(shown_at[-1]) + 1 / fps if len(shown_at) else 0.0
        end_s = max(duration_s(self._media, self._stream, n_frames=self._n_announced), end_s)
        for time_s in seconds:
            if not 0 <= time_s <= end_s:
                raise MediaError(
                    f"{str(self._media.path)!r} lasts {end_s:.3f} s; no frame is shown at "
                    f"{time_s} s"
                )
        places = np.searchsorted(shown_at, np.asarray(seconds, dtype=np.float64), side="right") - 1
        return [max(0, int(place)) for place in places]

    def _fill(self, rows: Rows) -> None:
        """Write the pictures that can be decoded into their rows; note the others as lost."""
        timeline = self._known()
        pending = {target for target in rows.targets if target not in self._lost}
        if timeline.from_packets:
            try:
                self._fill_by_seeking(rows, sorted(pending), timeline=timeline)
            except Doubt:
                # Not silent: whatever is wrong shows in the decoding from the start, as damage.
                rows.forget()
            else:
                return
        if not pending:
            return
        for index, picture in self._decoded():
            if index in pending:
                pending.remove(index)
                self._take(rows, index, picture)
            if not pending:
                break

    def _fill_by_seeking(self, rows: Rows, targets: Sequence[int], *, timeline: Timeline) -> None:
        source = PacketSource(self._media, self._stream, timeline=timeline, kept=self._kept)
        found = fetch(
            source,
            self._stream.codec_context,
            timeline=timeline,
            codec=codec_name(self._stream),
            targets=targets,
            deadline=self._deadline(),
        )
        for index, picture in found:
            self._take(rows, index, picture)

    def _take(self, rows: Rows, index: int, picture: VideoFrame) -> None:
        if not rows.is_allocated:
            rows.allocate(*self._displayed(picture))
        rows.take(index, picture)

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield all sound pictures with their indices; note the others as lost at the end."""
        timeline = self._known()
        given = np.zeros(timeline.n_frames, dtype=bool)
        first_damage, last = "", -1
        for place, step in enumerate(self._steps()):
            if isinstance(step, Damage):
                first_damage = first_damage or step.reason
                continue
            index = timeline.index_of(step.pts, guess=place) if timeline.from_packets else place
            if index is None or index >= len(given):
                raise MediaError(
                    f"{str(self._media.path)!r}: decoding gives a frame stamped {step.pts} that "
                    "none of its packets announces; convert the file before using it"
                )
            if index <= last:
                if not given[index]:
                    self._lost.setdefault(index, _OUT_OF_ORDER)
                continue
            last = index
            if step.is_corrupt:
                self._lost[index] = "the decoder calls its picture corrupt"
            if index not in self._lost:
                given[index] = True
                yield index, step
        why = f"{_NO_PICTURE} ({first_damage})" if first_damage else _NO_PICTURE
        for index in np.flatnonzero(~given).tolist():
            self._lost.setdefault(index, why)
