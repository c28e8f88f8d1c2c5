"""Decoding from start to end: the reference every other way of decoding must equal."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av.error
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from aura.media.container import open_media, packets_of, reason, video_stream
from aura.media.limits import Deadline, MediaLimits

MAX_LOOK_AHEAD = 16
"""Pictures held back where the order of decoding is unknown; no codec here reorders more."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in the stream at which the decoder refused a packet or the file ended early."""

    reason: str


def prepare_decoder(stream: VideoStream, *, n_threads: int, limits: MediaLimits) -> None:
    """Set the threads and bounds of a stream's decoder, before it is opened."""
    context = stream.codec_context
    context.thread_count = n_threads
    context.thread_type = "FRAME" if n_threads > 1 else "NONE"
    # A stream may grow beyond what its headers claim: the decoder itself refuses such pictures.
    context.options = {"max_pixels": str(limits.max_pixels)}


def decode_all(
    path: Path,
    *,
    limits: MediaLimits,
    n_threads: int,
    deadline: Deadline,
    look_ahead: int = MAX_LOOK_AHEAD,
    stamps: NDArray[np.int64] | None = None,
) -> Iterator[VideoFrame | Damage]:
    """Yield every picture of a file's video in display order, and every damage where it shows.

    A decoder with several threads reports damage later than one with a single thread, and patches
    pictures differently, so from the first damage on a single thread decodes. A damaged picture
    comes out after those displayed before it that refer to it, hence a look ahead.

    Args:
        path: The file.
        limits: What it may claim of this machine.
        n_threads: Threads that decode.
        deadline: When to give up; each picture that is yielded begins a new count.
        look_ahead: How many pictures may be displayed before, and decoded after, any picture.
        stamps: int64 [P], stamps of display to give to the packets, in a format without any.

    Raises:
        MediaError: The file cannot be opened.
        LimitError: The time is over.
    """
    one_pass = partial(_one_pass, path, limits=limits, deadline=deadline, stamps=stamps)
    n_given = 0
    if n_threads > 1:
        waiting: deque[VideoFrame] = deque()
        for step in one_pass(n_threads=n_threads):
            if isinstance(step, Damage) or step.is_corrupt:
                break
            waiting.append(step)
            if len(waiting) > look_ahead:
                yield waiting.popleft()
                n_given += 1
        else:
            yield from waiting
            return
    for place, step in enumerate(one_pass(n_threads=1)):
        if place >= n_given:
            yield step


def _one_pass(
    path: Path,
    *,
    limits: MediaLimits,
    n_threads: int,
    deadline: Deadline,
    stamps: NDArray[np.int64] | None,
) -> Iterator[VideoFrame | Damage]:
    with open_media(path, limits=limits, headers_only=True, deadline=deadline) as media:
        stream = video_stream(media)
        prepare_decoder(stream, n_threads=n_threads, limits=limits)
        packets = packets_of(media, stream)
        if stamps is not None:
            packets = _stamped(packets, stamps)
        while True:
            deadline.check()
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                yield Damage(f"the file cannot be read further ({reason(error)})")
                return
            if packet is None:
                return
            try:
                pictures = stream.codec_context.decode(packet)
            except av.error.FFmpegError as error:
                yield Damage(f"its data cannot be decoded ({reason(error)})")
                continue
            for picture in pictures:
                yield picture
                deadline.restart()


def _stamped(packets: Iterator[Packet], stamps: NDArray[np.int64]) -> Iterator[Packet]:
    """Yield packets, those that hold something with stamps of display."""
    remaining = iter(stamps.tolist())
    for packet in packets:
        if packet.size:
            packet.pts = next(remaining, None)
        yield packet
