"""The clips that reading is measured on: what is known of each, and how its frames really look."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from aura.media import open_video, uniform_indices
from benchmarks.decoding_readers import Clip

Pictures = NDArray[np.uint8]
_SUFFIXES = frozenset({".mp4", ".mkv", ".webm", ".mov", ".avi", ".flv", ".gif"})


def find_clips(data: Path) -> list[Clip]:
    """Return the videos below a folder, each with what a full reading of its packets tells."""
    paths = sorted(path for path in data.rglob("*") if path.suffix.lower() in _SUFFIXES)
    return [_clip(path) for path in paths]


def _clip(path: Path) -> Clip:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec, index = stream.codec.canonical_name, stream.index
        packets = [packet for packet in container.demux(stream) if packet.size]
        keys = tuple(place for place, packet in enumerate(packets) if packet.is_keyframe)
        stamps = [packet.pts if packet.pts is not None else packet.dts or 0 for packet in packets]
    order = tuple(sorted(range(len(stamps)), key=stamps.__getitem__))
    reordered = order != tuple(range(len(stamps)))
    with open_video(path) as video:
        n_frames = video.n_frames
    group = f"{codec} with B-frames" if reordered else codec
    return Clip(path, group, index, n_frames, order, keys if codec != "gif" else (0,), codec)


def wanted(clip: Clip, n: int) -> tuple[int, ...]:
    """Return the frames that are read of a clip."""
    return uniform_indices(clip.n_frames, n)


def reference(clip: Clip, indices: Sequence[int]) -> Pictures:
    """Return frames as nothing but decoding from the start with PyAV gives them."""
    pictures: dict[int, Pictures] = {}
    places = set(indices)
    with av.open(str(clip.path)) as container:
        for place, frame in enumerate(container.decode(video=0)):
            if place in places:
                pictures[place] = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            if place >= max(places):
                break
    return np.stack([pictures[index] for index in indices])


def verdict(given: Pictures, truth: Pictures) -> str:
    """Return how frames compare with the true ones: "identical", "close", or what is wrong.

    Readers with another conversion to RGB differ by a few grey levels; another frame, by more.
    """
    if given.shape != truth.shape:
        return f"another shape: {list(given.shape)}"
    if np.array_equal(given, truth):
        return "identical"
    apart = np.abs(given.astype(np.int16) - truth).mean(axis=(1, 2, 3))
    if apart.max() < 3 and not _shows_other_frames(given, truth):
        return "close"
    return f"other frames: {int(np.argmax(apart))} is {apart.max():.1f} grey levels away"


def _shows_other_frames(given: Pictures, truth: Pictures) -> bool:
    """Whether most of a difference is not a matter of rounding."""
    apart = np.abs(given.astype(np.int16) - truth)
    return bool((apart > 24).mean() > 0.002)
