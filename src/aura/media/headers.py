"""What the headers of an open file say of its video, before a packet is read."""

import math
from fractions import Fraction

from av.video.stream import VideoStream

from aura.errors import LimitError
from aura.media.completeness import is_fragmented
from aura.media.container import OpenMedia, open_media, video_stream
from aura.media.limits import MediaLimits

_MICROSECONDS = 1_000_000
_FALLBACK_FPS = 25.0


def codec_name(stream: VideoStream) -> str:
    """Return the name of a stream's codec, whichever library decodes it."""
    return stream.codec.canonical_name


def check_claims(media: OpenMedia, stream: VideoStream, *, limits: MediaLimits) -> None:
    """Refuse what the headers claim before any picture is decoded.

    Raises:
        LimitError: A claim exceeds ``limits``.
    """
    context = stream.codec_context
    n_pixels = context.width * context.height
    if n_pixels > limits.max_pixels:
        raise LimitError(
            f"{str(media.path)!r} has frames of {context.width}x{context.height} pixels, more than "
            f"the limit of {limits.max_pixels} (max_pixels)"
        )
    check_duration(media, claimed_duration_s(media), limits=limits)


def check_refused_size(media: OpenMedia, *, limits: MediaLimits) -> None:
    """Refuse a video of which no picture came because all are too large.

    Under a limit of pixels, FFmpeg does not tell the size of what exceeds it.

    Raises:
        LimitError: Its pictures exceed ``limits``.
    """
    with open_media(media.path, limits=limits, any_size=True, deadline=media.deadline) as again:
        check_claims(again, video_stream(again), limits=limits)


def check_duration(media: OpenMedia, duration_s: float, *, limits: MediaLimits) -> None:
    """Refuse a video that is too long.

    Raises:
        LimitError: It exceeds ``limits``.
    """
    if duration_s > limits.max_duration_s:
        raise LimitError(
            f"{str(media.path)!r} lasts {duration_s:.0f} s, more than the limit of "
            f"{limits.max_duration_s:.0f} s (max_duration_s)"
        )


def claimed_duration_s(media: OpenMedia) -> float:
    """Return how long the container says it lasts; 0 where it does not say."""
    return (media.container.duration or 0) / _MICROSECONDS


def duration_s(media: OpenMedia, stream: VideoStream, *, n_frames: int) -> float:
    """Return the length of the presentation, from the headers or else from a count of frames."""
    in_stream = float((stream.duration or 0) * ticks(stream))
    claimed_s = max(claimed_duration_s(media), in_stream)
    if math.isfinite(claimed_s) and claimed_s > 0:
        return claimed_s
    return n_frames / frames_per_second(stream)


def start_s(media: OpenMedia) -> float:
    """Return the container's stamp, in seconds, at which its presentation starts."""
    return (media.container.start_time or 0) / _MICROSECONDS


def frames_per_second(stream: VideoStream) -> float:
    """Return a stream's average frame rate, or 25 where nothing in the file tells one."""
    for rate in (stream.average_rate, stream.base_rate, stream.guessed_rate):
        if rate is not None and rate > 0:
            return float(rate)
    return _FALLBACK_FPS


def ticks(stream: VideoStream) -> Fraction:
    """Return the seconds of one tick of a stream's stamps."""
    return Fraction(stream.time_base) if stream.time_base else Fraction(1, 1000)


def expected_packets(media: OpenMedia, stream: VideoStream) -> int | None:
    """Return how many displayed frames an MP4 or MOV promises; None where it does not say.

    The sample table is complete only where the file is not fragmented.
    """
    if media.demuxer != "mov" or is_fragmented(media.stream, size_bytes=media.size_bytes):
        return None
    return sum(not entry.is_discard for entry in stream.index_entries)
