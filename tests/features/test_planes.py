import numpy as np
import pytest

from aura.features.planes import block_means, luma_planes, usable_runs


def test_luma_is_the_weighted_sum_of_the_channels_without_rounding():
    frames = np.random.default_rng(0).integers(0, 256, (2, 17, 23, 3), dtype=np.uint8)
    expected = np.zeros((2, 17, 23))
    for t, y, x in np.ndindex(2, 17, 23):
        r, g, b = (int(value) for value in frames[t, y, x])
        expected[t, y, x] = 0.299 * r + 0.587 * g + 0.114 * b
    planes = luma_planes(frames, crop_px=64)
    assert planes.dtype == np.float32
    np.testing.assert_allclose(planes, expected, atol=1e-3)


@pytest.mark.parametrize("size", [(64, 64), (65, 200), (131, 70), (300, 301)])
def test_a_large_frame_is_cropped_near_its_middle_on_the_coding_grid(size):
    height, width = size
    frames = np.zeros((1, height, width, 3), np.uint8)
    frames[0, ::8, ::8] = 255  # marks the corners of the coding blocks
    plane = luma_planes(frames, crop_px=64)[0]
    assert plane.shape == (64, 64)
    assert (plane[::8, ::8] > 250).all()
    assert plane.sum() == pytest.approx(plane[::8, ::8].sum())


def test_the_crop_is_central():
    frames = np.zeros((1, 200, 400, 3), np.uint8)
    frames[0, 96:104, 196:204] = 255
    y, x = np.nonzero(luma_planes(frames, crop_px=64)[0])
    assert abs(y.mean() - 31.5) <= 8
    assert abs(x.mean() - 31.5) <= 8


def test_one_colour_frames_divide_runs():
    rng = np.random.default_rng(1)
    planes = rng.normal(128, 20, (7, 16, 16)).astype(np.float32)
    planes[[0, 3, 4]] = 90 + rng.normal(0, 0.5, (16, 16))  # black, as a codec gives it
    runs = usable_runs(planes)
    assert [len(run) for run in runs] == [2, 2]
    np.testing.assert_array_equal(runs[1], planes[5:7])


def test_a_faint_picture_is_usable():
    faint = 20 + np.random.default_rng(3).normal(0, 2, (3, 16, 16)).astype(np.float32)
    assert [len(run) for run in usable_runs(faint)] == [3]


def test_block_means_leave_out_the_remainder():
    plane = np.random.default_rng(2).uniform(0, 255, (35, 50)).astype(np.float32)
    expected = [[plane[y : y + 16, x : x + 16].mean() for x in (0, 16, 32)] for y in (0, 16)]
    np.testing.assert_allclose(block_means(plane), expected, rtol=1e-5)
