import numpy as np

from aura.datasets.demo_sound import SOUND_RATE_HZ, draw_ambience, record


def make_recording(place: int, moment: int, *, duration_s: float = 1.0) -> np.ndarray:
    ambience = draw_ambience(np.random.default_rng(place))
    return record(ambience, np.random.default_rng(moment), duration_s=duration_s).samples


def test_a_recording_lasts_as_asked_and_never_clips():
    for place in range(5):
        samples = make_recording(place, 1, duration_s=0.5)
        assert samples.shape == (SOUND_RATE_HZ // 2,)
        assert samples.dtype == np.float32
        assert 0.1 < np.abs(samples).max() < 0.5


def test_recordings_of_a_place_share_its_pitch_but_not_their_noise():
    first, second, elsewhere = (
        np.abs(np.fft.rfft(make_recording(*s))) for s in ((1, 1), (1, 2), (2, 1))
    )

    def resemblance(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.corrcoef(a[:4000], b[:4000])[0, 1])

    assert resemblance(first, second) > resemblance(first, elsewhere) + 0.2
    assert not np.array_equal(make_recording(1, 1), make_recording(1, 2))
    np.testing.assert_array_equal(make_recording(1, 1), make_recording(1, 1))
