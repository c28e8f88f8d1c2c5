"""The short way to single frames gives what the long way gives, also in files read by seeking."""

from pathlib import Path

import numpy as np
import pytest

import aura.media.scan
import aura.media.seeking
from aura.errors import MediaError, UsageError
from aura.media import EncodeConfig, encode_video, open_video

SEVERAL_GROUPS = [
    ("a.mp4", {"gop": 8, "b_frames": 3}),
    ("pyramid.mkv", {"gop": 24, "options": {"x264-params": "bframes=7:b-pyramid=2"}}),
    ("a.flv", {"gop": 8, "b_frames": 2}),
    ("hevc.mp4", {"codec": "libx265", "gop": 12, "b_frames": 3}),
    ("open_hevc.mkv", {"codec": "libx265", "gop": 8, "open_gop": True, "b_frames": 3}),
    ("vp8.webm", {"codec": "libvpx", "gop": 8, "options": {"auto-alt-ref": "1"}}),
    ("vp9.webm", {"codec": "libvpx-vp9", "gop": 8}),
    ("four.mp4", {"codec": "mpeg4", "gop": 9, "b_frames": 2}),
    ("four.avi", {"codec": "mpeg4", "gop": 9, "b_frames": 2}),
    ("plain_four.avi", {"codec": "mpeg4", "gop": 9}),
    ("patches.gif", {"codec": "gif"}),
]


@pytest.mark.parametrize(("name", "config"), SEVERAL_GROUPS, ids=[n for n, _ in SEVERAL_GROUPS])
@pytest.mark.parametrize("is_long", [False, True], ids=["in memory", "by seeking"])
def test_every_single_frame_equals_sequential_decoding(
    name, config, is_long, write, sequential, monkeypatch
) -> None:
    path = write(name, n=30, **config)
    truth, _ = sequential(path)
    if is_long:
        monkeypatch.setattr(aura.media.scan, "_KEPT_BYTES", 0)
    with open_video(path) as video:
        assert video.n_frames == len(truth)
        for index in [*range(0, 30, 3), 29, 1, 17]:
            assert np.array_equal(video.frames_at([index]).data[0], truth[index]), index
        several = video.frames_at([28, 2, 13, 2])
        assert video.damage == ()
    for row, index in enumerate([28, 2, 13, 2]):
        assert np.array_equal(several.data[row], truth[index])


@pytest.mark.parametrize(
    "name",
    ["x.mp4", "x.avi", "plain.mkv", "layers.mp4"],
    ids=["H.264", "MPEG-4 in AVI", "HEVC", "HEVC in layers"],
)
def test_what_no_target_needs_is_not_decoded(name: str, write, monkeypatch) -> None:
    x265 = "log-level=none:pools=none:frame-threads=1:b-adapt=0:bframes=3"
    config = {
        "x.mp4": {"b_frames": 3, "options": {"x264-params": "b-adapt=0"}},
        "x.avi": {"codec": "mpeg4", "b_frames": 2, "options": {"sc_threshold": "1000000000"}},
        "plain.mkv": {"codec": "libx265", "options": {"x265-params": x265}},
        "layers.mp4": {
            "codec": "libx265",
            "options": {"x265-params": f"{x265}:temporal-layers=3"},
        },
    }[name]
    path, n_given = write(name, n=30, gop=30, **config), 0
    original = aura.media.seeking._targets_among

    def counting(pictures, *, announced, pending):
        nonlocal n_given
        n_given += len(pictures)
        return original(pictures, announced=announced, pending=pending)

    monkeypatch.setattr(aura.media.seeking, "_targets_among", counting)
    with open_video(path) as video:
        assert video.frames_at([29]).indices.tolist() == [29]
    # A picture that was left out comes out of the decoder nowhere.
    assert 5 < n_given <= 20


@pytest.mark.parametrize("name", ["mmaction_makeup.avi", "moviepy_turtle.flv"])
def test_packed_pictures_and_old_codecs_equal_sequential_decoding(
    name: str, real_clips: list[Path], sequential
) -> None:
    path = next(path for path in real_clips if path.name == name)
    truth, _ = sequential(path)
    with open_video(path) as video:
        assert video.n_frames == len(truth)
        for index in range(5, len(truth), 23):
            assert np.array_equal(video.frames_at([index]).data[0], truth[index])
        assert len(list(video.stream())) == len(truth)
        assert video.damage == ()


def test_key_frames_stand_in_for_a_fast_look(write, sequential) -> None:
    path = write("x.mp4", gop=10, b_frames=2, options={"x264-params": "scenecut=0"})
    truth, _ = sequential(path)
    with open_video(path) as video:
        look = video.frames_at([0, 4, 16, 23, 35], mode="keyframes")
        at_times = video.frames_at(seconds=[0.5], mode="keyframes")
    assert look.indices.tolist() == [0, 0, 20, 20, 30]
    assert np.allclose(look.pts_seconds, np.array([0, 0, 20, 20, 30]) / 25)
    for row, index in enumerate(look.indices):
        assert np.array_equal(look.data[row], truth[index])
    assert at_times.indices.tolist() == [10]


@pytest.mark.parametrize("name", ["x.gif", "x.ts"])
def test_where_key_frames_are_not_certain_a_fast_look_is_exact(
    name: str, write, sequential
) -> None:
    path = write(name, **({"codec": "gif"} if name.endswith("gif") else {"gop": 8}))
    truth, _ = sequential(path)
    with open_video(path) as video:
        look = video.frames_at([13], mode="keyframes")
    assert look.indices.tolist() == [13]
    assert np.array_equal(look.data[0], truth[13])


def test_an_unknown_mode_is_refused(write) -> None:
    with open_video(write("x.mp4", n=2)) as video, pytest.raises(UsageError, match="keyframes"):
        video.frames_at([0], mode="fast")  # type: ignore[arg-type]


def test_a_place_outside_is_refused_where_frames_are_counted_by_decoding(write) -> None:
    with open_video(write("x.ts", n=12)) as video:
        with pytest.raises(MediaError, match="has 12 frames, numbered 0 to 11"):
            video.frames_at([3, 12])
        assert video.frames_at([11, 3]).indices.tolist() == [11, 3]


def test_memory_does_not_grow_with_the_length_of_a_video(tmp_path: Path, monkeypatch) -> None:
    import tracemalloc

    monkeypatch.setattr(aura.media.scan, "_KEPT_BYTES", 1 << 14)
    still = np.zeros((16, 16, 3), np.uint8)
    peaks = []
    for n in (200, 2000):
        path = tmp_path / f"{n}.mp4"
        encode_video(path, (still for _ in range(n)), fps=25, config=EncodeConfig(gop=50))
        tracemalloc.start()
        with open_video(path) as video:
            video.frames_at([n - 1])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 1,800 frames more; what decoding takes does not grow, the timeline does.
    assert (peaks[1] - peaks[0]) / 1800 < 200
