from pathlib import Path

import numpy as np
import pytest

from aura.errors import LimitError, MediaError, UsageError
from aura.media import Audio, MediaLimits, encode_video, read_audio


def test_sound_comes_back_at_the_rate_asked_for(tmp_path: Path, pictures) -> None:
    tone = (np.sin(np.arange(48_000) * 2 * np.pi * 440 / 24_000) / 2).astype(np.float32)
    encode_video(tmp_path / "x.mp4", pictures(50), fps=25, audio=Audio(tone, 24_000))
    for rate_hz in (8_000, 16_000, 44_100):
        audio = read_audio(tmp_path / "x.mp4", rate_hz=rate_hz)
        assert audio is not None
        assert audio.rate_hz == rate_hz
        assert audio.duration_s == pytest.approx(2.0, abs=0.15)
        assert audio.samples.dtype == np.float32
        assert np.abs(audio.samples).max() <= 1.0
        second = audio.samples[rate_hz // 2 : rate_hz // 2 + rate_hz]
        assert np.argmax(np.abs(np.fft.rfft(second))) == pytest.approx(440, abs=1)


def test_a_video_without_sound_has_none(write) -> None:
    assert read_audio(write("x.mp4")) is None


def test_unusable_questions_are_refused(tmp_path: Path, pictures) -> None:
    with pytest.raises(MediaError, match="does not exist"):
        read_audio(tmp_path / "absent.mp4")
    path = tmp_path / "x.mp4"
    encode_video(path, pictures(50), fps=25, audio=Audio(np.zeros(32_000, np.float32), 16_000))
    with pytest.raises(UsageError):
        read_audio(path, rate_hz=0)
    with pytest.raises(LimitError, match="max_duration_s"):
        read_audio(path, limits=MediaLimits(max_duration_s=0.5))
    with pytest.raises(ValueError, match="float32"):
        Audio(np.zeros(4), 16_000)
