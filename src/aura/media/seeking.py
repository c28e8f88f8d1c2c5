"""Single frames by the shortest way that still gives exactly what a full decoding gives.

Each target is reached from the last certain entry point before it, and pictures on the way that
no other picture needs are not decoded. Measured on 11 H.264 clips with B-frames, three frames
each: 4.60 videos/s against 2.49 for an exact seek that decodes everything on the way.
"""

from collections.abc import Iterator, Sequence

import av.error
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aura.media.container import OpenMedia, reason
from aura.media.entry_points import DROPPABLE
from aura.media.timeline import Timeline


class Doubt(Exception):  # noqa: N818  not an error: the caller decodes from the start instead
    """The file does not behave as its index says."""


def fetch(
    media: OpenMedia,
    stream: VideoStream,
    *,
    timeline: Timeline,
    codec: str,
    targets: Sequence[int],
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the picture of each of the frames ``targets``, with its index, in any order.

    Raises:
        Doubt: A packet or picture is not what the timeline says. Nothing that was yielded
            before may then be used.
    """
    groups: dict[int, list[int]] = {}
    for target in targets:
        groups.setdefault(_entry_for(timeline, target), []).append(target)
    context = stream.codec_context
    try:
        for entry in sorted(groups):
            yield from _decode_group(
                media, stream, timeline=timeline, codec=codec, entry=entry, group=groups[entry]
            )
    except av.error.FFmpegError as error:
        raise Doubt(reason(error)) from error
    finally:
        context.skip_frame = "DEFAULT"


def _entry_for(timeline: Timeline, target: int) -> int:
    """Return the last entry point at or before a frame, both in the file and on display."""
    packet = timeline.packet_of[target]
    before = timeline.entries[: np.searchsorted(timeline.entries, packet, side="right")]
    for entry in before[::-1]:
        if timeline.packet_pts[entry] <= timeline.pts[target]:
            return int(entry)
    raise Doubt("no entry point lies before the frame")


def _decode_group(
    media: OpenMedia,
    stream: VideoStream,
    *,
    timeline: Timeline,
    codec: str,
    entry: int,
    group: Sequence[int],
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the pictures of frames that share an entry point."""
    context = stream.codec_context
    pending = set(group)
    target_packets = {int(timeline.packet_of[target]) for target in group}
    last = max(target_packets)
    way_there = "NONREF" if codec in DROPPABLE else "DEFAULT"
    for position, packet in _packets_from(media, stream, timeline=timeline, entry=entry):
        context.skip_frame = "DEFAULT" if position in target_packets else way_there
        yield from _targets_among(context.decode(packet), timeline=timeline, pending=pending)
        if position == last:
            break
    # All pictures are drained and looked at, also those after the last target: a target displayed
    # before a damaged picture may refer to it.
    context.skip_frame = "DEFAULT"
    yield from _targets_among(context.decode(None), timeline=timeline, pending=pending)
    if pending:
        raise Doubt("the decoder gave no picture for a frame of the index")


def _targets_among(
    pictures: Sequence[VideoFrame], *, timeline: Timeline, pending: set[int]
) -> Iterator[tuple[int, VideoFrame]]:
    for picture in pictures:
        index = timeline.index_of(picture.pts)
        if index is None:
            raise Doubt("the decoder gave a picture that the index does not hold")
        if picture.is_corrupt:
            raise Doubt("the decoder calls a picture corrupt")
        if index in pending:
            pending.remove(index)
            yield index, picture


def _packets_from(
    media: OpenMedia, stream: VideoStream, *, timeline: Timeline, entry: int
) -> Iterator[tuple[int, Packet]]:
    """Yield the packets of a stream from an entry point on, each checked against the index."""
    position, packets = _land(media, stream, timeline=timeline, entry=entry)
    for packet in packets:
        if not packet.size:
            continue
        if position >= len(timeline.packet_pts) or packet.pts != timeline.packet_pts[position]:
            raise Doubt("after seeking, packets follow in another order than before")
        if packet.is_corrupt:
            raise Doubt("a packet on the way is corrupt")
        if position >= entry:
            yield position, packet
        position += 1


def _land(
    media: OpenMedia, stream: VideoStream, *, timeline: Timeline, entry: int
) -> tuple[int, Iterator[Packet]]:
    """Seek to an entry point or before it; return the place of the first packet, and packets."""
    previous = timeline.entries[timeline.entries < entry]
    stamps = [int(timeline.packet_pts[entry])]
    stamps += [int(timeline.packet_pts[earlier]) for earlier in previous[-1:]]
    stamps.append(int(timeline.packet_pts.min()))
    for stamp in stamps:
        media.container.seek(stamp, stream=stream, backward=True)
        packets = media.container.demux(stream)
        first = next((packet for packet in packets if packet.size), None)
        if first is None:
            continue
        places = np.flatnonzero(timeline.packet_pts == first.pts)
        if len(places) == 1 and places[0] <= entry:
            return int(places[0]), _chain(first, packets)
    raise Doubt("seeking leads past the entry point")


def _chain(first: Packet, rest: Iterator[Packet]) -> Iterator[Packet]:
    yield first
    yield from rest
