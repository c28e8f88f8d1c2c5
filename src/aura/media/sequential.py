"""Decoding from start to end: the reference every other way of decoding must equal."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av.error
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aura.media.container import open_media, reason, video_stream
from aura.media.limits import MediaLimits

MAX_LOOK_AHEAD = 16
"""Pictures held back where the order of decoding is unknown; no codec here reorders more."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in the stream at which the decoder refused a packet or the file ended early."""

    reason: str


def set_threads(stream: VideoStream, n_threads: int) -> None:
    """Have a stream decoded by a number of threads, before its decoder is opened."""
    stream.codec_context.thread_count = n_threads
    stream.codec_context.thread_type = "FRAME" if n_threads > 1 else "NONE"


def decode_all(
    path: Path, *, limits: MediaLimits, n_threads: int, look_ahead: int = MAX_LOOK_AHEAD
) -> Iterator[VideoFrame | Damage]:
    """Yield every picture of a file's video in display order, and every damage where it shows.

    A decoder with several threads reports damage later than one with a single thread, and patches
    pictures differently, so from the first damage on a single thread decodes. A damaged picture
    comes out after those displayed before it that refer to it, hence a look ahead.

    Args:
        path: The file.
        limits: What it may claim of this machine.
        n_threads: Threads that decode.
        look_ahead: How many pictures may be displayed before, and decoded after, any picture.

    Raises:
        MediaError: The file cannot be opened.
    """
    n_given = 0
    if n_threads > 1:
        waiting: deque[VideoFrame] = deque()
        for step in _one_pass(path, limits=limits, n_threads=n_threads):
            if isinstance(step, Damage) or step.is_corrupt:
                break
            waiting.append(step)
            if len(waiting) > look_ahead:
                yield waiting.popleft()
                n_given += 1
        else:
            yield from waiting
            return
    for place, step in enumerate(_one_pass(path, limits=limits, n_threads=1)):
        if place >= n_given:
            yield step


def _one_pass(path: Path, *, limits: MediaLimits, n_threads: int) -> Iterator[VideoFrame | Damage]:
    with open_media(path, limits=limits) as media:
        stream = video_stream(media)
        set_threads(stream, n_threads)
        packets = media.container.demux(stream)
        while True:
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
            yield from pictures
