import colorsys

import numpy as np
import pytest

from aura.augment.colour import Brightness, Contrast, Hue, Saturation


def applied(operation, frame):
    return next(operation.apply(iter([frame])))


def luma(frame):
    return frame.astype(float) @ [0.299, 0.587, 0.114]


def pixel(*rgb):
    return np.array(rgb, np.uint8).reshape(1, 1, 3)


@pytest.mark.parametrize("shift", [-31.4, 25.0])
def test_brightness_shifts_levels_and_stops_at_black_and_white(shift):
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    expected = [min(max(round(level + shift), 0), 255) for level in range(256)]
    np.testing.assert_array_equal(
        applied(Brightness(shift_levels=shift), levels)[0, :, 1], expected
    )


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_contrast_keeps_mid_grey_whatever_else_the_frame_holds(factor):
    operation = Contrast(factor=factor)
    assert applied(operation, pixel(128, 128, 128)).tolist() == [[[128] * 3]]
    assert applied(operation, pixel(100, 128, 180)).tolist() == [
        [[round(128 - 28 * factor), 128, round(128 + 52 * factor)]]
    ]


@pytest.mark.parametrize("factor", [0.6, 1.4])
def test_saturation_scales_the_distance_from_grey(factor, picture):
    changed = applied(Saturation(factor=factor), picture)
    inside = (changed > 0).all(axis=-1) & (changed < 255).all(axis=-1)
    expected = luma(picture)[..., None] + factor * (picture - luma(picture)[..., None])
    np.testing.assert_allclose(changed[inside], expected[inside], atol=1)


@pytest.mark.parametrize("angle", [-20.0, 12.0])
def test_hue_turns_colours_and_keeps_luma(angle):
    before = pixel(150, 110, 100)
    after = applied(Hue(angle_degrees=angle), before)
    assert luma(after)[0, 0] == pytest.approx(luma(before)[0, 0], abs=1)
    _, i, q = colorsys.rgb_to_yiq(*before[0, 0] / 255)
    _, i_after, q_after = colorsys.rgb_to_yiq(*after[0, 0] / 255)
    turned = np.rad2deg(np.arctan2(q_after, i_after) - np.arctan2(q, i))
    assert turned == pytest.approx(angle, abs=3)
    assert np.hypot(i_after, q_after) == pytest.approx(np.hypot(i, q), rel=0.05)


@pytest.mark.parametrize("operation", [Saturation(factor=1.4), Hue(angle_degrees=20.0)])
def test_grey_stays_grey(operation):
    grey = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    assert np.abs(applied(operation, grey).astype(int) - grey).max() <= 1
