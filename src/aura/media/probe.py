"""What a video file is, read from its container."""

from dataclasses import dataclass
from pathlib import Path

from av.video.stream import VideoStream

from aura.errors import LimitError, MediaError
from aura.media.completeness import is_cut_short
from aura.media.container import OpenMedia, audio_streams, open_media, translated, video_stream
from aura.media.entry_points import SEEKABLE
from aura.media.headers import (
    check_claims,
    check_duration,
    check_refused_size,
    codec_name,
    duration_s,
    expected_packets,
    frames_per_second,
)
from aura.media.limits import Deadline, MediaLimits
from aura.media.picture import PictureFacts, facts_by_decoding, facts_from_headers
from aura.media.scan import PacketScan, scan_packets
from aura.media.sequential import prepare_decoder


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
    """Return what a video file is, in milliseconds.

    Nothing is decoded where the headers tell everything; where they do not (a Matroska file, one
    that is turned for display), a single picture is.

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
    deadline = Deadline(Path(path), limits=limits)
    with open_media(Path(path), limits=limits, deadline=deadline) as media:
        stream = video_stream(media)
        check_claims(media, stream, limits=limits)
        facts = facts_from_headers(media, stream)
        with translated(media.path, "read"):
            scan = PacketScan(n_expected=expected_packets(media, stream))
            if scan.n_expected is None or codec_name(stream) not in SEEKABLE:
                scan = scan_packets(media, stream, limits=limits, deadline=deadline)
            if facts is None:
                prepare_decoder(stream, n_threads=1, limits=limits)
                facts = facts_by_decoding(
                    media, stream, head=scan.kept, limits=limits, deadline=deadline
                )
        n_frames = count_frames(media, scan, limits=limits)
        return describe(
            media, stream, n_frames=n_frames, facts=facts, limits=limits, end_error=scan.end_error
        )


def describe(
    media: OpenMedia,
    stream: VideoStream,
    *,
    n_frames: int,
    facts: PictureFacts | None,
    limits: MediaLimits,
    end_error: str | None,
) -> VideoInfo:
    """Return what an open file is.

    Args:
        media: The file.
        stream: Its video stream.
        n_frames: How many frames it has or promises.
        facts: What its pictures are; None if there is none.
        limits: What it may claim of this machine.
        end_error: Why reading ended before the end of the file, if it did.

    Raises:
        MediaError: Not one picture of it can be decoded.
        LimitError: It exceeds ``limits``.
    """
    if facts is None or n_frames == 0:
        check_refused_size(media, limits=limits)
        why = f" ({end_error})" if end_error else ""
        raise MediaError(
            f"{str(media.path)!r} has a video stream ({codec_name(stream)}) of which no picture "
            f"can be decoded{why}; it is damaged or cut short, so copy or download it again"
        )
    height, width = facts.displayed
    if height * width > limits.max_pixels:
        raise LimitError(
            f"{str(media.path)!r} has frames of {width}x{height} pixels, more than the limit of "
            f"{limits.max_pixels} (max_pixels)"
        )
    length_s = duration_s(media, stream, n_frames=n_frames)
    check_duration(media, length_s, limits=limits)
    audio = next(iter(audio_streams(media)), None)
    return VideoInfo(
        path=media.path,
        container=media.demuxer,
        codec=codec_name(stream),
        pixel_format=facts.pixel_format,
        width=width,
        height=height,
        fps=frames_per_second(stream),
        n_frames=n_frames,
        duration_s=length_s,
        rotation_degrees=facts.orientation.rotation_degrees,
        bit_rate_bps=round(media.size_bytes * 8 / length_s),
        size_bytes=media.size_bytes,
        is_cut_short=is_cut_short(media.stream, media.demuxer, size_bytes=media.size_bytes),
        has_audio=audio is not None,
        audio_codec=audio.codec.canonical_name if audio and audio.codec_context else None,
        audio_rate_hz=audio.rate if audio and audio.codec_context else None,
    )


def count_frames(media: OpenMedia, scan: PacketScan, *, limits: MediaLimits) -> int:
    """Return how many frames a file has or promises.

    Raises:
        LimitError: They exceed ``limits``.
    """
    n_frames = max(scan.n_shown, scan.n_expected or 0)
    if n_frames > limits.max_frames:
        raise LimitError(
            f"{str(media.path)!r} has more than {limits.max_frames} frames, the limit (max_frames)"
        )
    return n_frames
