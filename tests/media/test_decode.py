import random
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aura.errors import LimitError, MediaError, UsageError
from aura.media import MediaLimits, encode_video, open_video, probe

H264_OPEN = {"open_gop": True, "gop": 8, "b_frames": 3}
VARIETIES = [
    ("closed.mp4", {"gop": 8, "b_frames": 3}),
    ("no_b_frames.mov", {"gop": 8, "b_frames": 0}),
    ("open.mkv", H264_OPEN),
    ("open.flv", H264_OPEN),
    ("refresh.mp4", {"gop": 8, "options": {"x264-params": "intra-refresh=1"}}),
    ("stream.ts", {"gop": 8, "b_frames": 3}),
    ("avc.avi", {"gop": 8, "b_frames": 3}),
    ("closed_hevc.mp4", {"codec": "libx265", "gop": 8}),
    ("open_hevc.mkv", {"codec": "libx265", "gop": 8, "open_gop": True, "b_frames": 3}),
    ("nine.webm", {"codec": "libvpx-vp9", "gop": 8}),
    ("eight.webm", {"codec": "libvpx", "gop": 8, "options": {"auto-alt-ref": "1"}}),
    ("four.avi", {"codec": "mpeg4", "gop": 8, "b_frames": 2}),
    ("four.mp4", {"codec": "mpeg4", "gop": 8, "b_frames": 2}),
    ("two.mpg", {"codec": "mpeg2video", "gop": 8, "b_frames": 2}),
    ("sorenson.flv", {"codec": "flv", "gop": 8}),
    ("motion.avi", {"codec": "mjpeg"}),
    ("patches.gif", {"codec": "gif"}),
    ("ten_bit.mov", {"codec": "prores_ks"}),
    ("lossless.mkv", {"codec": "ffv1"}),
]


@pytest.mark.parametrize(("name", "config"), VARIETIES, ids=[name for name, _ in VARIETIES])
def test_frames_equal_sequential_decoding(name, config, write, sequential, same) -> None:
    path = write(name, **config)
    truth, _ = sequential(path)
    wanted = random.Random(name).choices(range(len(truth)), k=12)
    with open_video(path) as video:
        assert video.n_frames == len(truth)
        frames = video.frames_at(wanted)
        again = video.frames_at(wanted[:3])
        streamed = list(video.stream())
        assert video.damage == ()
    assert frames.missing == ()
    assert frames.indices.tolist() == wanted
    assert same(frames.data, [truth[index] for index in wanted])
    assert same(again.data, frames.data[:3])
    assert same([frame.data for frame in streamed], truth)
    assert np.allclose(frames.pts_seconds, [streamed[index].pts_s for index in wanted])
    assert np.allclose(np.diff([frame.pts_s for frame in streamed]), 0.04, atol=0.011)


def test_av1_frames_equal_sequential_decoding(write, sequential, same, capfd) -> None:
    path = write("one.mp4", codec="libsvtav1", gop=8, n=20)
    capfd.readouterr()
    truth, _ = sequential(path)
    with open_video(path) as video:
        assert video.info.codec == "av1"
        assert same(video.frames_at([17, 3, 9]).data, [truth[17], truth[3], truth[9]])


@pytest.mark.parametrize("config", [{"gop": 8, "b_frames": 3}, H264_OPEN])
def test_threads_do_not_change_frames(config, write, same) -> None:
    path = write("x.mp4", **config)
    with open_video(path) as one, open_video(path, n_threads=3) as three:
        wanted = [30, 2, 19, 19]
        assert same(one.frames_at(wanted).data, three.frames_at(wanted).data)
        assert same([f.data for f in one.stream()], [f.data for f in three.stream()])


@pytest.mark.slow
def test_real_clips_equal_sequential_decoding(real_clips: list[Path]) -> None:
    for number, path in enumerate(real_clips):
        n_frames = probe(path).n_frames
        wanted = random.Random(number).choices(range(n_frames), k=4)
        with open_video(path, n_threads=2) as video:
            assert video.n_frames == n_frames, path
            frames = video.frames_at([*wanted, n_frames - 1])
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            n_decoded = 0
            for place, picture in enumerate(container.decode(video=0)):
                n_decoded += 1
                for row in np.flatnonzero(frames.indices == place):
                    truth = picture.to_ndarray(format="rgb24")
                    assert np.array_equal(frames.data[row], truth), path
        assert n_decoded == n_frames, path


def test_lossless_video_gives_back_every_pixel(write, pictures, same) -> None:
    path = write("exact.mp4", lossless=True, gop=8)
    with open_video(path) as video:
        assert same(video.frames_at(range(36)).data, pictures(36))


def test_variable_frame_rate_keeps_its_times(tmp_path: Path, pictures) -> None:
    path = tmp_path / "vfr.mp4"
    times_s = [0.0, 0.04, 0.5, 0.54, 1.25, 2.0]
    encode_video(path, pictures(6), fps=25, times_s=times_s)
    with open_video(path) as video:
        assert np.allclose(video.frames_at(range(6)).pts_seconds, times_s, atol=1e-4)
        shown = video.frames_at(seconds=[0.0, 0.3, 0.5001, 1.0, 1.9, 2.001])
    assert shown.indices.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.ts", "x.avi"])
def test_a_frames_own_time_finds_it_again(name: str, write) -> None:
    with open_video(write(name)) as video:
        every = video.frames_at(range(video.n_frames))
        again = video.frames_at(seconds=every.pts_seconds)
        assert np.array_equal(again.indices, every.indices)
        assert every.pts_seconds[0] == pytest.approx(0.0, abs=1e-6)


def test_places_outside_the_video_are_refused_with_its_length(write) -> None:
    with open_video(write("x.mp4")) as video:
        for wanted in ([36], [-1], [0, 400]):
            with pytest.raises(MediaError, match="has 36 frames, numbered 0 to 35"):
                video.frames_at(wanted)
        for wanted in ([-0.5], [3.0], [float("nan")]):
            with pytest.raises(MediaError, match=r"lasts 1\.440 s"):
                video.frames_at(seconds=wanted)
        with pytest.raises(UsageError):
            video.frames_at([0], seconds=[0.0])
        with pytest.raises(UsageError):
            video.frames_at()
        with pytest.raises(UsageError):
            video.frames_at([0], size=(10, 10), max_side=10)


def test_no_places_give_no_frames(write) -> None:
    with open_video(write("x.mp4")) as video:
        assert video.frames_at([]).data.shape == (0, 64, 96, 3)


def test_frames_are_scaled_while_converting(write) -> None:
    path = write("x.mp4")
    with open_video(path) as video:
        full = video.frames_at([5]).data[0]
        assert video.frames_at([5], size=(20, 50)).data.shape == (1, 20, 50, 3)
        small = video.frames_at([5], max_side=48).data[0]
        assert small.shape == (32, 48, 3)
        assert video.frames_at([5], max_side=1000).data.shape == (1, 64, 96, 3)
        assert next(iter(video.stream(max_side=48))).data.shape == (32, 48, 3)
    averaged = full.reshape(32, 2, 48, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - averaged).mean() < 12


def test_a_result_beyond_memory_is_refused(write) -> None:
    path = write("x.mp4")
    with open_video(path, limits=MediaLimits(max_result_bytes=50_000)) as video:
        assert len(video.frames_at([0, 1])) == 2
        with pytest.raises(LimitError, match="max_result_bytes"):
            video.frames_at([0, 1, 2])


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (64, 47), (16, 2)])
def test_odd_sizes_are_kept(size: tuple[int, int], tmp_path: Path, pictures) -> None:
    height, width = size
    path = tmp_path / "odd.mp4"
    encode_video(path, pictures(3, height=height, width=width), fps=25)
    with open_video(path) as video:
        assert video.frames_at([0, 2]).data.shape == (2, height, width, 3)
        assert (video.info.height, video.info.width) == size


def test_one_frame_is_a_video(write) -> None:
    for name in ("x.mp4", "x.avi", "x.mkv"):
        with open_video(write(name, n=1)) as video:
            assert video.n_frames == 1
            assert video.frames_at([0]).pts_seconds.tolist() == [0.0]


ROTATIONS = {
    90: (0, 1, -1, 0, 1),
    180: (-1, 0, 0, -1, 2),
    270: (0, -1, 1, 0, 3),
}


@pytest.mark.parametrize("degrees", ROTATIONS)
def test_rotation_is_applied(degrees: int, write, sequential) -> None:
    path = write("turned.mp4")
    a, b, c, d, quarters = ROTATIONS[degrees]
    one = 1 << 16
    identity = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    content = path.read_bytes()
    at = content.index(identity, content.index(b"tkhd"))
    path.write_bytes(content[:at] + turned + content[at + len(identity) :])
    truth, _ = sequential(path)
    expected = np.rot90(truth[7], k=-quarters)
    with open_video(path) as video:
        assert video.info.rotation_degrees == degrees
        assert (video.info.height, video.info.width) == expected.shape[:2]
        assert np.array_equal(video.frames_at([7]).data[0], expected)
        assert np.array_equal(list(video.stream())[7].data, expected)
        assert video.frames_at([7], size=(30, 20)).data.shape == (1, 30, 20, 3)


def test_frames_cut_off_by_an_edit_list_are_not_counted(write, sequential, same) -> None:
    path = write("edited.mp4", gop=8, b_frames=2)
    content = path.read_bytes()
    at = content.index(b"elst") + 12
    duration, media_time = struct.unpack(">Ii", content[at : at + 8])
    ticks_a_frame = 512
    edited = struct.pack(">Ii", duration - 400, media_time + 10 * ticks_a_frame)
    path.write_bytes(content[:at] + edited + content[at + 8 :])
    truth, _ = sequential(path)
    assert len(truth) == 26
    with open_video(path) as video:
        assert video.n_frames == probe(path).n_frames == 26
        assert same(video.frames_at([0, 5, 25]).data, [truth[0], truth[5], truth[25]])


def test_fragmented_mp4_is_counted_whole(tmp_path: Path, pictures, sequential, same) -> None:
    path = tmp_path / "fragments.mp4"
    with av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "8"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number, picture in enumerate(pictures(36)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    truth, _ = sequential(path)
    assert probe(path).n_frames == 36
    with open_video(path) as video:
        assert same(video.frames_at([35, 11]).data, [truth[35], truth[11]])


def test_a_truncated_tail_is_accounted_for_and_nothing_takes_its_place(write, sequential) -> None:
    whole = write("whole.mp4", gop=8, b_frames=3)
    truth, _ = sequential(whole)
    path = whole.with_name("cut.mp4")
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 7 // 10])
    with open_video(path) as video:
        assert video.info.is_cut_short
        assert video.n_frames == 36
        frames = video.frames_at(range(36))
        streamed = list(video.stream())
        damage = video.damage
    lost = [gap.index for gap in frames.missing]
    assert 0 < len(lost) < 36
    assert lost == [gap.index for gap in damage] == list(range(lost[0], 36))
    assert sorted([*frames.indices.tolist(), *lost]) == list(range(36))
    assert "cut short" in frames.missing[-1].reason
    assert [frame.index for frame in streamed] == frames.indices.tolist()
    for row, index in enumerate(frames.indices):
        assert np.array_equal(frames.data[row], truth[index])


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.avi", "x.ts"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_damage_inside_is_reported_and_never_hidden(name: str, n_threads: int, write) -> None:
    path = write(name, gop=12, b_frames=2)
    content = bytearray(path.read_bytes())
    noise = random.Random(3)
    for _ in range(12):
        content[noise.randrange(len(content) // 3, len(content) * 2 // 3)] ^= 0xFF
    path.write_bytes(content)
    with open_video(path, n_threads=n_threads) as video:
        n_frames = video.n_frames
        frames = video.frames_at(range(n_frames))
    with open_video(path) as video:
        streamed = {frame.index: frame.data for frame in video.stream()}
        damage = video.damage
    assert damage
    assert sorted([*streamed, *(gap.index for gap in damage)]) == list(range(n_frames))
    assert frames.indices.tolist() == list(streamed)
    assert {gap.index for gap in frames.missing} == {gap.index for gap in damage}
    for row, index in enumerate(frames.indices):
        assert np.array_equal(frames.data[row], streamed[index])
    with open_video(path, n_threads=n_threads) as video:
        for index in list(streamed)[::5]:
            assert np.array_equal(video.frames_at([index]).data[0], streamed[index])


def test_nothing_of_ffmpegs_own_log_reaches_the_user(write, capfd) -> None:
    path = write("x.mp4", gop=8)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = bytes(200)
    path.write_bytes(content)
    capfd.readouterr()
    with open_video(path) as video:
        video.frames_at([0, 20, 35])
        assert list(video.stream())
    assert capfd.readouterr() == ("", "")


def test_values_read_well(write) -> None:
    with open_video(write("x.mp4")) as video:
        assert repr(video.frames_at([0, 25])) == "Frames(2 x 96x64, 0.000-1.000 s)"
        assert repr(next(iter(video.stream()))) == "Frame(index=0, pts_s=0.000, 96x64)"
        assert "h264, 96x64" in repr(video)
