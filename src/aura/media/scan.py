"""One reading of all packets of a stream: what is in the file, before anything is decoded."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import av.error
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from aura.media.container import OpenMedia, packets_of, reason
from aura.media.entry_points import is_entry, is_shown, temporal_layer, vop_kind
from aura.media.headers import codec_name, expected_packets
from aura.media.limits import Deadline, MediaLimits

NO_STAMP = -(1 << 63)
_KEPT_BYTES = 8 << 20
_KEPT_HEAD = 16
"""Packets that are kept of a video that is longer, to see its first picture."""
_TELL_MORE = frozenset({"hevc", "mpeg4", "vp8"})
_PACKETS_PER_LOOK = 64
"""How often to look at the clock."""
_PACKET_OVERHEAD_BYTES = 512
"""What one packet takes beside its data, in FFmpeg and in PyAV."""


@dataclass(slots=True)
class PacketScan:
    """What reading all packets of a stream told, in the order of the file.

    Attributes:
        stamps: Presentation stamp of each packet, `NO_STAMP` where it has none.
        decoding_stamps: Stamp of decoding of each packet, likewise.
        keys: Packets that the container calls key frames.
        entries: Those of them at which decoding can start.
        hidden: Packets whose picture is not displayed.
        corrupt: Packets that the file marks as corrupt, or of which it holds only a part.
        layers: Temporal layer of each packet (HEVC only).
        vops: How each picture is coded (MPEG-4 only): "I", "P", "B", "S", or "?".
        empty: How many packets hold nothing.
        n_expected: How many displayed frames the headers promise, if they do.
        end_error: Why reading ended before the end of the file, if it did.
        kept: All packets of a video of up to 8 MiB, which then needs no second reading, and the
            first few of a longer one.
        kept_all: Whether those are all.
    """

    stamps: "array[int]" = field(default_factory=lambda: array("q"))
    decoding_stamps: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    entries: "array[int]" = field(default_factory=lambda: array("q"))
    hidden: "array[int]" = field(default_factory=lambda: array("q"))
    corrupt: "array[int]" = field(default_factory=lambda: array("q"))
    layers: bytearray = field(default_factory=bytearray)
    vops: bytearray = field(default_factory=bytearray)
    empty: int = 0
    n_expected: int | None = None
    end_error: str | None = None
    kept: list[Packet] = field(default_factory=list)
    kept_all: bool = True
    _kept_bytes: int = 0

    @property
    def n_shown(self) -> int:
        """How many packets carry a frame that is displayed."""
        return len(self.stamps) - len(self.hidden)

    def add(self, packet: Packet, *, codec: str, extradata: bytes | None) -> None:
        """Note one packet."""
        position = len(self.stamps)
        pts, dts = packet.pts, packet.dts
        self.stamps.append(NO_STAMP if pts is None else pts)
        self.decoding_stamps.append(NO_STAMP if dts is None else dts)
        if packet.is_corrupt:
            self.corrupt.append(position)
        if packet.is_keyframe:
            self.keys.append(position)
            if is_entry(codec, bytes(packet), extradata=extradata):
                self.entries.append(position)
        if packet.is_discard:
            self.hidden.append(position)
        if codec in _TELL_MORE:
            self._add_particulars(packet, position, codec=codec, extradata=extradata)
        if self.kept_all:
            self._kept_bytes += packet.size + _PACKET_OVERHEAD_BYTES
            self.kept.append(packet)
            if self._kept_bytes > _KEPT_BYTES:
                self.kept_all = False
                del self.kept[_KEPT_HEAD:]

    def _add_particulars(
        self, packet: Packet, position: int, *, codec: str, extradata: bytes | None
    ) -> None:
        """Note what only packets of some codecs tell."""
        content = bytes(packet)
        if codec == "hevc":
            self.layers.append(temporal_layer(content, extradata=extradata))
        elif codec == "mpeg4":
            self.vops += (vop_kind(content) or "?").encode()
        elif not is_shown(codec, content) and not packet.is_discard:
            self.hidden.append(position)


def scan_packets(
    media: OpenMedia, stream: VideoStream, *, limits: MediaLimits, deadline: Deadline
) -> PacketScan:
    """Read the packets of a stream, from the beginning.

    Reading ends at the first packet beyond the limit of frames, which the caller then refuses.

    Raises:
        LimitError: The time is over.
    """
    scan = PacketScan()
    codec, extradata = codec_name(stream), stream.codec_context.extradata
    leave_others_unread(media, stream)
    try:
        for packet in demux(media, stream):
            if packet.size:
                scan.add(packet, codec=codec, extradata=extradata)
            elif packet.pts is not None or packet.dts is not None:
                scan.empty += 1
            if len(scan.stamps) > limits.max_frames:
                break
            if len(scan.stamps) % _PACKETS_PER_LOOK == 0:
                deadline.check()
    except av.error.FFmpegError as error:
        # What comes after this place is lost; what came before is good.
        scan.end_error = reason(error)
    scan.n_expected = expected_packets(media, stream)
    return scan


def demux(media: OpenMedia, stream: VideoStream) -> Iterator[Packet]:
    """Yield the packets of a stream from where its file is read now, each with one picture.

    In AVI, MPEG-4 pictures can lie two in a packet, with a packet of a few bytes after them that
    stands for the second.
    """
    packets = packets_of(media, stream)
    if media.demuxer == "avi" and codec_name(stream) == "mpeg4":
        return _unpacked(packets, stream)
    return packets


def _unpacked(packets: Iterator[Packet], stream: VideoStream) -> Iterator[Packet]:
    unpack = BitStreamFilterContext("mpeg4_unpack_bframes", stream)
    for packet in packets:
        if packet.size:
            yield from unpack.filter(packet)


def leave_others_unread(media: OpenMedia, stream: VideoStream) -> None:
    """Have the demuxer pass over the data of all other streams, where its format lets it."""
    for other in media.container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
