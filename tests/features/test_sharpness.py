import cv2
import numpy as np
import pytest
from scipy.signal import convolve2d

from aura.features import sharpness


def filtered(plane, kernel):
    padded = np.pad(plane.astype(np.float64), 1, mode="reflect")
    # Convolution turns the kernel round; the filters are meant as written.
    return convolve2d(padded, np.array(kernel)[::-1, ::-1], mode="valid")


def frame_by_definition(plane):
    p = plane.astype(np.float64)
    height, width = p.shape
    gx = filtered(p, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    gy = filtered(p, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]) / 8
    energy = gx**2 + gy**2
    rows = np.mean([(p[y, x + 2] - p[y, x]) ** 2 for y in range(height) for x in range(width - 2)])
    columns = np.mean(
        [(p[y + 2, x] - p[y, x]) ** 2 for y in range(height - 2) for x in range(width)]
    )
    blocks = [
        np.log(1 + energy[y : y + 16, x : x + 16].mean())
        for y in range(0, height - 15, 16)
        for x in range(0, width - 15, 16)
    ]
    return {
        "laplacian": np.log(1 + np.var(filtered(p, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]))),
        "gradient": np.mean(np.sqrt(energy)),
        "tenengrad": np.log(1 + np.mean(energy)),
        "brenner": np.log(1 + (rows + columns) / 2),
        "block_spread": np.std(blocks),
        "anisotropy": np.log(rows / columns),
    }


def test_agrees_with_the_definitions(run):
    frames = [frame_by_definition(plane) for plane in run]
    expected = {
        f"sharpness_{key}_mean": np.mean([frame[key] for frame in frames]) for key in frames[0]
    }
    for key in ("laplacian", "gradient", "tenengrad", "brenner"):
        expected[f"sharpness_{key}_std"] = np.std([frame[key] for frame in frames])
    expected["sharpness_laplacian_p10"] = np.percentile([f["laplacian"] for f in frames], 10)
    measured = sharpness.measure([run])
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value, rel=1e-3, abs=1e-3), name


def test_blur_lowers_every_measure_of_sharpness(run):
    blurred = np.stack([cv2.GaussianBlur(plane, (0, 0), 1.5) for plane in run])
    before, after = sharpness.measure([run]), sharpness.measure([blurred])
    for key in (
        "laplacian_mean",
        "laplacian_p10",
        "gradient_mean",
        "tenengrad_mean",
        "brenner_mean",
    ):
        name = f"sharpness_{key}"
        assert after[name] < 0.9 * before[name], name


def test_one_blurred_frame_shows_as_change_over_time(run):
    wavering = run.copy()
    wavering[1] = cv2.GaussianBlur(run[1], (0, 0), 1.5)
    before, after = sharpness.measure([run]), sharpness.measure([wavering])
    for key in ("laplacian", "gradient", "tenengrad", "brenner"):
        name = f"sharpness_{key}_std"
        assert after[name] > 3 * before[name], name


def test_a_smooth_patch_shows_as_spread_over_the_frame():
    rng = np.random.default_rng(9)
    run = rng.uniform(0, 255, (3, 96, 96)).astype(np.float32)
    patched = run.copy()
    patched[:, 16:64, 16:64] = 128
    name = "sharpness_block_spread_mean"
    assert sharpness.measure([patched])[name] > sharpness.measure([run])[name] + 1


def test_motion_blur_along_rows_shows_as_a_direction(run):
    along_rows = np.stack([cv2.blur(plane, (7, 1)) for plane in run])
    name = "sharpness_anisotropy_mean"
    assert sharpness.measure([along_rows])[name] < sharpness.measure([run])[name] - 0.3
