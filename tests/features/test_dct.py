import cv2
import numpy as np
import pytest
from scipy.fft import dctn

from aura.features import dct


def blocks_by_loop(plane):
    height, width = plane.shape
    return np.array(
        [
            dctn(plane[y : y + 8, x : x + 8].astype(np.float64), norm="ortho")
            for y in range(0, height - 7, 8)
            for x in range(0, width - 7, 8)
        ]
    )


def in_band(lowest, highest):
    return [(u, v) for u in range(8) for v in range(8) if lowest <= u + v <= highest]


def frame_by_definition(plane):
    blocks = blocks_by_loop(plane)
    low, mid, high, ac = (
        np.array([blocks[:, u, v] for u, v in in_band(*band)])
        for band in ((1, 3), (4, 7), (8, 14), (1, 14))
    )
    energy = {name: np.mean(c**2) for name, c in (("low", low), ("mid", mid), ("high", high))}
    return {
        "dct_dc_spread_mean": np.log10(1 + np.var(blocks[:, 0, 0])),
        "dct_low_energy_mean": np.log10(1 + energy["low"]),
        "dct_mid_energy_mean": np.log10(1 + energy["mid"]),
        "dct_high_energy_mean": np.log10(1 + energy["high"]),
        "dct_mid_to_low_mean": np.log(energy["mid"] / energy["low"]),
        "dct_high_to_low_mean": np.log(energy["high"] / energy["low"]),
        "dct_ac_shape_mean": np.mean(np.abs(ac)) / np.sqrt(np.mean(ac**2)),
        "dct_zero_share_mean": np.mean(np.abs(ac) < 0.5),
    }


def benford_by_definition(run):
    digits = []
    for plane in run:
        for block in blocks_by_loop(plane):
            for u, v in in_band(1, 14):
                rounded = round(abs(block[u, v]))
                if rounded:
                    digits.append(int(str(rounded)[0]))
    deviation = 0.0
    for digit in range(1, 10):
        law = np.log10(1 + 1 / digit)
        deviation += (digits.count(digit) / len(digits) - law) ** 2 / law
    return deviation


def periodicity_by_definition(run):
    peaks = []
    for u, v in in_band(1, 3):
        values = [round(b[u, v]) for plane in run for b in blocks_by_loop(plane)]
        h = np.array([values.count(level) for level in range(-64, 64)], float)
        h[64] = (h[63] + h[65]) / 2
        spectrum = [
            abs(sum(h[n] * np.exp(-2j * np.pi * k * n / 128) for n in range(128)))
            for k in range(65)
        ]
        peaks.append(
            max(spectrum[k] - (spectrum[k - 4] + spectrum[k + 4]) / 2 for k in range(8, 61))
            / spectrum[0]
        )
    return peaks


def test_agrees_with_the_definitions(run):
    frames = [frame_by_definition(plane) for plane in run]
    expected = {name: np.mean([frame[name] for frame in frames]) for name in frames[0]}
    expected["dct_high_to_low_std"] = np.std([frame["dct_high_to_low_mean"] for frame in frames])
    expected["dct_benford_deviation"] = benford_by_definition(run)
    peaks = periodicity_by_definition(run)
    expected["dct_periodicity_mean"] = np.mean(peaks)
    expected["dct_periodicity_max"] = np.max(peaks)
    measured = dct.measure([run])
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value, rel=0.01, abs=1e-3), name


def jpeg(plane, quality):
    _, data = cv2.imencode(
        ".jpg",
        np.clip(np.rint(plane), 0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, quality],
    )
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)


@pytest.fixture
def texture():
    rng = np.random.default_rng(8)
    planes = [cv2.GaussianBlur(rng.uniform(0, 255, (256, 256)), (0, 0), 1.2) for _ in range(3)]
    return np.stack([(p - p.mean()) * 2 + 128 for p in planes]).astype(np.float32)


def test_quantisation_leaves_combs_and_zeros(texture):
    compressed = np.stack([jpeg(plane, 60) for plane in texture])
    before, after = dct.measure([texture]), dct.measure([compressed])
    assert after["dct_periodicity_mean"] > before["dct_periodicity_mean"] + 0.2
    assert after["dct_periodicity_max"] > before["dct_periodicity_max"] + 0.2
    assert after["dct_zero_share_mean"] > before["dct_zero_share_mean"] + 0.1
    assert after["dct_benford_deviation"] > before["dct_benford_deviation"]


def test_blur_takes_high_frequencies(texture):
    blurred = np.stack([cv2.GaussianBlur(plane, (0, 0), 2) for plane in texture])
    before, after = dct.measure([texture]), dct.measure([blurred])
    for name in ("dct_high_energy_mean", "dct_high_to_low_mean", "dct_mid_to_low_mean"):
        assert after[name] < before[name] - 0.2, name


def test_what_the_first_digits_follow_decides_the_deviation():
    values = np.arange(1, 2041)
    by_law = np.zeros(2041, np.int64)
    by_law[values] = np.rint(1e6 / values)
    all_nines = np.zeros(2041, np.int64)
    all_nines[[9, 95, 900]] = 1000
    assert dct._benford_deviation(by_law) < 0.05
    assert dct._benford_deviation(all_nines) > 10
