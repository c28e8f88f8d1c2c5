"""The ways to read single frames that are compared, each as its users write it, one thread each.

A reader takes a clip, the frames wanted and the size they are wanted in (None: as they are) and
returns uint8 [N, H, W, 3], RGB. None of them keeps anything from one call to the next.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import decord
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from torchcodec.decoders import VideoDecoder  # pyright: ignore[reportPrivateImportUsage]
from torchcodec.transforms import Resize  # pyright: ignore[reportPrivateImportUsage]

from aura.media import open_video

Pictures = NDArray[np.uint8]
Reader = Callable[["Clip", Sequence[int], tuple[int, int] | None], Pictures]


@dataclass(frozen=True)
class Clip:
    """A video, and what a reader may know of it beforehand.

    Attributes:
        path: Where it lies.
        group: The kind of clip it is counted among.
        stream_index: Place of its first video stream among all streams.
        n_frames: Frames that decoding it from start to end gives.
        packet_of: The packet of each frame, in the order of display.
        keys: The packets at which a group of pictures starts.
        codec: FFmpeg's name of the codec.
    """

    path: Path
    group: str
    stream_index: int
    n_frames: int
    packet_of: tuple[int, ...]
    keys: tuple[int, ...]
    codec: str


def read_aura(clip: Clip, indices: Sequence[int], size: tuple[int, int] | None) -> Pictures:
    with open_video(clip.path) as video:
        return video.frames_at(indices, size=size).data


def read_torchcodec(
    clip: Clip, indices: Sequence[int], size: tuple[int, int] | None, *, seek_mode: str = "exact"
) -> Pictures:
    decoder = VideoDecoder(
        str(clip.path),
        stream_index=clip.stream_index,
        dimension_order="NHWC",
        num_ffmpeg_threads=1,
        seek_mode=seek_mode,  # pyright: ignore[reportArgumentType]
        transforms=None if size is None else [Resize(size)],
    )
    return decoder.get_frames_at(list(indices)).data.numpy()


def read_torchcodec_approximate(
    clip: Clip, indices: Sequence[int], size: tuple[int, int] | None
) -> Pictures:
    return read_torchcodec(clip, indices, size, seek_mode="approximate")


def read_decord(clip: Clip, indices: Sequence[int], size: tuple[int, int] | None) -> Pictures:
    height, width = size or (-1, -1)
    reader = decord.VideoReader(
        str(clip.path), ctx=decord.cpu(0), width=width, height=height, num_threads=1
    )
    return reader.get_batch(list(indices)).asnumpy()


def _opencv(clip: Clip) -> cv2.VideoCapture:
    return cv2.VideoCapture(str(clip.path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])


def _opencv_rgb(picture: MatLike, size: tuple[int, int] | None) -> Pictures:
    if size is not None:
        picture = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def read_opencv_seeking(
    clip: Clip, indices: Sequence[int], size: tuple[int, int] | None
) -> Pictures:
    capture, pictures = _opencv(clip), []
    for index in indices:
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        found, picture = capture.read()
        if not found:
            raise LookupError(f"no frame {index}")
        pictures.append(_opencv_rgb(picture, size))
    capture.release()
    return np.stack(pictures)


def read_opencv_in_order(
    clip: Clip, indices: Sequence[int], size: tuple[int, int] | None
) -> Pictures:
    capture, pictures, wanted = _opencv(clip), [], set(indices)
    for index in range(max(indices) + 1):
        if not capture.grab():
            raise LookupError(f"no frame {index}")
        if index in wanted:
            pictures.append(_opencv_rgb(capture.retrieve()[1], size))
    capture.release()
    return np.stack(pictures)


def read_pyav(clip: Clip, indices: Sequence[int], size: tuple[int, int] | None) -> Pictures:
    pictures, wanted, last = [], set(indices), max(indices)
    height, width = size or (None, None)
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        for index, frame in enumerate(container.decode(stream)):
            if index in wanted:
                pictures.append(frame.to_ndarray(format="rgb24", width=width, height=height))
            if index == last:
                break
    return np.stack(pictures)


def read_limit(clip: Clip, indices: Sequence[int], _size: tuple[int, int] | None) -> Pictures:
    """Open with PyAV and decode the packets that the frames depend on; convert nothing.

    Which these are is known beforehand: the limit neither looks for frames nor counts them.
    """
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        packets = [packet for packet in container.demux(stream) if packet.size]
        _decode_needed(stream.codec_context, packets, clip, indices)
    return np.empty(0, dtype=np.uint8)


def _decode_needed(
    context: av.VideoCodecContext, packets: Sequence[av.Packet], clip: Clip, indices: Sequence[int]
) -> None:
    groups: dict[int, set[int]] = {}
    for packet in (clip.packet_of[index] for index in indices):
        key = clip.keys[bisect_right(clip.keys, packet) - 1]
        groups.setdefault(key, set()).add(packet)
    skips = clip.codec in ("h264", "hevc", "mpeg4")
    for key, wanted in groups.items():
        context.skip_frame = "NONREF" if skips else "DEFAULT"
        for place in range(key, max(wanted) + 1):
            if place in wanted:
                context.skip_frame = "DEFAULT"
                context.decode(packets[place])
                context.skip_frame = "NONREF" if skips else "DEFAULT"
            else:
                context.decode(packets[place])
        context.skip_frame = "DEFAULT"
        context.decode(None)
        context.flush_buffers()


READERS: dict[str, Reader] = {
    "aura": read_aura,
    "limit": read_limit,
    "torchcodec exact": read_torchcodec,
    "torchcodec approximate": read_torchcodec_approximate,
    "decord": read_decord,
    "OpenCV seeking": read_opencv_seeking,
    "OpenCV in order": read_opencv_in_order,
    "PyAV in order": read_pyav,
}


def use_one_thread() -> None:
    """Have the libraries that keep pools of threads use none."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    decord.logging.set_level(decord.logging.ERROR)
