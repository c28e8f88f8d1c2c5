"""Headers that move, turn, miscount or mislead: the frames stay those of sequential decoding."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from header_edits import UPRIGHT, edit_box, first_tick, set_edit_list, set_matrix, set_word
from reference import assert_reads_like, read_sequentially
from specimens import CODECS_IN_CONTAINERS, Specimen, generate

from aura.errors import MediaError
from aura.media import open_video, probe

BY_NAME = {specimen.name: specimen for specimen in CODECS_IN_CONTAINERS}
MP4 = ["h264_closed.mp4", "h264_open.mp4", "hevc_open.mp4", "mpeg4.mp4", "av1.mp4", "vp9.mp4"]
MOVED = ["h264_closed.mp4", "h264_open.mov", "hevc_open.mp4", "mpeg4.mp4", "vp9.mp4"]
TICKS_A_FRAME, FRAME_MS = 512, 40
HUGE = 0x7FFFFFF0


def shifted_copy(source: Path, path: Path, *, by_frames: int) -> Path:
    """Copy the packets of a video, later or (below 0) partly before the start of the show."""
    with (
        av.open(str(source)) as origin,
        av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as container,
    ):
        video = origin.streams.video[0]
        stream = container.add_stream_from_template(video)
        for packet in origin.demux(video):
            if packet.size:
                step = round(Fraction(by_frames, 25) / packet.time_base)
                assert packet.pts is not None
                assert packet.dts is not None
                packet.pts, packet.dts = packet.pts + step, packet.dts + step
                packet.stream = stream
                container.mux(packet)
    return path


@pytest.mark.parametrize("by_frames", [-11, -3, 13])
@pytest.mark.parametrize("name", MOVED)
def test_videos_copied_from_the_middle_read_exactly(
    name: str, by_frames: int, tmp_path: Path
) -> None:
    source = generate(BY_NAME[name], tmp_path)
    path = shifted_copy(source, tmp_path / f"copy.{name}", by_frames=by_frames)
    assert b"elst" in path.read_bytes()
    reference = read_sequentially(path)
    assert len(reference.frames) == 24 + min(0, by_frames)
    assert_reads_like(path, reference)


@pytest.mark.parametrize(
    ("edits", "n_frames"),
    [
        pytest.param([(400, 5)], 10, id="a part of the middle"),
        pytest.param([(200, 2), (240, 12)], 11, id="two parts"),
        pytest.param([(240, 12), (200, 2)], 11, id="two parts in reverse"),
        pytest.param([(400, 0), (400, 0)], None, id="one part twice"),
        pytest.param([(500, -1), (400, 8)], 10, id="a wait before the start"),
        pytest.param([(4000, 0)], 24, id="longer than the media"),
        pytest.param([], 24, id="an empty list"),
    ],
)
@pytest.mark.parametrize("name", ["h264_closed.mp4", "h264_open.mp4", "hevc_open.mp4"])
def test_edit_lists_read_exactly(
    name: str, edits: list[tuple[int, int]], n_frames: int | None, tmp_path: Path
) -> None:
    path = generate(BY_NAME[name], tmp_path)
    start = first_tick(path)
    ticks = [(ms, -1 if frame < 0 else start + frame * TICKS_A_FRAME) for ms, frame in edits]
    set_edit_list(path, ticks)
    reference = read_sequentially(path)
    if name.startswith("h264") and n_frames is not None:
        # Of HEVC, FFmpeg drops pictures at the joints that refer across them.
        assert len(reference.frames) == n_frames
    assert_reads_like(path, reference)


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [
        pytest.param(UPRIGHT, lambda frame: frame, id="upright"),
        pytest.param((0, 1, -1, 0), lambda frame: np.rot90(frame, -1), id="quarter right"),
        pytest.param((-1, 0, 0, -1), lambda frame: np.rot90(frame, 2), id="half"),
        pytest.param((0, -1, 1, 0), lambda frame: np.rot90(frame, 1), id="quarter left"),
        pytest.param((-1, 0, 0, 1), lambda frame: frame[:, ::-1], id="mirrored"),
        pytest.param((1, 0, 0, -1), lambda frame: frame[::-1], id="upside down"),
        pytest.param((0, 1, 1, 0), lambda frame: frame.transpose(1, 0, 2), id="transposed"),
        pytest.param((0.7, 0.7, -0.7, 0.7), lambda frame: frame, id="an eighth is left alone"),
    ],
)
@pytest.mark.parametrize("name", ["h264_open.mp4", "hevc_open.mov", "vp9.mp4"])
def test_turned_and_mirrored_videos_read_upright(name: str, matrix, turned, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    frames = read_sequentially(path).frames
    set_matrix(path, matrix)
    expected = [turned(frame) for frame in frames]
    assert (probe(path).height, probe(path).width) == expected[0].shape[:2]
    with open_video(path) as video:
        for row, index in enumerate([20, 3, 11]):
            found = video.frames_at([20, 3, 11]).data[row]
            assert np.array_equal(found, expected[index])
        assert all(np.array_equal(f.data, expected[f.index]) for f in video.stream())


@pytest.mark.parametrize("n_claimed", [0, 1, 9, 25, 4000, HUGE])
@pytest.mark.parametrize("name", ["mpeg4.avi", "mjpeg.avi", "h264_open.avi"])
def test_avi_headers_with_a_wrong_count_change_no_frame(
    name: str, n_claimed: int, tmp_path: Path
) -> None:
    path = generate(BY_NAME[name], tmp_path)
    truth = read_sequentially(path)
    set_word(path, b"avih", offset=8 + 16, value=n_claimed)
    set_word(path, b"strh", offset=8 + 32, value=n_claimed)
    reference = read_sequentially(path)
    assert len(reference.frames) == len(truth.frames)
    if n_claimed == HUGE:
        with pytest.raises(MediaError, match="max_duration_s"):
            probe(path)
        return
    assert_reads_like(path, reference)


@pytest.mark.parametrize("name", ["h264_closed.mp4", "hevc_open.mov", "mpeg4.mp4"])
@pytest.mark.parametrize("box", [b"mvhd", b"mdhd", b"tkhd"])
def test_mp4_headers_with_a_wrong_duration_change_no_frame(
    name: str, box: bytes, tmp_path: Path
) -> None:
    path = generate(BY_NAME[name], tmp_path)
    truth = read_sequentially(path)
    at = {b"mvhd": 16, b"mdhd": 16, b"tkhd": 20}[box]
    for claimed in (0, 1, 1 << 20):
        word = struct.pack(">I", claimed)
        edit_box(path, box, lambda old, word=word: old[:at] + word + old[at + 4 :])
        reference = read_sequentially(path)
        assert len(reference.frames) == len(truth.frames)
        assert_reads_like(path, reference, n_wanted=4)


@pytest.mark.parametrize("n_timed", [1, 12, 23])
@pytest.mark.parametrize("name", MP4)
def test_mp4_tables_that_time_too_few_samples_read_like_any_other_reader(
    name: str, n_timed: int, tmp_path: Path
) -> None:
    path = generate(BY_NAME[name], tmp_path)
    edit_box(path, b"stts", lambda old: old[:8] + struct.pack(">I", n_timed) + old[12:])
    assert_reads_like(path, read_sequentially(path))


def test_an_mp4_that_promises_more_frames_than_it_holds_names_those_missing(tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    truth = read_sequentially(path)
    content = path.read_bytes()
    start = content.index(b"mdat") - 4
    kept = struct.unpack(">I", content[start : start + 4])[0] * 2 // 3
    hollow = bytearray(content)
    end = content.index(b"moov") - 4
    hollow[start + kept : end] = bytes(end - start - kept)
    path.write_bytes(hollow)
    with open_video(path) as video:
        frames = video.frames_at(range(24))
    assert {*frames.indices.tolist(), *(gap.index for gap in frames.missing)} == set(range(24))
    assert frames.missing
    for row, index in enumerate(frames.indices):
        assert np.array_equal(frames.data[row], truth.frames[index]), index


@pytest.mark.parametrize("value", [0.0, 1.0, 1e4])
def test_flv_metadata_with_a_wrong_duration_changes_no_frame(value: float, tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_open.flv"], tmp_path)
    content = bytearray(path.read_bytes())
    for key in (b"duration", b"framerate"):
        at = content.index(key) + len(key) + 1
        content[at : at + 8] = struct.pack(">d", value)
    path.write_bytes(content)
    assert_reads_like(path, read_sequentially(path))


def packed(source: Path, path: Path) -> Path:
    """Write MPEG-4 the way DivX did: each B picture in the packet of the picture it precedes."""
    signature = b"\x00\x00\x01\xb2DivX503b1393p"
    not_coded = b"\x00\x00\x01\xb6\x51\x9a\x8f"
    with av.open(str(source)) as origin, av.open(str(path), "w") as container:
        video = origin.streams.video[0]
        packets = [bytes(packet) for packet in origin.demux(video) if packet.size]
        stream = container.add_stream_from_template(video)
        merged = [signature + packets[0]]
        for ahead, between in zip(packets[1::2], packets[2::2], strict=False):
            merged += [ahead + between, not_coded]
        for number, content in enumerate(merged):
            packet = av.Packet(content)
            packet.pts = packet.dts = number
            packet.time_base, packet.stream = Fraction(1, 25), stream
            packet.is_keyframe = number == 0
            container.mux(packet)
    return path


def test_avi_with_packed_pictures_reads_exactly(tmp_path: Path) -> None:
    plain = Specimen("plain.avi", "mpeg4", {"g": "300", "bf": "1", "b_strategy": "0"}, n_frames=25)
    path = packed(generate(plain, tmp_path), tmp_path / "packed.avi")
    reference = read_sequentially(path)
    assert len(reference.frames) >= 23
    assert_reads_like(path, reference)


def with_cover(source: Path, path: Path) -> Path:
    """Copy a video and put a cover picture before it, the way the container has it."""
    grey = av.VideoFrame.from_ndarray(np.full((200, 200, 3), 90, np.uint8), format="rgb24")
    with av.open(str(source)) as origin, av.open(str(path), "w") as container:
        encoder = av.CodecContext.create("mjpeg", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 200, 200, "yuvj420p"
        encoder.time_base = Fraction(1, 25)
        (packet, *_) = encoder.encode(grey.reformat(format="yuvj420p"))
        if path.suffix == ".mkv":
            container.add_attachment("cover.jpg", "image/jpeg", bytes(packet))
        else:
            cover = container.add_stream("mjpeg", rate=25)
            cover.width, cover.height, cover.pix_fmt = 200, 200, "yuvj420p"
            cover.disposition = av.stream.Disposition.attached_pic
            packet.stream = cover
        stream = container.add_stream_from_template(origin.streams.video[0])
        if path.suffix != ".mkv":
            container.mux(packet)
        for packet in origin.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cover_picture_is_not_the_video(suffix: str, tmp_path: Path) -> None:
    source = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    path = with_cover(source, tmp_path / f"covered.{suffix}")
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 2
    info = probe(path)
    assert (info.codec, info.width, info.height, info.n_frames) == ("h264", 64, 48, 24)
    truth = read_sequentially(source).frames
    with open_video(path) as video:
        assert np.array_equal(video.frames_at([17]).data[0], truth[17])


def test_matroska_with_exchanged_clusters_reads_like_any_other_reader(tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_open.mkv"], tmp_path)
    few = tmp_path / "few.mkv"
    with (
        av.open(str(path)) as origin,
        av.open(str(few), "w", options={"cluster_size_limit": "1"}) as container,
    ):
        stream = container.add_stream_from_template(origin.streams.video[0])
        for packet in origin.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    content = few.read_bytes()
    starts = [at for at in range(len(content)) if content.startswith(b"\x1f\x43\xb6\x75", at)]
    one, two, end = starts[3], starts[11], starts[12]
    middle = content[starts[4] : two]
    exchanged = content[two:end] + middle + content[one : starts[4]]
    few.write_bytes(content[:one] + exchanged + content[end:])
    with open_video(few) as video:
        n_frames = video.n_frames
        frames = video.frames_at(range(n_frames))
        streamed = {frame.index: frame.data for frame in video.stream()}
        lost = {gap.index for gap in video.damage}
    assert list(streamed) == sorted(streamed)
    assert {*streamed, *lost} == set(range(n_frames))
    assert frames.indices.tolist() == list(streamed)
    assert all(np.array_equal(frames.data[row], streamed[i]) for row, i in enumerate(streamed))


@pytest.mark.parametrize("kind", ["flv", "ts"])
def test_a_stream_that_appears_late_ends_no_reading(kind: str, tmp_path: Path) -> None:
    options = BY_NAME["h264_closed.mp4"].options
    silent = Specimen(f"silent.{kind}", "libx264", options, n_frames=300, height=128, width=160)
    loud = Specimen(f"loud.{kind}", "libx264", options, streams=("sound", "video"))
    path, other = generate(silent, tmp_path), generate(loud, tmp_path)
    before = read_sequentially(path).frames
    head = 13 if kind == "flv" else 0
    path.write_bytes(path.read_bytes() + other.read_bytes()[head:])
    for _ in range(10):
        assert probe(path).n_frames >= 300
        with open_video(path) as video:
            assert np.array_equal(video.frames_at([250]).data[0], before[250])
            assert len(list(video.stream())) >= 299  # at the seam one may be lost
