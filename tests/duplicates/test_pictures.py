import numpy as np
import pytest

from aura.duplicates.pictures import content_box, small_pictures


def textured(n: int, height: int, width: int, *, low: int = 60, high: int = 220) -> np.ndarray:
    return np.random.default_rng(3).integers(low, high, (n, height, width), dtype=np.uint8)


def box_of(luma: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = content_box(luma)
    return rows.start, rows.stop, columns.start, columns.stop


@pytest.mark.parametrize("level", [0, 16, 30])
@pytest.mark.parametrize(("top", "left"), [(10, 0), (0, 14), (12, 9)])
def test_bars_are_found_to_the_line(level, top, left):
    luma = np.pad(textured(3, 60, 70), ((0, 0), (top, top), (left, left)), constant_values=level)
    assert box_of(luma) == (top, 60 + top, left, 70 + left)


def test_bars_within_bars_are_found():
    inner = np.pad(textured(2, 60, 80), ((0, 0), (8, 8), (0, 0)), constant_values=17)
    assert box_of(np.pad(inner, ((0, 0), (9, 9), (0, 0)))) == (17, 77, 0, 80)


def test_bars_are_found_around_a_dark_picture():
    luma = np.pad(textured(2, 60, 80, low=14, high=30), ((0, 0), (10, 10), (0, 0)))
    assert box_of(luma) == (10, 70, 0, 80)


def test_a_bar_beside_black_content_is_as_high_as_the_other_one():
    content = textured(2, 60, 80)
    content[:, :25] = 2
    assert box_of(np.pad(content, ((0, 0), (10, 10), (0, 0)))) == (10, 70, 0, 80)


def test_bars_that_compression_has_touched_are_found():
    luma = np.pad(textured(2, 60, 80), ((0, 0), (10, 10), (0, 0)))
    luma[:, :10] += np.random.default_rng(0).integers(0, 6, (2, 10, 80), dtype=np.uint8)
    assert box_of(luma) == (10, 70, 0, 80)


def test_a_logo_does_not_hide_a_bar():
    luma = np.pad(textured(2, 80, 60), ((0, 0), (0, 0), (15, 15)))
    luma[:, 4:18, 62:85] = 230
    assert box_of(luma) == (0, 80, 15, 75)


@pytest.mark.parametrize("what", ["black", "object", "one side", "slope", "empty middle"])
def test_what_is_no_bar_stays(what):
    luma = np.zeros((2, 80, 80), dtype=np.uint8)
    if what == "object":
        luma[:, 25:55, 30:50] = textured(2, 30, 20)
    elif what == "one side":
        luma[:, 20:] = textured(2, 60, 80)
    elif what == "slope":
        luma[:] = np.linspace(0, 255, 80, dtype=np.uint8)[:, None]
    elif what == "empty middle":
        luma[:, 35:45] = 200
    assert box_of(luma) == (0, 80, 0, 80)


def test_a_scene_that_begins_in_the_dark_is_not_cut():
    luma = np.zeros((3, 40, 40), dtype=np.uint8)
    luma[1, 10:30] = 90
    luma[2] = textured(1, 40, 40)[0]
    assert box_of(luma) == (0, 40, 0, 40)


def test_pictures_are_grey_square_and_without_bars():
    content = np.zeros((2, 64, 64, 3), dtype=np.uint8)
    content[..., 0], content[..., 1], content[..., 2] = 200, 100, 50
    content[:, 32:] = 255
    small = small_pictures(np.pad(content, ((0, 0), (16, 16), (0, 0), (0, 0))))
    assert (small.shape, small.dtype) == ((2, 32, 32), np.uint16)
    assert small[0, 0, 0] / 256 == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50, abs=1)
    assert set(small[0, 16:].ravel().tolist()) == {255 * 256}


def test_no_frames_give_no_pictures():
    assert small_pictures(np.empty((0, 8, 8, 3), dtype=np.uint8)).shape == (0, 32, 32)
