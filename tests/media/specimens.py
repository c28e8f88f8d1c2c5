"""Small generated videos, one for each way a codec, its pictures and a container go together.

They are written with PyAV alone, so that what reads them is not tested by what wrote them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.video.stream import VideoStream
from numpy.typing import NDArray

FPS = 25
RATE_HZ = 16_000
_MS = Fraction(1, 1000)
_SUBTITLES = "1\n00:00:00,000 --> 00:00:00,400\nfirst\n\n2\n00:00:00,500 --> 00:00:00,900\nsecond\n"


@dataclass(frozen=True, slots=True)
class Specimen:
    """What to generate.

    Attributes:
        name: File name; its suffix chooses the container.
        encoder: FFmpeg's name of the video encoder.
        options: Its private options.
        n_frames: How many pictures.
        height: Pixels down.
        width: Pixels across.
        pixel_format: What the encoder is given.
        times_ms: When each picture is shown; by default at 25 a second.
        streams: The streams in their order in the file, of "video", "sound" and "subtitles".
        container: Options of the container.
    """

    name: str
    encoder: str
    options: Mapping[str, str] = field(default_factory=dict)
    n_frames: int = 24
    height: int = 48
    width: int = 64
    pixel_format: str = "yuv420p"
    times_ms: Sequence[int] | None = None
    streams: tuple[str, ...] = ("video",)
    container: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def pictures(n: int, *, height: int, width: int) -> list[NDArray[np.uint8]]:
    """Textured RGBA pictures that move and brighten, no two alike; the left half is opaque."""
    grain = np.random.default_rng(7).integers(0, 160, (height, width, 4), dtype=np.uint8)
    shown = [np.roll(grain, 2 * i, axis=1) + np.uint8(90 * (i % 24) / 24) for i in range(n)]
    for picture in shown:
        picture[:, : (width + 1) // 2, 3] = 255
        picture[:, (width + 1) // 2 :, 3] = 0
    return shown


def generate(specimen: Specimen, folder: Path) -> Path:
    """Write one specimen and return its path."""
    path = folder / specimen.name
    with av.open(
        str(path), "w", options={"fflags": "+bitexact", **specimen.container}
    ) as container:
        video = sound = subtitles = None
        for kind in specimen.streams:
            if kind == "video":
                video = _add_video(container, specimen)
            elif kind == "sound":
                sound = _add_sound(container)
            else:
                subtitles = _add_subtitles(container, folder)
        for packet in subtitles or ():
            container.mux(packet)
        if sound is not None:
            container.mux(_sound_packets(sound, seconds=specimen.n_frames / FPS))
        assert video is not None
        _write_pictures(container, video, specimen)
    return path


def _add_video(container: av.container.OutputContainer, specimen: Specimen) -> VideoStream:
    stream = container.add_stream(specimen.encoder, rate=FPS, options=dict(specimen.options))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = specimen.width, specimen.height
    stream.pix_fmt = specimen.pixel_format
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= Flags.bitexact
    if specimen.times_ms is not None:
        stream.codec_context.time_base = _MS
    return stream


def _write_pictures(
    container: av.container.OutputContainer, stream: VideoStream, specimen: Specimen
) -> None:
    shown = pictures(specimen.n_frames, height=specimen.height, width=specimen.width)
    for number, picture in enumerate(shown):
        frame = av.VideoFrame.from_ndarray(picture, format="rgba")
        frame = frame.reformat(format=specimen.pixel_format)
        if specimen.times_ms is None:
            frame.pts, frame.time_base = number, Fraction(1, FPS)
        else:
            frame.pts, frame.time_base = specimen.times_ms[number], _MS
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _add_sound(container: av.container.OutputContainer) -> AudioStream:
    webm = container.format.name == "webm"
    name, rate_hz = ("libopus", 48_000) if webm else ("aac", RATE_HZ)
    stream = container.add_stream(name, rate=rate_hz, layout="mono")
    assert isinstance(stream, AudioStream)
    return stream


def _sound_packets(stream: AudioStream, *, seconds: float) -> list[av.Packet]:
    rate_hz = stream.codec_context.sample_rate
    tone = np.sin(np.arange(round(seconds * rate_hz)) / 20).astype(np.float32)[None, :] / 2
    frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
    frame.sample_rate = rate_hz
    resampled = av.AudioResampler(format=stream.codec_context.format.name, layout="mono")
    packets = [p for part in resampled.resample(frame) for p in stream.encode(part)]
    return packets + list(stream.encode(None))


def _add_subtitles(container: av.container.OutputContainer, folder: Path) -> list[av.Packet]:
    text = folder / "subtitles.srt"
    text.write_text(_SUBTITLES)
    packets = []
    with av.open(str(text)) as source:
        stream = container.add_stream_from_template(source.streams.subtitles[0])
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                packets.append(packet)
    return packets


def _x264(**params: object) -> dict[str, str]:
    chosen = {
        "keyint": 8,
        "min-keyint": 8,
        "scenecut": 0,
        "threads": 1,
        "bframes": 3,
        "mbtree": 0,
    } | {name.replace("_", "-"): value for name, value in params.items()}
    return {"preset": "veryfast", "x264-params": _joined(chosen)}


def _x265(**params: object) -> dict[str, str]:
    chosen = {
        "log-level": "none",
        "pools": "none",
        "frame-threads": 1,
        "keyint": 8,
        "min-keyint": 8,
        "scenecut": 0,
        "bframes": 3,
        "open-gop": 0,
    } | {name.replace("_", "-"): value for name, value in params.items()}
    return {"preset": "ultrafast", "x265-params": _joined(chosen)}


def _svt(**params: object) -> dict[str, str]:
    chosen = {"lp": 1, "keyint": 8} | {k.replace("_", "-"): v for k, v in params.items()}
    return {"preset": "13", "svtav1-params": _joined(chosen)}


def _joined(params: Mapping[str, object]) -> str:
    return ":".join(f"{name}={value}" for name, value in params.items())


_VPX = {"g": "8", "deadline": "realtime", "cpu-used": "8", "threads": "1"}
_VPX_HIDDEN = {"g": "12", "auto-alt-ref": "1", "lag-in-frames": "10", "threads": "1"}
_MPEG4 = {"g": "8", "bf": "2"}

CODECS_IN_CONTAINERS = (
    Specimen("h264_closed.mp4", "libx264", _x264()),
    Specimen("h264_open.mp4", "libx264", _x264(open_gop=1)),
    Specimen("h264_open.mkv", "libx264", _x264(open_gop=1)),
    Specimen("h264_open.flv", "libx264", _x264(open_gop=1)),
    Specimen("h264_open.mov", "libx264", _x264(open_gop=1)),
    Specimen("h264_open.avi", "libx264", _x264(open_gop=1)),
    Specimen("h264_pyramid.mp4", "libx264", _x264(bframes=7, b_pyramid="normal", b_adapt=0)),
    Specimen("h264_strict_pyramid.mkv", "libx264", _x264(bframes=5, b_pyramid="strict", ref=4)),
    Specimen("h264_refresh.mkv", "libx264", _x264(intra_refresh=1)),
    Specimen("h264_interlaced.mp4", "libx264", _x264(tff=1)),
    Specimen("h264_slices.mp4", "libx264", _x264(slices=3)),
    Specimen("h264_long_gop.mp4", "libx264", _x264(keyint=10_000, bframes=5), n_frames=220),
    Specimen("h264_long_gop.mkv", "libx264", _x264(keyint=10_000, open_gop=1), n_frames=220),
    Specimen("hevc_closed.mp4", "libx265", _x265()),
    Specimen("hevc_open.mp4", "libx265", _x265(open_gop=1)),
    Specimen("hevc_open.mkv", "libx265", _x265(open_gop=1, b_pyramid=1)),
    Specimen("hevc_open.mov", "libx265", _x265(open_gop=1)),
    Specimen("hevc_open.flv", "libx265", _x265(open_gop=1)),
    Specimen("hevc_layers.mp4", "libx265", _x265(temporal_layers=3, b_adapt=0)),
    Specimen("hevc_leading.mkv", "libx265", _x265(radl=2, keyint=12)),
    Specimen("vp8.webm", "libvpx", _VPX),
    Specimen("vp8.mkv", "libvpx", _VPX),
    Specimen("vp8_hidden.webm", "libvpx", _VPX_HIDDEN),
    Specimen("vp8.avi", "libvpx", _VPX),
    Specimen("vp9.webm", "libvpx-vp9", _VPX),
    Specimen("vp9.mkv", "libvpx-vp9", _VPX),
    Specimen("vp9.mp4", "libvpx-vp9", _VPX),
    Specimen("vp9_hidden.webm", "libvpx-vp9", _VPX_HIDDEN),
    Specimen("vp9_hidden.mp4", "libvpx-vp9", _VPX_HIDDEN),
    Specimen("av1.mp4", "libsvtav1", _svt()),
    Specimen("av1_open.mkv", "libsvtav1", _svt(irefresh_type=1)),
    Specimen("av1.webm", "libsvtav1", _svt(irefresh_type=2)),
    Specimen("mpeg4.avi", "mpeg4", _MPEG4),
    Specimen("mpeg4.mp4", "mpeg4", _MPEG4),
    Specimen("mpeg4.mov", "mpeg4", _MPEG4),
    Specimen("mpeg4.mkv", "mpeg4", _MPEG4),
    Specimen("mpeg4_plain.avi", "mpeg4", {"g": "300"}),
    Specimen("patches.gif", "gif", pixel_format="rgb8"),
    Specimen("ffv1.mkv", "ffv1", pixel_format="bgr0"),
    Specimen("ffv1.avi", "ffv1", {"g": "6", "level": "3"}),
    Specimen("mjpeg.avi", "mjpeg", pixel_format="yuvj420p"),
    Specimen("mjpeg.mov", "mjpeg", pixel_format="yuvj420p"),
    Specimen("mjpeg.mkv", "mjpeg", pixel_format="yuvj420p"),
    Specimen("prores.mov", "prores_ks", pixel_format="yuv422p10le"),
    Specimen("prores.mkv", "prores_ks", pixel_format="yuv422p10le"),
)
"""Codecs, their kinds of groups of pictures, and the containers that hold them."""

OLDER_FORMATS = (
    Specimen("h264_open.ts", "libx264", _x264(open_gop=1)),
    Specimen("hevc_open.ts", "libx265", _x265(open_gop=1)),
    Specimen("mpeg2.mpg", "mpeg2video", _MPEG4),
    Specimen("mpeg2.ts", "mpeg2video", _MPEG4),
    Specimen("mpeg2.mkv", "mpeg2video", _MPEG4),
    Specimen("mpeg1.mpg", "mpeg1video", {"g": "8"}),
    Specimen("sorenson.flv", "flv", {"g": "8"}),
    Specimen("windows.wmv", "wmv2", {"g": "8"}),
    Specimen("divx3.avi", "msmpeg4", {"g": "8"}),
    Specimen("h263.mov", "h263", {"g": "8"}, height=96, width=128),
    Specimen("vp8.ogg", "libvpx", _VPX),
)
"""What older programs, cameras and broadcasters wrote."""

PICTURES = (
    Specimen("ten_bit_h264.mp4", "libx264", _x264(), pixel_format="yuv420p10le"),
    Specimen("ten_bit_hevc.mp4", "libx265", _x265(open_gop=1), pixel_format="yuv420p10le"),
    Specimen("ten_bit_av1.mkv", "libsvtav1", _svt(), pixel_format="yuv420p10le"),
    Specimen("twelve_bit_hevc.mkv", "libx265", _x265(), pixel_format="yuv420p12le"),
    Specimen("sixteen_bit_ffv1.mkv", "ffv1", pixel_format="yuv444p16le"),
    Specimen("full_colour_h264.mp4", "libx264", _x264(), pixel_format="yuv444p"),
    Specimen("half_colour_h264.mkv", "libx264", _x264(), pixel_format="yuv422p"),
    Specimen("full_range_h264.mp4", "libx264", _x264(), pixel_format="yuvj420p"),
    Specimen("grey_h264.mkv", "libx264", _x264(), pixel_format="gray"),
    Specimen("odd_h264.mp4", "libx264", _x264(), height=33, width=47, pixel_format="yuv444p"),
    Specimen("odd_hevc.mkv", "libx265", _x265(), height=37, width=51, pixel_format="yuv444p"),
    Specimen("odd_vp8.webm", "libvpx", _VPX, height=33, width=47),
    Specimen("odd_vp9.webm", "libvpx-vp9", _VPX, height=33, width=47),
    Specimen("odd_mpeg4.avi", "mpeg4", _MPEG4, height=33, width=47),
    Specimen("odd.gif", "gif", height=33, width=47, pixel_format="rgb8"),
    Specimen("odd_ffv1.mkv", "ffv1", height=33, width=47),
    Specimen("odd_mjpeg.avi", "mjpeg", height=33, width=47, pixel_format="yuvj420p"),
    Specimen("alpha_vp9.webm", "libvpx-vp9", _VPX, pixel_format="yuva420p"),
    Specimen("alpha_vp8.webm", "libvpx", {**_VPX, "auto-alt-ref": "0"}, pixel_format="yuva420p"),
    Specimen("alpha_prores.mov", "prores_ks", pixel_format="yuva444p10le"),
    Specimen("alpha_ffv1.mkv", "ffv1", pixel_format="bgra"),
    Specimen("alpha_animation.mov", "qtrle", pixel_format="argb"),
    Specimen("alpha_png.mov", "png", pixel_format="rgba"),
)
"""Depths, sizes, colours and transparency."""

LENGTHS = (
    *(Specimen(f"one.{suffix}", "libx264", _x264(), n_frames=1) for suffix in ("mp4", "mkv")),
    *(Specimen(f"two.{suffix}", "libx264", _x264(), n_frames=2) for suffix in ("mp4", "flv")),
    Specimen("one.avi", "mpeg4", _MPEG4, n_frames=1),
    Specimen("two.avi", "mpeg4", _MPEG4, n_frames=2),
    Specimen("one.webm", "libvpx-vp9", _VPX_HIDDEN, n_frames=1),
    Specimen("two.webm", "libvpx", _VPX, n_frames=2),
    Specimen("one.gif", "gif", n_frames=1, pixel_format="rgb8"),
    Specimen("two.gif", "gif", n_frames=2, pixel_format="rgb8"),
    Specimen("one_hevc.mov", "libx265", _x265(bframes=0), n_frames=1),
    Specimen("tiny_h264.mp4", "libx264", _x264(), height=2, width=2),
    Specimen("tiny_vp9.webm", "libvpx-vp9", _VPX, height=1, width=1),
    Specimen("tiny_mpeg4.avi", "mpeg4", _MPEG4, height=1, width=3),
    Specimen("tiny.gif", "gif", height=1, width=1, n_frames=3, pixel_format="rgb8"),
    Specimen("tiny_ffv1.mkv", "ffv1", height=1, width=2),
    Specimen("strip_h264.mp4", "libx264", _x264(), height=2, width=720),
)
"""One and two frames, and pictures of hardly a pixel."""

_UNEVEN_MS = (0, 40, 41, 80, 500, 505, 540, 1250, 2000, 2010, 2500, 2501, 4000, 4100, 4133, 4166)

TIMES_AND_STREAMS = (
    Specimen("uneven.mp4", "libx264", _x264(), n_frames=16, times_ms=_UNEVEN_MS),
    Specimen("uneven.mkv", "libx264", _x264(open_gop=1), n_frames=16, times_ms=_UNEVEN_MS),
    Specimen("uneven.webm", "libvpx-vp9", _VPX, n_frames=16, times_ms=_UNEVEN_MS),
    Specimen("uneven.mov", "libx265", _x265(), n_frames=16, times_ms=_UNEVEN_MS),
    Specimen("uneven.flv", "libx264", _x264(), n_frames=16, times_ms=_UNEVEN_MS),
    Specimen("sound_first.mp4", "libx264", _x264(), streams=("sound", "video")),
    Specimen("sound_first.mkv", "libx265", _x265(), streams=("sound", "video")),
    Specimen("sound_first.webm", "libvpx-vp9", _VPX, streams=("sound", "video")),
    Specimen("sound_first.avi", "mpeg4", _MPEG4, streams=("sound", "video")),
    Specimen("sound_first.flv", "libx264", _x264(), streams=("sound", "video")),
    Specimen("sound_last.mov", "mpeg4", _MPEG4, streams=("video", "sound")),
    Specimen("subtitles.mkv", "libx264", _x264(), streams=("subtitles", "sound", "video")),
    Specimen(
        "fragments.mp4",
        "libx264",
        _x264(),
        streams=("video", "sound"),
        container={"movflags": "frag_keyframe+empty_moov"},
    ),
    Specimen("table_first.mp4", "libx265", _x265(open_gop=1), container={"movflags": "faststart"}),
    Specimen("live.mkv", "libx264", _x264(), container={"live": "1"}),
)
"""Variable frame rates, streams beside the video, and containers written in pieces."""

EVERYTHING = (*CODECS_IN_CONTAINERS, *OLDER_FORMATS, *PICTURES, *LENGTHS, *TIMES_AND_STREAMS)
