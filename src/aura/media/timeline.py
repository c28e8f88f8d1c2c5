"""Which frames a video has, when each is shown and where in the file it comes from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from aura.media.completeness import is_fragmented
from aura.media.container import OpenMedia
from aura.media.entry_points import SEEKABLE, is_entry
from aura.media.sequential import MAX_LOOK_AHEAD

_TRUSTED_DEMUXERS = frozenset({"mov", "matroska", "flv", "gif"})
_ONE_PICTURE_A_PACKET = SEEKABLE | {"gif", "vp6f", "vp6a", "vp6", "flv1", "h263", "png", "qtrle"}


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The displayed frames of one video stream.

    Attributes:
        pts: int64 [N], presentation stamps in stream ticks, increasing.
        seconds: float64 [N], the same in seconds from the start of the file's presentation.
        packet_pts: int64 [P], the stamps of all packets in the order of the file; empty where
            the frames were found by decoding.
        packet_of: int64 [N], the packet each frame comes from.
        entries: int64 [E], the packets at which decoding may start, increasing.
        broken: Frames known to be damaged or absent, and why.
        from_packets: Whether stamps of packets tell the frames. Otherwise the frames are what a
            decoding of the whole stream gave, and only counting finds them again.
    """

    pts: NDArray[np.int64]
    seconds: NDArray[np.float64]
    packet_pts: NDArray[np.int64]
    packet_of: NDArray[np.int64]
    entries: NDArray[np.int64]
    broken: dict[int, str]
    from_packets: bool

    @property
    def look_ahead(self) -> int:
        """How many frames may be displayed before, and come in the file after, any frame."""
        if not self.from_packets:
            return MAX_LOOK_AHEAD
        ranks = np.argsort(np.argsort(self.packet_pts))
        return int(np.max(np.maximum.accumulate(ranks) - np.arange(len(ranks)), initial=0))

    @property
    def n_frames(self) -> int:
        """How many frames are displayed, damaged ones included."""
        return len(self.pts)

    def index_of(self, pts: int | None) -> int | None:
        """Return the index of the frame stamped ``pts``, or None where there is none."""
        if pts is None:
            return None
        index = int(np.searchsorted(self.pts, pts))
        return index if index < len(self.pts) and self.pts[index] == pts else None


@dataclass(slots=True)
class PacketScan:
    """What reading all packets of a stream told, in the order of the file."""

    pts: list[int | None] = field(default_factory=list)
    last_dts: int | None = None
    keys: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    corrupt: list[int] = field(default_factory=list)
    empty: int = 0
    n_expected: int | None = None
    first_frame: VideoFrame | None = None
    end_error: str | None = None

    @property
    def n_shown(self) -> int:
        """How many packets carry a frame that is displayed."""
        return sum(self.shown)

    def add(self, packet: Packet, *, codec: str, extradata: bytes | None) -> None:
        """Note one packet."""
        position = len(self.pts)
        self.pts.append(packet.pts)
        self.last_dts = packet.dts if packet.dts is not None else self.last_dts
        self.shown.append(not packet.is_discard)
        if packet.is_keyframe:
            self.keys.append(position)
            if is_entry(codec, bytes(packet), extradata=extradata):
                self.entries.append(position)
        if packet.is_corrupt:
            self.corrupt.append(position)


def doubt_about(scan: PacketScan, *, demuxer: str, codec: str) -> str | None:
    """Return why the packets cannot tell which frames decoding gives, or None if they can."""
    if demuxer not in _TRUSTED_DEMUXERS:
        return f"{demuxer} files do not state when each picture is shown"
    if codec not in _ONE_PICTURE_A_PACKET:
        return f"a packet of {codec} is not always one picture"
    if not scan.pts:
        return "there are no packets"
    if scan.empty:
        return "some packets are empty"
    if None in scan.pts or len(set(scan.pts)) < len(scan.pts):
        return "stamps are missing or repeated"
    stamps = [pts for pts in scan.pts if pts is not None]
    if scan.keys[:1] != [0] or stamps[0] > min(stamps):
        return "the first packet is not where decoding and display begin"
    return None


def from_packets(scan: PacketScan, *, time_base: Fraction, start_s: float) -> Timeline:
    """Return the timeline that undoubted packets tell."""
    packet_pts = np.array(scan.pts, dtype=np.int64)
    shown = np.flatnonzero(np.array(scan.shown, dtype=bool))
    packet_of = shown[np.argsort(packet_pts[shown], kind="stable")].astype(np.int64)
    pts = packet_pts[packet_of]
    corrupt = set(scan.corrupt)
    broken = {
        index: "the file holds only a part of it, or marks it as corrupt"
        for index, packet in enumerate(packet_of)
        if int(packet) in corrupt
    }
    n_lost = max(0, (scan.n_expected or 0) - len(pts))
    if n_lost:
        # A lost packet is shown no earlier than it would be decoded. So frames up to the last
        # stamp of decoding keep their place; whatever is later may have lost frames before it.
        n_certain = len(pts) if scan.last_dts is None else int(np.sum(pts <= scan.last_dts))
        why = "the file is cut short before it, or before a frame it cannot be told from"
        broken |= dict.fromkeys(range(n_certain, len(pts) + n_lost), why)
        pts = np.concatenate([pts, _extrapolated(pts, n_lost)])
        packet_of = np.concatenate([packet_of, np.full(n_lost, len(packet_pts), dtype=np.int64)])
    seconds = (pts * float(time_base) - start_s).astype(np.float64)
    entries = np.array(scan.entries, dtype=np.int64)
    return Timeline(pts, seconds, packet_pts, packet_of, entries, broken, from_packets=True)


def from_decoding(
    stamps: Sequence[int | None],
    *,
    time_base: Fraction,
    start_s: float | None,
    fps: float,
) -> Timeline:
    """Return the timeline of frames that a decoding of the whole stream gave.

    Where their stamps do not increase (AVI with reordered pictures), times come from the frame
    rate, which is constant in such files. Without ``start_s``, the first frame is shown at 0.
    """
    usable = all(stamp is not None for stamp in stamps)
    pts = np.array(stamps if usable else range(len(stamps)), dtype=np.int64)
    if usable and bool(np.all(np.diff(pts) > 0)):
        seconds = (pts * float(time_base)).astype(np.float64)
        seconds -= seconds[:1] if start_s is None else start_s
    else:
        pts = np.arange(len(stamps), dtype=np.int64)
        seconds = (pts / fps).astype(np.float64)
    nothing = np.empty(0, dtype=np.int64)
    return Timeline(pts, seconds, nothing, nothing, nothing, {}, from_packets=False)


def expected_packets(media: OpenMedia, stream: VideoStream) -> int | None:
    """Return how many displayed frames an MP4 or MOV promises; None where it does not say.

    The sample table is complete only where the file is not fragmented.
    """
    if media.demuxer != "mov" or is_fragmented(media.stream, size_bytes=media.size_bytes):
        return None
    return sum(not entry.is_discard for entry in stream.index_entries)


def _extrapolated(pts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return ``n`` further stamps at the usual distance."""
    steps = Counter(np.diff(pts).tolist())
    step = steps.most_common(1)[0][0] if steps else 1
    last = int(pts[-1]) if len(pts) else 0
    return last + step * np.arange(1, n + 1, dtype=np.int64)
