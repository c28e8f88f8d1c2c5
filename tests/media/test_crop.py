"""Parts of pictures: cut exactly, scaled in one pass, upright whatever the coding."""

import struct
from pathlib import Path

import numpy as np
import pytest

from aura.errors import UsageError
from aura.media import open_video


@pytest.mark.parametrize("crop", [(0, 0, 64, 96), (8, 16, 32, 40), (3, 7, 21, 33), (63, 95, 1, 1)])
@pytest.mark.parametrize(
    ("name", "config"), [("x.mp4", {}), ("x.gif", {"codec": "gif"}), ("x.mkv", {"codec": "ffv1"})]
)
def test_an_unscaled_crop_is_cut_out_of_the_frame(name, config, crop, write) -> None:
    top, left, height, width = crop
    with open_video(write(name, n=8, **config)) as video:
        whole = video.frames_at([6, 1]).data
        part = video.frames_at([6, 1], crop=crop).data
        streamed = list(video.stream(crop=crop))
    assert np.array_equal(part, whole[:, top : top + height, left : left + width])
    assert np.array_equal(streamed[6].data, part[0])


def test_a_scaled_crop_looks_like_the_crop_scaled(tmp_path: Path) -> None:
    path = smooth_video(tmp_path / "x.mp4")
    with open_video(path) as video:
        part = video.frames_at([3], crop=(16, 32, 48, 64)).data[0].astype(float)
        small = video.frames_at([3], crop=(16, 32, 48, 64), size=(24, 32)).data[0]
        large = video.frames_at([3], crop=(16, 32, 48, 64), size=(96, 128)).data[0]
        shortened = video.frames_at([3], crop=(16, 32, 48, 64), max_side=32).data[0]
    averaged = part.reshape(24, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - averaged).mean() < 2.5
    assert np.abs(large - part.repeat(2, axis=0).repeat(2, axis=1)).mean() < 4
    assert np.array_equal(shortened, small)


def test_a_scaled_crop_knows_nothing_of_what_lies_beside_it(tmp_path: Path) -> None:
    from aura.media import EncodeConfig, encode_video

    half = np.zeros((64, 64, 3), np.uint8)
    half[:, 32:] = 255
    encode_video(tmp_path / "x.mp4", [half] * 2, fps=25, config=EncodeConfig(lossless=True))
    with open_video(tmp_path / "x.mp4") as video:
        black = video.frames_at([0], crop=(0, 0, 64, 32), size=(20, 20)).data
        white = video.frames_at([0], crop=(0, 32, 64, 32), size=(20, 20)).data
    assert black.max() == 0
    assert white.min() == 255


def test_each_frame_may_have_a_crop_of_its_own(write) -> None:
    crops = [(0, 0, 20, 20), (10, 30, 20, 20), (40, 70, 20, 20)]
    with open_video(write("x.mp4")) as video:
        whole = video.frames_at([5, 5, 30]).data
        parts = video.frames_at([5, 5, 30], crop=crops).data
        scaled = video.frames_at([5, 5], crop=[(0, 0, 20, 20), (0, 0, 40, 60)], size=(16, 16))
        with pytest.raises(UsageError, match="different"):
            video.frames_at([5, 5], crop=[(0, 0, 20, 20), (0, 0, 40, 60)])
    for row, (top, left, height, width) in enumerate(crops):
        assert np.array_equal(parts[row], whole[row, top : top + height, left : left + width])
    assert scaled.data.shape == (2, 16, 16, 3)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_crops_of_a_turned_video_are_as_displayed(degrees: int, tmp_path: Path) -> None:
    path = turn(smooth_video(tmp_path / "x.mp4"), degrees)
    with open_video(path) as video:
        whole = video.frames_at([3]).data[0]
        crop = (5, 9, 30, 20)
        part = video.frames_at([3], crop=crop).data[0]
        small = video.frames_at([3], crop=(6, 10, 30, 20), size=(15, 10)).data[0]
    assert np.array_equal(part, whole[5:35, 9:29])
    averaged = whole[6:36, 10:30].astype(float).reshape(15, 2, 10, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - averaged).mean() < 4


@pytest.mark.parametrize(
    "crop",
    [
        (0, 0, 65, 10),
        (0, 90, 10, 10),
        (-1, 0, 5, 5),
        (0, 0, 0, 5),
        (1, 2, 3),
        "abcd",
        [(0, 0, 9, 9)],
    ],
)
def test_impossible_crops_are_refused(crop, write) -> None:
    with open_video(write("x.mp4", n=4)) as video, pytest.raises(UsageError, match="crop"):
        video.frames_at([0, 1], crop=crop)


def smooth_video(path: Path) -> Path:
    from aura.media import EncodeConfig, encode_video

    down, across = np.mgrid[:96, :128]
    waves = [np.sin(down / 9 + i) * 60 + np.cos(across / 7) * 60 + 128 for i in range(6)]
    grey = [wave.astype(np.uint8) for wave in waves]
    frames = [np.stack([g, g[::-1], g[:, ::-1]], axis=2) for g in grey]
    encode_video(path, frames, fps=25, config=EncodeConfig(crf=10))
    return path


def turn(path: Path, degrees: int) -> Path:
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    one = 1 << 16
    identity = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    content = path.read_bytes()
    at = content.index(identity, content.index(b"tkhd"))
    path.write_bytes(content[:at] + turned + content[at + len(identity) :])
    return path
