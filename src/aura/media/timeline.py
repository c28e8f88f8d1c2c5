"""Which frames a video has, when each is shown and where in the file it comes from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from aura.media.entry_points import SEEKABLE
from aura.media.scan import NO_STAMP, PacketScan
from aura.media.sequential import MAX_LOOK_AHEAD

_TRUSTED_DEMUXERS = frozenset({"mov", "matroska", "flv", "gif"})
_ONE_PICTURE_A_PACKET = SEEKABLE | {"gif", "vp6a", "vp6", "flv1", "h263", "png", "qtrle"}
_REORDERING = frozenset({"h264", "hevc", "mpeg4"})
"""Codecs, of the above, that decode pictures in another order than they display them."""

_CORRUPT = "the file holds only a part of it, or marks it as corrupt"
_CUT_SHORT = "the file is cut short before it, or before a frame it cannot be told from"


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The displayed frames of one video stream, in about 20 bytes each.

    Attributes:
        pts: int64 [N], presentation stamps in stream ticks, increasing.
        tick_s: Seconds of one tick.
        start_s: The stamp, in seconds, at which the presentation starts.
        packet_pts: int64 [P], the stamps of all packets in the order of the file; empty where
            the frames were found by decoding.
        packet_of: int32 [N], the packet each frame comes from; P for a packet that is lost.
        entries: int32 [E], the packets at which decoding may start, increasing.
        broken: Frames known to be damaged or absent, and why.
        from_packets: Whether stamps of packets tell the frames. Otherwise the frames are what a
            decoding of the whole stream gave, and only counting finds them again.
        landmarks: int64 [P], the stamps by which the demuxer knows its packets, where those are
            not ``packet_pts``: AVI has no stamps of display, so we give its packets some.
        layers: uint8 [P], temporal layer of each packet, where the codec has such.
    """

    pts: NDArray[np.int64]
    tick_s: float
    start_s: float
    packet_pts: NDArray[np.int64]
    packet_of: NDArray[np.int32]
    entries: NDArray[np.int32]
    broken: dict[int, str]
    from_packets: bool
    landmarks: NDArray[np.int64] | None = None
    layers: NDArray[np.uint8] | None = None

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

    def seconds_of(self, indices: Sequence[int] | slice) -> NDArray[np.float64]:
        """Return when frames are shown, float64, in seconds from the start of the file's show."""
        return (self.pts[indices] * self.tick_s - self.start_s).astype(np.float64)

    def index_of(self, pts: int | None, *, guess: int = -1) -> int | None:
        """Return the index of the frame stamped ``pts``, or None where there is none.

        A right guess saves the search.
        """
        if pts is None:
            return None
        if 0 <= guess < len(self.pts) and self.pts[guess] == pts:
            return guess
        index = int(np.searchsorted(self.pts, pts))
        return index if index < len(self.pts) and self.pts[index] == pts else None

    def nearest_entries(self, indices: Sequence[int]) -> list[int]:
        """Return for each frame the one nearest in time among those decoding may start at.

        Where no such place is certain, the frames themselves.
        """
        places = (self.index_of(int(stamp)) for stamp in self.packet_pts[self.entries])
        keys = np.array(sorted(place for place in places if place is not None), dtype=np.int64)
        if not len(keys):
            return list(indices)
        shown_at = self.pts[keys]
        return [int(keys[np.argmin(np.abs(shown_at - self.pts[index]))]) for index in indices]


def doubt_about(scan: PacketScan, *, demuxer: str, codec: str) -> str | None:
    """Return why the packets cannot tell which frames decoding gives, or None if they can."""
    if not scan.stamps:
        return "there are no packets"
    if scan.empty:
        return "some packets are empty"
    if demuxer == "avi" and codec == "mpeg4":
        return _doubt_about_vops(scan)
    if demuxer not in _TRUSTED_DEMUXERS:
        return f"{demuxer} files do not state when each picture is shown"
    if codec not in _ONE_PICTURE_A_PACKET:
        return f"a packet of {codec} is not always one picture"
    stamps = np.frombuffer(scan.stamps, dtype=np.int64)
    if np.any(stamps == NO_STAMP) or not np.all(np.diff(np.sort(stamps))):
        return "stamps are missing or repeated"
    if scan.keys[:1].tolist() != [0] or stamps[0] > stamps.min():
        return "the first packet is not where decoding and display begin"
    if codec not in _REORDERING and np.any(np.diff(stamps) < 0):
        return f"stamps of {codec} do not increase"
    if _is_out_of_order(stamps, entries=np.array(scan.entries, dtype=np.int64)):
        return "packets do not come in an order in which they could be decoded"
    return None


def _is_out_of_order(stamps: NDArray[np.int64], *, entries: NDArray[np.int64]) -> bool:
    """Whether a file gives its packets in another order than an encoder did.

    What comes before an entry point is displayed before it, and no codec holds more than a few
    pictures back.
    """
    latest = np.maximum.accumulate(stamps)
    later = entries[entries > 0]
    if np.any(stamps[later] < latest[later - 1]):
        return True
    ranks = np.argsort(np.argsort(stamps))
    return bool(np.any(np.maximum.accumulate(ranks) - np.arange(len(ranks)) > MAX_LOOK_AHEAD))


def _doubt_about_vops(scan: PacketScan) -> str | None:
    """Return why the pictures' kinds do not tell their order of display, or None if they do."""
    if b"?" in scan.vops:
        return "some packets do not hold exactly one picture"
    if scan.vops[:1] != b"I" or scan.vops[1:2] == b"B":
        return "the first pictures refer to others that are not there"
    stamps = np.frombuffer(scan.decoding_stamps, dtype=np.int64)
    if not np.array_equal(stamps, np.arange(len(stamps))) or scan.hidden or scan.corrupt:
        return "the packets do not follow one after another"
    return None


def from_packets(
    scan: PacketScan, *, demuxer: str, time_base: Fraction, start_s: float, fps: float
) -> Timeline:
    """Return the timeline that undoubted packets tell."""
    if demuxer == "avi":
        return _from_vops(scan, fps=fps)
    packet_pts = np.array(scan.stamps, dtype=np.int64)
    packet_of = np.argsort(packet_pts, kind="stable").astype(np.int32)
    if scan.hidden:
        packet_of = packet_of[~np.isin(packet_of, np.array(scan.hidden, dtype=np.int64))]
    pts = packet_pts[packet_of]
    broken: dict[int, str] = {}
    if scan.corrupt:
        corrupt = np.isin(packet_of, np.array(scan.corrupt, dtype=np.int64))
        broken = dict.fromkeys(np.flatnonzero(corrupt).tolist(), _CORRUPT)
    n_lost = max(0, (scan.n_expected or 0) - len(pts))
    if n_lost:
        broken |= dict.fromkeys(range(_n_certain(pts, scan), len(pts) + n_lost), _CUT_SHORT)
        pts = np.concatenate([pts, _extrapolated(pts, n_lost)])
        packet_of = np.concatenate([packet_of, np.full(n_lost, len(packet_pts), dtype=np.int32)])
    return Timeline(
        pts=pts,
        tick_s=float(time_base),
        start_s=start_s,
        packet_pts=packet_pts,
        packet_of=packet_of,
        entries=np.array(scan.entries, dtype=np.int32),
        broken=broken,
        from_packets=True,
        layers=np.array(scan.layers, dtype=np.uint8) if any(scan.layers) else None,
    )


def _from_vops(scan: PacketScan, *, fps: float) -> Timeline:
    """Return the timeline of an AVI of MPEG-4 pictures, in ticks of one frame."""
    packet_pts = _display_order(scan.vops)
    return Timeline(
        pts=np.arange(len(packet_pts), dtype=np.int64),
        tick_s=1 / fps,
        start_s=0.0,
        packet_pts=packet_pts,
        packet_of=np.argsort(packet_pts).astype(np.int32),
        entries=np.array(scan.entries, dtype=np.int32),
        broken={},
        from_packets=True,
        landmarks=np.array(scan.decoding_stamps, dtype=np.int64),
    )


def _n_certain(pts: NDArray[np.int64], scan: PacketScan) -> int:
    """Return how many frames keep their place although packets are lost.

    A lost packet is shown no earlier than it would be decoded. So frames up to the last stamp of
    decoding keep their place; whatever is later may have lost frames before it.
    """
    last = next((dts for dts in reversed(scan.decoding_stamps) if dts != NO_STAMP), None)
    return len(pts) if last is None else int(np.sum(pts <= last))


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
    tick_s = float(time_base)
    if usable and bool(np.all(np.diff(pts) > 0)):
        first_s = float(pts[0]) * tick_s if len(pts) else 0.0
        start_s = first_s if start_s is None else start_s
    else:
        pts, tick_s, start_s = np.arange(len(stamps), dtype=np.int64), 1 / fps, 0.0
    return Timeline(
        pts=pts,
        tick_s=tick_s,
        start_s=start_s,
        packet_pts=np.empty(0, dtype=np.int64),
        packet_of=np.empty(0, dtype=np.int32),
        entries=np.empty(0, dtype=np.int32),
        broken={},
        from_packets=False,
    )


def _display_order(vops: bytes | bytearray) -> NDArray[np.int64]:
    """Return the place on display of each MPEG-4 picture, int64, in the order of the file.

    A B picture is displayed before the other picture that precedes it in the file.

    >>> _display_order(b"IPBBP").tolist()
    [0, 3, 1, 2, 4]
    """
    places = np.zeros(len(vops), dtype=np.int64)
    waiting, n_shown = -1, 0
    for packet, kind in enumerate(vops):
        if kind == ord("B"):
            places[packet], n_shown = n_shown, n_shown + 1
            continue
        if waiting >= 0:
            places[waiting], n_shown = n_shown, n_shown + 1
        waiting = packet
    if waiting >= 0:
        places[waiting] = n_shown
    return places


def _extrapolated(pts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return ``n`` further stamps at the usual distance."""
    steps = Counter(np.diff(pts).tolist())
    step = steps.most_common(1)[0][0] if steps else 1
    last = int(pts[-1]) if len(pts) else 0
    return last + step * np.arange(1, n + 1, dtype=np.int64)
