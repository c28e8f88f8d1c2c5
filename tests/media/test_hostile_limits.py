"""Files that claim more of the machine than they may: each limit stops one that exceeds it."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from header_edits import edit_box, set_word
from hostile_files import box
from reference import read_sequentially
from specimens import EVERYTHING, Specimen, generate

from aura.errors import LimitError, MediaError
from aura.media import Audio, MediaLimits, encode_video, open_video, probe, read_audio

BY_NAME = {specimen.name: specimen for specimen in EVERYTHING}
SPARSE_BYTES = 1 << 38
WITH_SOUND = ["sound_first.mp4", "sound_first.mkv", "sound_first.avi", "sound_first.flv"]


def refusals(path: Path, limits: MediaLimits) -> list[str]:
    """Return what opening a file in both ways says."""
    messages = []
    for attempt in (probe, lambda path, limits: open_video(path, limits=limits).__enter__().info):
        with pytest.raises(MediaError) as caught:
            attempt(path, limits=limits)
        messages.append(str(caught.value))
    return messages


@pytest.mark.parametrize("name", ["patches.gif", "mjpeg.avi", "vp9.webm", "h264_open.flv"])
def test_too_many_pixels_are_refused(name: str, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    assert probe(path, limits=MediaLimits(max_pixels=64 * 48)).width == 64
    for message in refusals(path, MediaLimits(max_pixels=64 * 48 - 1)):
        assert "max_pixels" in message


def test_a_gif_of_81_megapixels_is_refused(tmp_path: Path) -> None:
    path = generate(BY_NAME["patches.gif"], tmp_path)
    content = bytearray(path.read_bytes())
    content[6:10] = struct.pack("<HH", 9000, 9000)
    path.write_bytes(content)
    for message in refusals(path, MediaLimits()):
        assert "9000x9000 pixels, more than the limit" in message


def test_pictures_that_grow_beyond_the_limit_on_the_way_are_missing(tmp_path: Path) -> None:
    options = BY_NAME["h264_closed.mp4"].options
    small = generate(Specimen("small.ts", "libx264", options), tmp_path)
    large = generate(Specimen("large.ts", "libx264", options, height=480, width=640), tmp_path)
    path = tmp_path / "growing.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    truth = read_sequentially(small).frames
    with open_video(path, limits=MediaLimits(max_pixels=10_000)) as video:
        frames = list(video.stream())
        assert video.damage
        found = video.frames_at([3, video.damage[0].index])
    assert len(frames) == 24
    assert np.array_equal(found.data[0], truth[3])
    assert len(found) == len(found.missing) == 1


@pytest.mark.parametrize("name", ["h264_closed.mp4", "h264_open.mkv"])
def test_frames_that_span_too_long_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    frames = [np.full((48, 64, 3), value, np.uint8) for value in (0, 200)]
    encode_video(path, frames, fps=25, times_s=[0.0, 3 * 3600.0])
    assert probe(path).duration_s == pytest.approx(3 * 3600, abs=1)
    for message in refusals(path, MediaLimits(max_duration_s=2 * 3600.0)):
        assert "max_duration_s" in message


@pytest.mark.parametrize("name", ["h264_open.mkv", "h264_open.flv", "mpeg4.avi"])
def test_a_header_that_claims_years_is_refused(name: str, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    content = path.read_bytes()
    markers = {
        ".mkv": (b"\x44\x89\x88", 3, struct.pack(">d", 1e12)),
        ".flv": (b"duration", 9, struct.pack(">d", 1e9)),
        ".avi": (b"strh", 8 + 32, struct.pack("<I", 0x7FFFFFF0)),
    }
    marker, offset, claim = markers[path.suffix]
    at = content.index(marker) + offset
    path.write_bytes(content[:at] + claim + content[at + len(claim) :])
    for message in refusals(path, MediaLimits()):
        assert "max_duration_s" in message


def test_dozens_of_streams_are_refused(tmp_path: Path) -> None:
    crowd = Specimen(
        "crowd.mkv",
        "libx264",
        BY_NAME["h264_closed.mp4"].options,
        streams=("video", *["subtitles"] * 40),
    )
    path = generate(crowd, tmp_path)
    for message in refusals(path, MediaLimits()):
        assert "holds 41 streams, more than the limit of 32 (max_streams)" in message
    assert probe(path, limits=MediaLimits(max_streams=41)).n_frames == 24


@pytest.mark.parametrize("name", ["mpeg4.avi", "patches.gif", "h264_open.flv", "vp9.webm"])
def test_too_many_frames_are_refused(name: str, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    assert probe(path, limits=MediaLimits(max_frames=24)).n_frames == 24
    for message in refusals(path, MediaLimits(max_frames=23)):
        assert "max_frames" in message


def test_a_sample_table_of_a_billion_frames_is_refused(tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    claim = struct.pack(">I", 1_000_000_000)
    edit_box(path, b"stts", lambda old: old[:8] + claim + old[12:])
    # One size for all samples needs no table: so many frames fit into twelve bytes.
    edit_box(path, b"stsz", lambda _: bytes(4) + struct.pack(">I", 1) + claim)
    for message in refusals(path, MediaLimits()):
        assert "damaged" in message or "limit" in message


def test_results_beyond_the_memory_limit_are_refused(tmp_path: Path) -> None:
    path = generate(BY_NAME["sound_first.mp4"], tmp_path)
    limits = MediaLimits(max_result_bytes=5 * 64 * 48 * 3)
    with open_video(path, limits=limits) as video:
        assert len(video.frames_at(range(5))) == 5
        with pytest.raises(LimitError, match="max_result_bytes"):
            video.frames_at(range(6))
        with pytest.raises(LimitError, match="max_result_bytes"):
            video.frames_at([0], size=(4000, 4000))
        assert len(list(video.stream())) == 24


@pytest.mark.parametrize("name", WITH_SOUND)
def test_sound_beyond_the_limits_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    silence = Audio(np.zeros(5 * 16_000, np.float32), 16_000)
    encode_video(path, [np.zeros((48, 64, 3), np.uint8)] * 5, fps=25, audio=silence)
    with pytest.raises(LimitError, match="max_result_bytes"):
        read_audio(path, limits=MediaLimits(max_result_bytes=200_000))
    with pytest.raises(LimitError, match="max_duration_s"):
        read_audio(path, limits=MediaLimits(max_duration_s=2.0))


@pytest.mark.parametrize(
    "name", ["h264_open.mkv", "sound_first.avi", "h264_open.flv", "patches.gif", "vp9.webm"]
)
@pytest.mark.parametrize("limits", [{"max_gap_bytes": 8 << 20}, {"max_call_s": 0.3}], ids=str)
@pytest.mark.timeout(60)
def test_endless_emptiness_is_not_searched_to_its_end(
    name: str, limits: dict[str, float], tmp_path: Path, capfd
) -> None:
    path = generate(BY_NAME[name], tmp_path)
    with path.open("r+b") as file:
        file.truncate(SPARSE_BYTES)
    capfd.readouterr()
    for message in refusals(path, MediaLimits(**limits)):
        assert next(iter(limits)) in message
    if name in WITH_SOUND:
        with pytest.raises(LimitError, match=next(iter(limits))):
            read_audio(path, limits=MediaLimits(**limits))
    assert capfd.readouterr() == ("", "")


@pytest.mark.timeout(60)
def test_an_mp4_of_a_quarter_terabyte_opens_by_its_table(tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    truth = read_sequentially(path).frames
    with path.open("r+b") as file:
        file.truncate(SPARSE_BYTES)
    with open_video(path, limits=MediaLimits(max_call_s=30)) as video:
        assert np.array_equal(video.frames_at([11]).data[0], truth[11])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["h264_closed.mp4", "h264_open.mkv", "mpeg4.avi"])
def test_a_call_that_takes_too_long_is_stopped(name: str, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    for message in refusals(path, MediaLimits(max_call_s=1e-6)):
        assert "max_call_s" in message


def test_a_video_goes_on_after_a_call_that_took_too_long(tmp_path: Path, monkeypatch) -> None:
    path = generate(BY_NAME["h264_long_gop.mkv"], tmp_path)
    truth = read_sequentially(path).frames
    with open_video(path) as video:
        with monkeypatch.context() as patch:
            patch.setattr("time.monotonic", iter(range(0, 10**9, 300)).__next__)
            with pytest.raises(LimitError, match="max_call_s"):
                video.frames_at([200])
        assert np.array_equal(video.frames_at([200]).data[0], truth[200])


@pytest.mark.timeout(60)
def test_a_compressed_header_that_swells_is_refused(tmp_path: Path) -> None:
    swollen = zlib.compress(bytes(64 << 20), 9)
    header = box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", 64 << 20), swollen)
    path = tmp_path / "swelling.mov"
    path.write_bytes(box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"moov", box(b"cmov", *header)))
    for message in refusals(path, MediaLimits()):
        assert "damaged" in message or "no stream" in message


@pytest.mark.timeout(60)
def test_a_claim_of_endless_frames_in_an_avi_is_not_believed(tmp_path: Path) -> None:
    path = generate(BY_NAME["mpeg4.avi"], tmp_path)
    set_word(path, b"strh", offset=8 + 24, value=1)
    set_word(path, b"strh", offset=8 + 20, value=0xFFFFFFFF)
    for message in refusals(path, MediaLimits()):
        assert "max_duration_s" in message
