"""Colours survive scaling, and arrays are one's own."""

from pathlib import Path

import numpy as np
import pytest

from aura.media import EncodeConfig, encode_video, open_video
from aura.media.convert import target_size


@pytest.mark.parametrize("size", [(24, 32), (37, 51), (96, 200), (192, 256)])
def test_scaling_keeps_brightness_and_colour(size: tuple[int, int], tmp_path: Path) -> None:
    colours = np.array([[200, 40, 60], [30, 180, 90], [70, 60, 210], [128, 128, 128]], np.uint8)
    path = tmp_path / "x.mp4"
    frames = [np.broadcast_to(colour, (96, 128, 3)) for colour in colours]
    encode_video(path, frames, fps=25, config=EncodeConfig(crf=1, gop=1))
    with open_video(path) as video:
        scaled = video.frames_at(range(4), size=size).data
    means = scaled.reshape(4, -1, 3).mean(axis=1)
    assert np.abs(means - colours).max() < 2.5
    assert scaled.reshape(4, -1, 3).std(axis=1).max() < 1.5


def test_reducing_averages_instead_of_skipping_pixels(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    board = (np.indices((96, 128)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frames = [np.stack([board] * 3, axis=2)] * 2
    encode_video(path, frames, fps=25, config=EncodeConfig(lossless=True))
    with open_video(path) as video:
        small = video.frames_at([1], size=(24, 32)).data
    assert np.abs(small.astype(int) - 127).max() < 4


@pytest.mark.parametrize("width", [96, 70])
@pytest.mark.parametrize("name", ["x.mp4", "x.gif"])
def test_frames_of_a_stream_are_contiguous_and_stay_as_they_are(width, name, write) -> None:
    path = write(name, n=6, width=width, **({"codec": "gif"} if name == "x.gif" else {}))
    with open_video(path) as video:
        frames = list(video.stream())
        again = video.frames_at(range(6)).data
    for frame in frames:
        assert frame.data.flags.c_contiguous
        assert np.array_equal(frame.data, again[frame.index])
    frames[0].data[:] = 0
    assert np.array_equal(frames[1].data, again[1])


def test_max_side_keeps_the_shape() -> None:
    assert target_size(1080, 1920, size=None, max_side=224) == (126, 224)
    assert target_size(10, 2000, size=None, max_side=20) == (1, 20)
