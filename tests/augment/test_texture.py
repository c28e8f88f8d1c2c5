import numpy as np
import pytest

from aura.augment.texture import GaussianBlur, GaussianNoise


@pytest.mark.parametrize("sigma", [3.0, 11.0])
def test_noise_has_its_strength_and_is_new_in_each_frame_and_channel(sigma):
    grey = np.full((64, 64, 3), 128, np.uint8)
    operation = GaussianNoise(sigma_levels=sigma, seed=5)
    frames = np.array(list(operation.apply(iter([grey] * 6)))).astype(float) - 128
    for frame in frames:
        assert frame.std() == pytest.approx(sigma, rel=0.05)
        assert frame.mean() == pytest.approx(0, abs=0.5)
    correlation = np.corrcoef(np.moveaxis(frames, -1, 1).reshape(18, -1))
    assert np.abs(correlation - np.eye(18)).max() < 0.1


def test_noise_is_the_same_each_time_it_is_applied():
    grey = np.full((16, 16, 3), 128, np.uint8)
    operation = GaussianNoise(sigma_levels=6.0, seed=5)
    once, again = (np.array(list(operation.apply(iter([grey] * 3)))) for _ in range(2))
    np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize("sigma", [0.8, 2.0])
def test_blur_spreads_a_dot_by_its_sigma(sigma):
    frame = np.zeros((41, 41, 3), np.uint8)
    frame[19:22, 19:22] = 255
    (blurred,) = GaussianBlur(sigma_px=sigma).apply(iter([frame]))
    weights = blurred[..., 1].sum(axis=0).astype(float)
    offset = np.arange(41) - 20
    variance = (weights * offset**2).sum() / weights.sum()
    # The dot itself is three pixels wide, which is a variance of 2/3.
    assert variance == pytest.approx(sigma**2 + 2 / 3, rel=0.1)
