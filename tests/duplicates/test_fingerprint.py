import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.duplicates import DuplicateConfig, VideoFingerprint, fingerprint_video
from aura.duplicates.fingerprint import from_text, sampling_rate_hz
from aura.duplicates.frame_hash import FrameHashes
from aura.errors import DataError, LimitError, MediaError
from aura.media import MediaLimits

CONFIG = DuplicateConfig()


def made_up(n: int) -> VideoFingerprint:
    rng = np.random.default_rng(n)
    bits = rng.integers(0, 2**64, (n, 2), dtype=np.uint64)
    textured = rng.integers(0, 2**16, n, dtype=np.uint16)
    return VideoFingerprint(np.arange(n) / 8, FrameHashes(bits, textured))


@pytest.mark.parametrize("n", [0, 1, 32])
def test_text_holds_all_of_a_fingerprint(n):
    before = made_up(n)
    after = from_text(before.to_text())
    np.testing.assert_array_equal(after.times_s, before.times_s)
    np.testing.assert_array_equal(after.hashes.bits, before.hashes.bits)
    np.testing.assert_array_equal(after.hashes.textured, before.hashes.textured)


def test_nothing_to_go_by_is_an_empty_text():
    assert made_up(0).to_text() == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.AAAA", "begins otherwise"),
        ("hello", "begins otherwise"),
        ("1.no base64!", "Only base64"),
        ("1.AAAA", "within a frame"),
        ("1.AAA", "padding"),
    ],
)
def test_foreign_text_is_refused_with_a_reason(text, why):
    with pytest.raises(DataError, match=f"no fingerprint of version 1 .*{why}.*again"):
        from_text(text)


@given(
    st.floats(0.01, 1e5),
    st.integers(1, 64),
    st.sampled_from([8.0, 4.0, 5.0, 0.3]),
)
def test_the_rate_is_the_highest_that_needs_no_more_frames_than_allowed(duration_s, most, top):
    config = DuplicateConfig(max_frames=most, max_rate_hz=top)
    rate_hz = sampling_rate_hz(duration_s, config)
    assert np.ceil(duration_s * rate_hz) <= most
    assert rate_hz == top or np.ceil(duration_s * rate_hz * 2) > most
    assert np.log2(top / rate_hz) == round(np.log2(top / rate_hz))


def test_frames_are_taken_at_a_steady_rate(scene, write_video):
    found = fingerprint_video(write_video(scene(1, seconds=2)), CONFIG)
    np.testing.assert_allclose(found.times_s, np.arange(16) / 8, atol=0.5 / 24)


def test_a_long_video_costs_no_more_frames_than_allowed(scene, write_video):
    path = write_video(scene(1, seconds=3))
    found = fingerprint_video(path, DuplicateConfig(max_frames=6))
    np.testing.assert_allclose(found.times_s, [0, 0.5, 1, 1.5, 2, 2.5], atol=0.5 / 24)


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_a_video_of_few_frames_gives_each_of_them_once(n_frames, scene, write_video):
    path = write_video(scene(2, seconds=0.3)[:n_frames], fps=4)
    found = fingerprint_video(path, CONFIG)
    np.testing.assert_allclose(found.times_s, np.arange(n_frames) / 4, atol=1e-3)


def test_an_animation_is_fingerprinted(scene, write_video):
    path = write_video(scene(3, seconds=1)[::8], name="a.gif", fps=3, codec="gif")
    assert len(fingerprint_video(path, CONFIG)) == 3


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_video_has_an_empty_fingerprint(level, write_video):
    path = write_video(np.full((20, 48, 64, 3), level, np.uint8))
    assert fingerprint_video(path, CONFIG).to_text() == ""


def test_blank_frames_are_left_out(scene, write_video):
    frames = scene(1, seconds=2)
    frames[:24] = 0
    found = fingerprint_video(write_video(frames), CONFIG)
    assert found.times_s.min() == pytest.approx(1, abs=0.05)
    assert len(found) == 8


def test_the_same_file_gives_the_same_text(scene, write_video):
    path = write_video(scene(1, seconds=1))
    texts = {fingerprint_video(path, CONFIG).to_text() for _ in range(3)}
    assert len(texts) == 1


def test_a_file_that_is_no_video_is_named(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"a\.mp4"):
        fingerprint_video(tmp_path / "a.mp4", CONFIG)


def test_limits_hold(scene, write_video):
    path = write_video(scene(1, seconds=1))
    with pytest.raises(LimitError, match="max_frames"):
        fingerprint_video(path, CONFIG, limits=MediaLimits(max_frames=3))
