"""What the first picture of a video tells of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aura.media.boxes import is_upright
from aura.media.container import OpenMedia
from aura.media.limits import Deadline, MediaLimits
from aura.media.orientation import Orientation
from aura.media.sequential import decode_all

_MAY_TURN = frozenset({"mov", "matroska"})
"""Formats whose headers can ask for a picture to be turned."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """Pixel format and coded size of a video's pictures, and how they must be turned."""

    pixel_format: str
    height: int
    width: int
    orientation: Orientation

    @classmethod
    def of(cls, picture: VideoFrame) -> Self:
        """Return the facts of a decoded picture."""
        return cls(picture.format.name, picture.height, picture.width, Orientation.of(picture))

    @property
    def displayed(self) -> tuple[int, int]:
        """Height and width as displayed."""
        return self.orientation.size_of(self.height, self.width)


def facts_from_headers(media: OpenMedia, stream: VideoStream) -> PictureFacts | None:
    """Return the facts as far as headers tell them all without a picture being decoded."""
    context = stream.codec_context
    # None where it is unknown; PyAV 17.1 crashes when asked for `pix_fmt` then.
    pixel_format: VideoFormat | None = context.format
    if pixel_format is None or context.width < 1 or context.height < 1:
        return None
    if media.demuxer in _MAY_TURN and not (
        media.demuxer == "mov" and is_upright(media.stream, size_bytes=media.size_bytes)
    ):
        return None
    return PictureFacts(pixel_format.name, context.height, context.width, Orientation())


def facts_by_decoding(
    media: OpenMedia,
    stream: VideoStream,
    *,
    head: Iterable[Packet],
    limits: MediaLimits,
    deadline: Deadline,
) -> PictureFacts | None:
    """Return the facts of the first picture that can be decoded, or None if there is none.

    Args:
        media: The file.
        stream: Its video stream; its decoder is flushed afterwards.
        head: The first packets, which are tried first; after them, the file from its start.
        limits: What it may claim of this machine.
        deadline: When to give up.
    """
    picture = _first_of(stream.codec_context, head, deadline=deadline)
    if picture is None:
        steps = decode_all(media.path, limits=limits, n_threads=1, deadline=deadline)
        picture = next((step for step in steps if isinstance(step, VideoFrame)), None)
    return None if picture is None else PictureFacts.of(picture)


def _first_of(
    context: VideoCodecContext, head: Iterable[Packet], *, deadline: Deadline
) -> VideoFrame | None:
    """Return the first picture that packets bring out of a decoder, which is flushed."""
    try:
        for packet in (*head, None):
            deadline.check()
            try:
                decoded = context.decode(packet)
            except av.error.FFmpegError:
                # A damaged packet is counted when frames are asked for; here the next one will do.
                continue
            if decoded:
                return decoded[0]
        return None
    finally:
        context.flush_buffers()
