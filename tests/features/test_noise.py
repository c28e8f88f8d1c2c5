from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import convolve2d

from aura.features import noise

KERNEL = [[1, -2, 1], [-2, 4, -2], [1, -2, 1]]


def residual_by_definition(plane):
    return convolve2d(np.pad(plane.astype(np.float64), 1, mode="reflect"), KERNEL, mode="valid")


def blocks_by_loop(values):
    height, width = values.shape
    return [
        values[y : y + 16, x : x + 16]
        for y in range(0, height - 15, 16)
        for x in range(0, width - 15, 16)
    ]


def frame_by_definition(plane):
    r = residual_by_definition(plane)
    local = [np.sqrt(np.mean(block**2)) / 6 for block in blocks_by_loop(r)]
    low, high = np.percentile(local, [10, 90])
    p = plane.astype(np.float64)
    first = [p[1:] - p[:-1], p[:, 1:] - p[:, :-1]]
    third = [
        p[3:] - 3 * p[2:-1] + 3 * p[1:-2] - p[:-3],
        p[:, 3:] - 3 * p[:, 2:-1] + 3 * p[:, 1:-2] - p[:, :-3],
    ]
    rms1, rms3 = (np.sqrt(np.mean([np.mean(d**2) for d in order])) for order in (first, third))
    right = np.mean(r[:, 1:] * r[:, :-1])
    below = np.mean(r[1:] * r[:-1])
    return {
        "noise_sigma_mean": np.sqrt(np.pi / 2) / 6 * np.mean(np.abs(r)),
        "noise_smooth_sigma_mean": low,
        "noise_block_spread_mean": np.log(high / low),
        "noise_kurtosis_mean": np.log(np.mean(r**4) / np.mean(r**2) ** 2),
        "noise_skewness_mean": np.mean(r**3) / np.mean(r**2) ** 1.5,
        "noise_zero_share_mean": np.mean(np.abs(r) < 2),
        "noise_neighbour_correlation_mean": (right + below) / 2 / np.mean(r**2),
        "noise_third_order_mean": rms3 / np.sqrt(20),
        "noise_slope_mean": np.log(rms3 / rms1),
    }


def test_agrees_with_the_definitions(run):
    frames = [frame_by_definition(plane) for plane in run]
    expected = {name: np.mean([frame[name] for frame in frames]) for name in frames[0]}
    expected["noise_sigma_std"] = np.std([frame["noise_sigma_mean"] for frame in frames])
    r = [residual_by_definition(plane) for plane in run]
    expected["noise_frame_correlation_mean"] = np.mean(
        [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairwise(r)]
    )
    measured = noise.measure([run])
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value, rel=0.02, abs=0.01), name


@pytest.mark.parametrize("sigma", [1.0, 4.0, 12.0])
def test_sigma_is_the_strength_of_the_noise_in_grey_levels(sigma):
    rng = np.random.default_rng(3)
    ramp = np.linspace(50, 200, 128, dtype=np.float32)
    run = (ramp + rng.normal(0, sigma, (3, 128, 128))).astype(np.float32)
    values = noise.measure([run])
    assert values["noise_sigma_mean"] == pytest.approx(sigma, rel=0.05)
    assert values["noise_third_order_mean"] == pytest.approx(sigma, rel=0.05)
    assert values["noise_neighbour_correlation_mean"] == pytest.approx(-2 / 3, abs=0.05)
    assert abs(values["noise_frame_correlation_mean"]) < 0.05


def test_added_noise_raises_the_noise_of_a_scene(run):
    noisy = run + np.random.default_rng(4).normal(0, 6, run.shape).astype(np.float32)
    before, after = noise.measure([run]), noise.measure([noisy])
    for name in ("noise_sigma_mean", "noise_smooth_sigma_mean", "noise_third_order_mean"):
        assert after[name] > 1.3 * before[name], name
    assert after["noise_zero_share_mean"] < before["noise_zero_share_mean"]


def test_noise_that_repeats_from_frame_to_frame_correlates():
    rng = np.random.default_rng(5)
    pattern = rng.normal(128, 5, (64, 64))
    run = (pattern + rng.normal(0, 0.5, (3, 64, 64))).astype(np.float32)
    assert noise.measure([run])["noise_frame_correlation_mean"] > 0.9


def test_a_region_without_noise_raises_the_spread():
    rng = np.random.default_rng(6)
    run = (128 + rng.normal(0, 5, (3, 96, 96))).astype(np.float32)
    smooth = run.copy()
    smooth[:, :48, :48] = 128
    before, after = noise.measure([run]), noise.measure([smooth])
    assert after["noise_block_spread_mean"] > before["noise_block_spread_mean"] + 1
