"""What a video file is, read from its container and its first picture."""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aura.errors import LimitError, MediaError
from aura.media.completeness import is_cut_short
from aura.media.container import OpenMedia, open_media, reason, translated, video_stream
from aura.media.entry_points import SEEKABLE
from aura.media.limits import MediaLimits
from aura.media.orientation import Orientation
from aura.media.timeline import PacketScan, expected_packets

_MICROSECONDS = 1_000_000
_FALLBACK_FPS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """What a video file is.

    Attributes:
        path: Where it lies.
        container: FFmpeg's short name of the container format, such as ``mov`` or ``matroska``.
        codec: FFmpeg's name of the video codec, such as ``h264``.
        pixel_format: FFmpeg's name of the decoded pixel format, such as ``yuv420p``.
        width: Pixels across, as displayed: after rotation.
        height: Pixels down, as displayed: after rotation.
        fps: Frames a second, on average; 25 where nothing in the file tells it.
        n_frames: Displayed frames, counted in the sample table or packet by packet without
            decoding. Where a format does not tell (AVI, MPEG-TS), decoding can give a few fewer
            or more: `Video.n_frames` is exact, at the price of decoding such a file once.
        duration_s: Length of the presentation in seconds.
        rotation_degrees: How far coded pictures are turned clockwise for display.
        bit_rate_bps: Of the whole file.
        size_bytes: Of the whole file.
        is_cut_short: Whether the file ends before its own headers say (MP4, Matroska and AVI
            tell; the others cannot).
        has_audio: Whether there is an audio stream.
        audio_codec: FFmpeg's name of the audio codec.
        audio_rate_hz: Audio samples a second.
    """

    path: Path
    container: str
    codec: str
    pixel_format: str
    width: int
    height: int
    fps: float
    n_frames: int
    duration_s: float
    rotation_degrees: int
    bit_rate_bps: int
    size_bytes: int
    is_cut_short: bool
    has_audio: bool
    audio_codec: str | None = None
    audio_rate_hz: int | None = None


def probe(path: str | Path, *, limits: MediaLimits | None = None) -> VideoInfo:
    """Return what a video file is.

    Args:
        path: A local file. No character in its name has a meaning, and nothing it refers to is
            opened.
        limits: What it may claim of this machine.

    Raises:
        MediaError: There is no such file, or it is not a video that can be read; one sentence
            says which.
        LimitError: It exceeds ``limits``.
    """
    limits = limits or MediaLimits()
    with open_media(Path(path), limits=limits) as media:
        stream = video_stream(media)
        with translated(media.path, "read"):
            expected = expected_packets(media, stream)
            trusted = expected is not None and codec_name(stream) in SEEKABLE
            check_claims(media, stream, limits=limits)
            stream.codec_context.thread_count = 1
            scan = scan_packets(media, stream, limits=limits, only_first_frame=trusted)
        return describe(media, stream, scan=scan, limits=limits)


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
    claimed_s = (media.container.duration or 0) / _MICROSECONDS
    if claimed_s > limits.max_duration_s:
        raise LimitError(
            f"{str(media.path)!r} lasts {claimed_s:.0f} s, more than the limit of "
            f"{limits.max_duration_s:.0f} s (max_duration_s)"
        )


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


def scan_packets(
    media: OpenMedia, stream: VideoStream, *, limits: MediaLimits, only_first_frame: bool = False
) -> PacketScan:
    """Read the packets of a stream, and decode until a first frame is there.

    Reading ends at the first packet beyond the limit of frames, which `describe` then refuses.
    """
    scan = PacketScan()
    codec, extradata = codec_name(stream), stream.codec_context.extradata
    packets = media.container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            # What comes after this place is lost; what came before is good.
            scan.end_error = reason(error)
            break
        if packet is None or (only_first_frame and scan.first_frame is not None):
            break
        if packet.size:
            scan.add(packet, codec=codec, extradata=extradata)
        elif packet.pts is not None or packet.dts is not None:
            scan.empty += 1
        if scan.first_frame is None:
            scan.first_frame = _first_of(stream.codec_context, packet)
        if len(scan.pts) > limits.max_frames:
            break
    scan.n_expected = expected_packets(media, stream)
    return scan


def describe(
    media: OpenMedia, stream: VideoStream, *, scan: PacketScan, limits: MediaLimits
) -> VideoInfo:
    """Return what an open file is, from a scan of its packets.

    Raises:
        MediaError: Not one picture of it can be decoded.
        LimitError: It exceeds ``limits``.
    """
    frame = scan.first_frame
    if frame is None:
        why = f" ({scan.end_error})" if scan.end_error else ""
        raise MediaError(
            f"{str(media.path)!r} has a video stream ({codec_name(stream)}) of which no picture "
            f"can be decoded{why}; it is damaged or cut short, so copy or download it again"
        )
    orientation = Orientation.of(frame)
    height, width = orientation.size_of(frame.height, frame.width)
    if height * width > limits.max_pixels:
        raise LimitError(
            f"{str(media.path)!r} has frames of {width}x{height} pixels, more than the limit of "
            f"{limits.max_pixels} (max_pixels)"
        )
    fps = frames_per_second(stream)
    n_frames = max(scan.n_shown, scan.n_expected or 0)
    if n_frames > limits.max_frames:
        raise LimitError(
            f"{str(media.path)!r} has more than {limits.max_frames} frames, the limit (max_frames)"
        )
    duration_s = _duration_s(media, stream, n_frames=n_frames, fps=fps)
    audio = next(iter(media.container.streams.audio), None)
    return VideoInfo(
        path=media.path,
        container=media.demuxer,
        codec=codec_name(stream),
        pixel_format=frame.format.name,
        width=width,
        height=height,
        fps=fps,
        n_frames=n_frames,
        duration_s=duration_s,
        rotation_degrees=orientation.rotation_degrees,
        bit_rate_bps=round(media.size_bytes * 8 / duration_s),
        size_bytes=media.size_bytes,
        is_cut_short=is_cut_short(media.stream, media.demuxer, size_bytes=media.size_bytes),
        has_audio=audio is not None,
        audio_codec=audio.codec.canonical_name if audio and audio.codec_context else None,
        audio_rate_hz=audio.rate if audio and audio.codec_context else None,
    )


def _duration_s(media: OpenMedia, stream: VideoStream, *, n_frames: int, fps: float) -> float:
    in_container = (media.container.duration or 0) / _MICROSECONDS
    in_stream = float((stream.duration or 0) * ticks(stream))
    duration_s = max(in_container, in_stream)
    if not (math.isfinite(duration_s) and duration_s > 0):
        duration_s = n_frames / fps
    return duration_s


def _first_of(context: VideoCodecContext, packet: av.Packet) -> VideoFrame | None:
    """Return the first picture that feeding one more packet brings out, if any."""
    try:
        decoded = context.decode(packet)
    except av.error.FFmpegError:
        # A damaged packet is counted when frames are asked for; here the next one will do.
        return None
    return decoded[0] if decoded else None
