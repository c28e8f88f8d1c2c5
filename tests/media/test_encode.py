from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError

from aura.errors import MediaError
from aura.media import (
    Audio,
    EncodeConfig,
    VideoWriter,
    encode_video,
    open_video,
    probe,
    read_audio,
)


@pytest.fixture
def tone() -> Audio:
    return Audio((np.sin(np.arange(24_000) / 10) / 2).astype(np.float32), 16_000)


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.webm", "x.avi"])
def test_equal_input_gives_equal_bytes(name: str, tmp_path: Path, pictures, tone) -> None:
    codec = "libvpx-vp9" if name == "x.webm" else "libx264"
    for folder in ("one", "two"):
        encode_video(
            tmp_path / folder / name,
            pictures(12),
            fps=25,
            config=EncodeConfig(codec=codec),
            audio=tone,
        )
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (2, 2)])
def test_lossless_keeps_every_pixel(size: tuple[int, int], tmp_path: Path, same) -> None:
    height, width = size
    frames = list(np.random.default_rng(1).integers(0, 256, (9, height, width, 3), dtype=np.uint8))
    encode_video(tmp_path / "x.mp4", frames, fps=30, config=EncodeConfig(lossless=True))
    with open_video(tmp_path / "x.mp4") as video:
        assert same(video.frames_at(range(9)).data, frames)


def test_quality_and_gop_are_obeyed(tmp_path: Path, pictures) -> None:
    sizes = {}
    for crf in (18, 40):
        encode_video(tmp_path / "x.mp4", pictures(24), fps=25, config=EncodeConfig(crf=crf, gop=6))
        sizes[crf] = (tmp_path / "x.mp4").stat().st_size
    assert sizes[40] < sizes[18] / 2
    with av.open(str(tmp_path / "x.mp4")) as container:
        keys = [p.is_keyframe for p in container.demux(video=0) if p.size]
    assert sum(keys) == 4


def test_rate_is_kept_exactly(tmp_path: Path, pictures) -> None:
    encode_video(tmp_path / "x.mp4", pictures(30), fps=Fraction(30000, 1001))
    assert probe(tmp_path / "x.mp4").fps == pytest.approx(30000 / 1001)


def test_a_failed_writing_leaves_what_was_there(tmp_path: Path, pictures) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"before")

    def failing():
        yield from pictures(3)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        encode_video(path, failing(), fps=25)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["a b.mp4", "percent%03d.mp4", "colon:x.mp4", "-x.mp4", "视频.mp4"]
)
def test_names_are_taken_literally(name: str, tmp_path: Path, pictures) -> None:
    assert encode_video(tmp_path / name, pictures(3), fps=25) == 3
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert probe(tmp_path / name).n_frames == 3


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.webm", "x.avi", "x.flv", "x.mov"])
def test_sound_is_written_beside_frames(name: str, tmp_path: Path, pictures, tone) -> None:
    codec = {"x.webm": "libvpx-vp9"}.get(name, "libx264")
    path = tmp_path / name
    encode_video(path, pictures(36), fps=25, config=EncodeConfig(codec=codec), audio=tone)
    heard = read_audio(path)
    assert heard is not None
    assert heard.duration_s == pytest.approx(1.5, abs=0.2)
    middle = heard.samples[8000:16000]
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.1)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * 2 == pytest.approx(16_000 / (20 * np.pi), abs=4)


def test_sound_is_copied_where_the_container_holds_it(tmp_path: Path, pictures, tone) -> None:
    source = tmp_path / "source.mp4"
    encode_video(source, pictures(36), fps=25, audio=tone)
    encode_video(tmp_path / "copy.mkv", pictures(36), fps=25, audio_from=source)

    def sound_packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert sound_packets(tmp_path / "copy.mkv") == sound_packets(source)


def test_sound_is_encoded_anew_where_it_must_be(tmp_path: Path, pictures, tone) -> None:
    source, path = tmp_path / "source.mp4", tmp_path / "x.webm"
    encode_video(source, pictures(36), fps=25, audio=tone)
    config = EncodeConfig(codec="libvpx-vp9")
    encode_video(path, pictures(36), fps=25, config=config, audio_from=source)
    assert probe(path).audio_codec == "opus"
    heard = read_audio(path)
    assert heard is not None
    assert np.abs(heard.samples[8000:16000]).max() == pytest.approx(0.5, abs=0.1)


def test_a_silent_source_adds_no_sound(tmp_path: Path, pictures) -> None:
    encode_video(tmp_path / "silent.mp4", pictures(5), fps=25)
    encode_video(tmp_path / "x.mp4", pictures(5), fps=25, audio_from=tmp_path / "silent.mp4")
    assert not probe(tmp_path / "x.mp4").has_audio


def test_what_does_not_fit_together_is_refused(tmp_path: Path, pictures, tone) -> None:
    frames = pictures(3)
    for name, settings, reason in [
        ("x.mp4", {"config": EncodeConfig(codec="no_such_codec")}, "no_such_codec"),
        ("x.webm", {"config": EncodeConfig(codec="libx264")}, "x.webm"),
        ("x.nothing", {}, "suffix"),
        ("x.gif", {"config": EncodeConfig(codec="gif"), "audio": tone}, "no sound"),
        ("x.mp4", {"times_s": [0.0, 0.1]}, "more frames than times_s"),
        ("x.mp4", {"times_s": [0.0, 0.1, 0.1]}, "increase"),
        ("x.mp4", {"audio_from": tmp_path / "absent.mp4"}, "does not exist"),
    ]:
        with pytest.raises(MediaError, match=reason):
            encode_video(tmp_path / name, frames, fps=25, **settings)
        assert not (tmp_path / name).exists()
    with pytest.raises(MediaError, match="no frame"):
        encode_video(tmp_path / "x.mp4", [], fps=25)
    with pytest.raises(MediaError, match=r"uint8 \[64, 96, 3\]"):
        encode_video(tmp_path / "x.mp4", [frames[0], frames[0][:32]], fps=25)
    with pytest.raises(MediaError, match="fps"):
        VideoWriter(tmp_path / "x.mp4", width=4, height=4, fps=0)
    with pytest.raises(MediaError, match="with"):
        VideoWriter(tmp_path / "x.mp4", width=96, height=64, fps=25).write(frames[0])


def test_contradicting_settings_are_refused() -> None:
    for settings in (
        {"lossless": True, "crf": 20},
        {"lossless": True, "codec": "libx265"},
        {"crf": 20, "bit_rate_bps": 100_000},
        {"quality": 3},
    ):
        with pytest.raises(ValidationError):
            EncodeConfig.model_validate(settings)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hevc_of_one_or_two_frames_is_written_every_time(n: int, tmp_path, pictures) -> None:
    for number in range(12):
        path = tmp_path / f"{number}.mp4"
        encode_video(path, pictures(n), fps=25, config=EncodeConfig(codec="libx265", b_frames=3))
        with open_video(path) as video:
            assert len(video.frames_at(range(n))) == n
            assert video.info.duration_s == pytest.approx(n / 25, abs=0.001)
