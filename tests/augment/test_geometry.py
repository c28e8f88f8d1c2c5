import numpy as np
import pytest

from aura.augment.geometry import Affine, HorizontalFlip, Rotation


def applied(operation, *frames):
    return list(operation.apply(iter(frames)))


def with_dot(y, x):
    frame = np.zeros((49, 65, 3), np.uint8)
    frame[y, x] = 255
    return frame


def dot_of(frame):
    weights = frame[..., 0].astype(float)
    ys, xs = np.indices(weights.shape)
    return (ys * weights).sum() / weights.sum(), (xs * weights).sum() / weights.sum()


def test_flip_exchanges_left_and_right(picture):
    (flipped,) = applied(HorizontalFlip(), picture)
    for x in range(picture.shape[1]):
        np.testing.assert_array_equal(flipped[:, x], picture[:, -1 - x])
    assert flipped.flags.c_contiguous


@pytest.mark.parametrize("angle", [-9.0, 3.0, 10.0])
def test_rotation_turns_counter_clockwise_about_the_centre(angle):
    # A dot 24 pixels right of the centre moves up when the turn is counter-clockwise.
    y, x = dot_of(applied(Rotation(angle_degrees=angle), with_dot(24, 56))[0])
    assert x - 32 == pytest.approx(24 * np.cos(np.deg2rad(angle)), abs=0.3)
    assert 24 - y == pytest.approx(24 * np.sin(np.deg2rad(angle)), abs=0.3)
    assert dot_of(applied(Rotation(angle_degrees=angle), with_dot(24, 32))[0]) == pytest.approx(
        (24, 32), abs=0.1
    )


def test_affine_shifts_scales_and_shears_about_the_centre():
    operation = Affine(shift_x=4 / 65, shift_y=-3 / 49, scale=1.1, shear=0.1)
    y, x = dot_of(applied(operation, with_dot(34, 42))[0])
    assert x == pytest.approx(32 + 4 + 1.1 * (10 + 0.1 * 10), abs=0.3)
    assert y == pytest.approx(24 - 3 + 1.1 * 10, abs=0.3)


@pytest.mark.parametrize("operation_type", [Rotation, Affine])
def test_nothing_black_enters_at_the_borders(operation_type, picture):
    for seed in range(20):
        operation = operation_type.draw(np.random.default_rng(seed))
        (moved,) = applied(operation, picture)
        assert moved.min() >= picture.min()
