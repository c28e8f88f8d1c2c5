"""The packets of an open video from any entry point on.

Short videos have theirs in memory from the first reading (see `aura.media.scan`); in others the
demuxer seeks, and each packet is checked against the timeline.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from aura.media.container import OpenMedia
from aura.media.scan import demux
from aura.media.timeline import Timeline


class Doubt(Exception):  # noqa: N818  not an error: the caller decodes from the start instead
    """The file does not behave as its timeline says."""


class PacketSource:
    """Gives the packets of a stream from an entry point on, with their places in the file.

    Args:
        media: The file.
        stream: Its video stream.
        timeline: What its packets are known to be.
        kept: All its packets, where they are few enough to be kept.
    """

    def __init__(
        self,
        media: OpenMedia,
        stream: VideoStream,
        *,
        timeline: Timeline,
        kept: Sequence[Packet] | None,
    ) -> None:
        self._media = media
        self._stream = stream
        self._timeline = timeline
        self._kept = kept
        self._marks = timeline.packet_pts if timeline.landmarks is None else timeline.landmarks

    def since(self, entry: int) -> Iterator[tuple[int, Packet]]:
        """Return the packets from an entry point on, each with its place; the decoder is flushed.

        Raises:
            Doubt: On the way, a packet is not what the timeline says.
        """
        packets = self._sought(entry) if self._kept is None else self._at_hand(entry)
        return packets if self._timeline.landmarks is None else self._stamped(packets)

    def _at_hand(self, entry: int) -> Iterator[tuple[int, Packet]]:
        assert self._kept is not None
        self._stream.codec_context.flush_buffers()
        for position, packet in enumerate(islice(self._kept, entry, None), entry):
            if packet.is_corrupt:
                raise Doubt("a packet on the way is corrupt")
            yield position, packet

    def _stamped(self, packets: Iterator[tuple[int, Packet]]) -> Iterator[tuple[int, Packet]]:
        for position, packet in packets:
            packet.pts = int(self._timeline.packet_pts[position])
            yield position, packet

    def _sought(self, entry: int) -> Iterator[tuple[int, Packet]]:
        position, packets = self._land(entry)
        for packet in packets:
            if not packet.size:
                continue
            if position >= len(self._marks) or self._mark(packet) != self._marks[position]:
                raise Doubt("after seeking, packets follow in another order than before")
            if packet.is_corrupt:
                raise Doubt("a packet on the way is corrupt")
            if position >= entry:
                yield position, packet
            position += 1

    def _mark(self, packet: Packet) -> int | None:
        return packet.pts if self._timeline.landmarks is None else packet.dts

    def _land(self, entry: int) -> tuple[int, Iterator[Packet]]:
        """Seek to an entry point or before it; return a place, and the packets from there on."""
        entries = self._timeline.entries
        stamps = [int(self._marks[entry])]
        stamps += [int(self._marks[earlier]) for earlier in entries[entries < entry][-1:]]
        stamps.append(int(self._marks.min()))
        for stamp in stamps:
            self._media.container.seek(stamp, stream=self._stream, backward=True)
            packets = demux(self._media, self._stream)
            first = next((packet for packet in packets if packet.size), None)
            if first is None:
                continue
            places = np.flatnonzero(self._marks == self._mark(first))
            if len(places) == 1 and places[0] <= entry:
                return int(places[0]), _chain(first, packets)
        raise Doubt("seeking leads past the entry point")


def _chain(first: Packet, rest: Iterator[Packet]) -> Iterator[Packet]:
    yield first
    yield from rest
