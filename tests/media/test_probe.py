import os
from pathlib import Path

import numpy as np
import pytest

from aura.errors import LimitError, MediaError
from aura.media import Audio, EncodeConfig, MediaLimits, encode_video, open_video, probe

STRANGE_NAMES = [
    "with space.mp4",
    "percent%03d.mp4",
    "star*.mp4",
    "question?.mp4",
    "[brackets].mp4",
    "colon:name.mp4",
    "http:host.mp4",
    "-leading.mp4",
    "quote's \".mp4",
    "new\nline.mp4",
    "видео 视频 🎬.mp4",
    "no_suffix",
    "wrong.txt",
    "a%03d.gif",
]


def test_info_says_what_the_file_is(tmp_path: Path, pictures) -> None:
    path = tmp_path / "x.mp4"
    tone = np.sin(np.arange(32_000) / 20).astype(np.float32) / 2
    encode_video(path, pictures(50), fps=25, audio=Audio(tone, 16_000))
    info = probe(path)
    assert (info.container, info.codec, info.pixel_format) == ("mov", "h264", "yuv420p")
    assert (info.width, info.height, info.fps, info.n_frames) == (96, 64, 25.0, 50)
    assert (info.has_audio, info.audio_codec, info.audio_rate_hz) == (True, "aac", 16_000)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)
    assert info.size_bytes == path.stat().st_size
    assert info.bit_rate_bps == pytest.approx(info.size_bytes * 8 / info.duration_s, abs=1)
    assert (info.rotation_degrees, info.is_cut_short) == (0, False)
    with open_video(path) as video:
        assert video.info == info


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_no_character_in_a_name_means_anything(name: str, write, tmp_path: Path) -> None:
    path = write("plain.gif", codec="gif", n=3) if name.endswith("gif") else write("p.mp4", n=3)
    try:
        path = path.rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system does not take the name")
    assert probe(path).n_frames == 3
    with open_video(str(path)) as video:
        assert len(video.frames_at([0, 2])) == 2


def test_a_name_that_is_not_unicode_opens(write, tmp_path: Path) -> None:
    path = write("x.mp4", n=2)
    try:
        path = path.rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    assert probe(path).n_frames == 2


def bad_files(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    text, empty = tmp_path / "text.mp4", tmp_path / "empty.mp4"
    text.write_text("not a video\n" * 200)
    empty.touch()
    return {
        "missing": (tmp_path / "missing.mp4", "does not exist"),
        "below a file": (text / "x.mp4", "does not exist"),
        "folder": (tmp_path, "is a folder"),
        "empty": (empty, "is empty"),
        "text": (text, "not a video in a format AURA reads"),
        "long": (tmp_path / ("x" * 300), "too long"),
        "nul": (tmp_path / "x\0y.mp4", "could not be opened"),
    }


@pytest.mark.parametrize(
    "kind", ["missing", "below a file", "folder", "empty", "text", "long", "nul"]
)
def test_what_is_no_video_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    path, reason = bad_files(tmp_path)[kind]
    for attempt in (lambda: probe(path), lambda: open_video(path).__enter__()):
        with pytest.raises(MediaError, match=reason) as caught:
            attempt()
        assert "\n" not in str(caught.value)
        assert repr(str(path)) in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError, match="pipe"):
        probe(tmp_path / "pipe.mp4")


def test_a_file_one_may_not_read_is_refused(tmp_path: Path, write, monkeypatch) -> None:
    path = write("x.mp4", n=2)

    def forbidden(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    # Tests may run as root, whom chmod does not stop.
    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(MediaError, match="may not be read"):
        probe(path)


def test_a_truncated_file_without_its_table_is_refused(tmp_path: Path, write) -> None:
    content = write("x.mov").read_bytes()
    media = content[content.index(b"mdat") - 4 :]
    path = tmp_path / "no_table.mp4"
    path.write_bytes(content[: content.index(b"ftyp") + 16] + media[: len(media) // 2])
    with pytest.raises(MediaError, match="damaged or cut short"):
        probe(path)


def test_playlists_are_not_followed(tmp_path: Path, write) -> None:
    write("part.ts")
    write("part.mp4")
    playlists = {
        "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.4,\npart.ts\n#EXT-X-ENDLIST\n",
        "list.ffconcat": "ffconcat version 1.0\nfile part.mp4\n",
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 1 RTP/AVP 96\n",
    }
    for name, text in playlists.items():
        for alias in (name, "renamed.mp4"):
            (tmp_path / alias).write_text(text)
            with pytest.raises(MediaError, match="not a video in a format AURA reads"):
                probe(tmp_path / alias)


def test_sound_alone_is_not_a_video(tmp_path: Path, pictures) -> None:
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), "fltp", "mono")
        silence.sample_rate = 16_000
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no video stream"):
        probe(path)


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (MediaLimits(max_pixels=1000), "max_pixels"),
        (MediaLimits(max_duration_s=1.0), "max_duration_s"),
        (MediaLimits(max_frames=10), "max_frames"),
    ],
)
@pytest.mark.parametrize("name", ["x.mp4", "x.mkv"])
def test_limits_are_kept(limits: MediaLimits, named: str, name: str, write) -> None:
    path = write(name)
    with pytest.raises(LimitError, match=named):
        probe(path, limits=limits)
    with pytest.raises(LimitError, match=named):
        open_video(path, limits=limits).__enter__()


def test_streams_are_limited(tmp_path: Path, pictures) -> None:
    path = tmp_path / "x.mp4"
    sound = Audio(np.zeros(16_000, np.float32), 16_000)
    encode_video(path, pictures(5), fps=25, audio=sound)
    assert probe(path, limits=MediaLimits(max_streams=2)).has_audio
    with pytest.raises(LimitError, match="max_streams"):
        probe(path, limits=MediaLimits(max_streams=1))


@pytest.mark.parametrize("name", ["x.mkv", "x.avi", "x.mp4"])
def test_a_file_cut_short_says_so(name: str, write) -> None:
    path = write(name)
    assert not probe(path).is_cut_short
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 8 // 10])
    assert probe(path).is_cut_short


def test_real_clips_are_described(real_clips: list[Path]) -> None:
    codecs = set()
    for path in real_clips:
        info = probe(path)
        codecs.add(info.codec)
        assert info.n_frames > 1, path
        assert 5 < info.fps < 70 or info.container == "gif", path
        assert not info.is_cut_short, path
    assert {"h264", "gif", "mpeg4", "vp6f"} <= codecs


def test_ten_bit_video_is_described_and_read(tmp_path: Path, pictures) -> None:
    path = tmp_path / "x.mkv"
    config = EncodeConfig(codec="libx265", pixel_format="yuv420p10le")
    encode_video(path, pictures(4), fps=25, config=config)
    assert probe(path).pixel_format == "yuv420p10le"
    with open_video(path) as video:
        brightness = video.frames_at([1]).data[0].mean(axis=2)
    assert np.abs(brightness - pictures(4)[1].mean(axis=2)).mean() < 15
