from dataclasses import replace

import numpy as np
import pytest

from aura.errors import DataError, LeakageError
from aura.training import FeatureRecipe, FeatureTable
from aura.training.data import check_samples


def changed(samples, which, changes):
    return [replace(s, **changes) if s.video_id == which else s for s in samples]


def test_sound_samples_pass(tiny_run):
    check_samples(tiny_run.samples)


@pytest.mark.parametrize(
    ("video_id", "changes", "error", "message"),
    [
        ("g0-0", {"fold": 1}, LeakageError, "group group0 is in"),
        ("g0-0-aug", {"fold": 1}, LeakageError, "group group0 is in"),
        ("g0-0", {"fold": None, "split": "test"}, LeakageError, "the test split"),
        ("g0-0", {"fold": None}, DataError, "split 'train' and fold None"),
        ("g6-0", {"fold": 1}, DataError, "split 'test' and fold 1"),
        ("g0-0", {"label": 2}, DataError, "label 2"),
        ("g0-0-aug", {"label": 1}, DataError, "its original g0-0 has label 0"),
        ("g0-0-aug", {"group_id": "group1"}, DataError, "its original g0-0"),
        ("g0-0-aug", {"parent_id": "gone"}, DataError, "made of gone"),
        ("g0-0-aug", {"parent_id": "g1-0-aug"}, DataError, "not among the originals"),
        ("g0-1", {"video_id": "g0-0"}, DataError, "g0-0 occurs 2 times"),
    ],
)
def test_samples_that_would_leak_or_contradict_are_refused(
    tiny_run, video_id, changes, error, message
):
    with pytest.raises(error, match=message):
        check_samples(changed(tiny_run.samples, video_id, changes))


def test_rows_come_in_the_order_asked(tiny_run):
    table, samples = tiny_run.features, tiny_run.samples
    assert table.rows_of(samples[::-1]).tolist() == table.matrix[::-1].tolist()


def test_missing_inputs_are_named(tiny_run):
    unknown = replace(tiny_run.samples[0], video_id="unknown")
    wanted = [tiny_run.samples[0], unknown]
    assert tiny_run.features.missing(wanted) == ("unknown",)
    assert tiny_run.clips.missing(wanted) == ("unknown",)


def test_a_table_of_another_shape_is_refused():
    recipe = FeatureRecipe(names=("a",))
    with pytest.raises(DataError, match=r"float64 \[2, 1\] was expected"):
        FeatureTable(("x", "y"), (None, None), np.zeros((2, 2)), recipe)
    with pytest.raises(DataError, match="x occurs 2 times"):
        FeatureTable(("x", "x"), (None, None), np.zeros((2, 1)), recipe)
    with pytest.raises(DataError, match="1 parents for 2 videos"):
        FeatureTable(("x", "y"), (None,), np.zeros((2, 1)), recipe)


@pytest.mark.parametrize(
    "clip",
    [
        np.zeros((4, 24, 24, 3), np.uint8),
        np.zeros((0, 24, 24, 3), np.uint8),
        np.zeros((2, 24, 32, 3), np.uint8),
        np.zeros((2, 24, 24, 3), np.float32),
    ],
)
def test_a_clip_that_does_not_follow_the_recipe_is_refused(tiny_run, clip):
    np.save(tiny_run.clips.path_of("g0-0"), clip)
    with pytest.raises(DataError, match=r"g0-0\.npy: holds .*expected uint8 \[T, 24, 24, 3\]"):
        tiny_run.clips.read("g0-0")


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_clip_is_refused(tiny_run, content):
    tiny_run.clips.path_of("g0-0").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as a clip"):
        tiny_run.clips.read("g0-0")


def test_a_pickled_clip_is_refused(tiny_run):
    np.save(tiny_run.clips.path_of("g0-0"), np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read as a clip"):
        tiny_run.clips.read("g0-0")


def test_a_group_in_two_folds_passes_where_leakage_is_allowed(tiny_run):
    samples = changed(tiny_run.samples, "g0-0", {"fold": 1})
    check_samples(samples, allow_leakage=True)
