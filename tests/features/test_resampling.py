import cv2
import numpy as np
import pytest

from aura.features import resampling


def peak_by_definition(plane):
    p = plane.astype(np.float64)
    height, width = p.shape
    v = np.array(
        [
            np.mean([abs(p[y, x - 1] - 2 * p[y, x] + p[y, x + 1]) for y in range(height)])
            for x in range(1, width - 1)
        ]
    )
    n = len(v)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / (n - 1))
    v = (v - v.mean()) * window
    spectrum = [
        abs(sum(v[x] * np.exp(-2j * np.pi * k * x / n) for x in range(n)))
        for k in range(n // 2 + 1)
        if 5 * k >= n
    ]
    return np.log(max(spectrum) / np.median(spectrum))


def test_agrees_with_the_definitions(run):
    measured = resampling.measure([run])
    assert measured == pytest.approx(
        {
            "resampling_horizontal_mean": np.mean([peak_by_definition(p) for p in run]),
            "resampling_vertical_mean": np.mean([peak_by_definition(p.T) for p in run]),
        },
        rel=1e-2,
    )


@pytest.mark.parametrize("factor", [1.3, 1.5, 1.7])
def test_enlarging_along_rows_leaves_a_period_along_rows_only(factor):
    original = np.random.default_rng(10).uniform(0, 255, (128, 128)).astype(np.float32)
    enlarged = cv2.resize(original, None, fx=factor, fy=1, interpolation=cv2.INTER_LINEAR)
    before, after = (resampling.measure([np.stack([plane] * 3)]) for plane in (original, enlarged))
    name = "resampling_horizontal_mean"
    assert after[name] > before[name] + 1
    assert after["resampling_vertical_mean"] < after[name] - 1
