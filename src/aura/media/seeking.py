"""Single frames by the shortest way that still gives exactly what a full decoding gives.

Each target is reached from the last certain entry point before it, and pictures on the way that
no other picture needs are not decoded. What is left to do is what no reader can leave out: see
`benchmarks/results/decoding.md`.
"""

from collections.abc import Iterator, Sequence

import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from aura.media.container import reason
from aura.media.entry_points import DROPPABLE, SEEKABLE
from aura.media.limits import Deadline
from aura.media.packets import Doubt, PacketSource
from aura.media.timeline import Timeline


def fetch(
    source: PacketSource,
    context: VideoCodecContext,
    *,
    timeline: Timeline,
    codec: str,
    targets: Sequence[int],
    deadline: Deadline,
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the picture of each of the frames ``targets``, with its index, in any order.

    Raises:
        Doubt: A packet or picture is not what the timeline says. Nothing that was yielded
            before may then be used.
        LimitError: The time is over.
    """
    groups: dict[int, list[int]] = {}
    for target in targets:
        groups.setdefault(_entry_for(timeline, target, codec=codec), []).append(target)
    try:
        for entry in sorted(groups):
            yield from _decode_group(
                source,
                context,
                timeline=timeline,
                codec=codec,
                entry=entry,
                group=groups[entry],
                deadline=deadline,
            )
    except av.error.FFmpegError as error:
        raise Doubt(reason(error)) from error
    finally:
        context.skip_frame = "DEFAULT"


def _entry_for(timeline: Timeline, target: int, *, codec: str) -> int:
    """Return the last entry point at or before a frame, both in the file and on display."""
    if codec not in SEEKABLE:
        return 0
    packet = timeline.packet_of[target]
    before = timeline.entries[: np.searchsorted(timeline.entries, packet, side="right")]
    for entry in before[::-1]:
        if timeline.packet_pts[entry] <= timeline.pts[target]:
            return int(entry)
    raise Doubt("no entry point lies before the frame")


def _decode_group(
    source: PacketSource,
    context: VideoCodecContext,
    *,
    timeline: Timeline,
    codec: str,
    entry: int,
    group: Sequence[int],
    deadline: Deadline,
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the pictures of frames that share an entry point."""
    pending = {int(timeline.pts[target]): target for target in group}
    target_packets = {int(timeline.packet_of[target]) for target in group}
    last = max(target_packets)
    announced = set(timeline.packet_pts[entry : last + 1].tolist())
    left_out = _left_out(timeline, codec=codec, entry=entry, last=last, kept=target_packets)
    leaving_out = False
    context.skip_frame = "DEFAULT"
    for position, packet in source.since(entry):
        deadline.check()
        if left_out[position - entry] != leaving_out:
            leaving_out = not leaving_out
            context.skip_frame = "NONREF" if leaving_out else "DEFAULT"
        pictures = context.decode(packet)
        if pictures:
            yield from _targets_among(pictures, announced=announced, pending=pending)
        if position == last:
            break
    # All pictures are drained and looked at, also those after the last target: a target displayed
    # before a damaged picture may refer to it.
    context.skip_frame = "DEFAULT"
    yield from _targets_among(context.decode(None), announced=announced, pending=pending)
    if pending:
        raise Doubt("the decoder gave no picture for a frame of the timeline")


def _left_out(
    timeline: Timeline, *, codec: str, entry: int, last: int, kept: set[int]
) -> list[bool]:
    """Return for each packet of a range whether its picture may be left out if nothing needs it.

    The decoder looks by itself whether something does, but knows nothing of temporal layers.
    """
    n_packets = last + 1 - entry
    if codec not in DROPPABLE:
        return [False] * n_packets
    layers = timeline.layers
    if layers is None:
        left_out = [True] * n_packets
    else:
        left_out = (layers[entry : last + 1] == layers.max()).tolist()
    for position in kept:
        left_out[position - entry] = False
    return left_out


def _targets_among(
    pictures: Sequence[VideoFrame], *, announced: set[int], pending: dict[int, int]
) -> Iterator[tuple[int, VideoFrame]]:
    for picture in pictures:
        if picture.pts not in announced:
            raise Doubt("the decoder gave a picture that the timeline does not hold")
        if picture.is_corrupt:
            raise Doubt("the decoder calls a picture corrupt")
        index = pending.pop(picture.pts, None)
        if index is not None:
            yield index, picture
