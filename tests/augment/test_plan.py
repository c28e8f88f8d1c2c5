import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aura.augment import (
    OPERATION_NAMES,
    OPERATIONS,
    AugmentConfig,
    apply,
    describe,
    draw_crf,
    draw_operations,
    keeps_timing,
)

SEEDS = range(12)


def drawn(name, seed):
    return OPERATIONS[name].draw(np.random.default_rng(seed))


@pytest.mark.parametrize("name", OPERATION_NAMES)
def test_an_operation_goes_by_its_name(name):
    assert OPERATIONS[name].name == name
    assert drawn(name, 0).name == name


@pytest.mark.parametrize("name", OPERATION_NAMES)
@pytest.mark.parametrize("size", [(48, 65), (17, 16)])
def test_an_operation_always_changes_a_textured_clip(name, size, picture):
    frame = picture[: size[0], : size[1]]
    clip = np.stack([np.roll(frame, t, axis=1) for t in range(12)])
    for seed in SEEDS:
        changed = np.array(list(apply([drawn(name, seed)], clip)))
        assert changed.shape[1:] == clip.shape[1:]
        assert changed.dtype == np.uint8
        if drawn(name, seed).keeps_timing:
            differs = (changed != clip).any(axis=-1).mean(axis=(1, 2))
            assert len(changed) == len(clip)
            assert (differs > 0.5).all(), (seed, differs)
        else:
            assert len(changed) != len(clip)


@pytest.mark.parametrize("name", [name for name in OPERATION_NAMES if name != "gaussian_noise"])
def test_a_clip_that_stands_still_goes_on_standing_still(name, picture):
    for seed in SEEDS:
        frames = list(apply([drawn(name, seed)], [picture] * 12))
        for frame in frames:
            np.testing.assert_array_equal(frame, frames[0])


@pytest.mark.parametrize("name", OPERATION_NAMES)
def test_the_frames_given_stay_as_they_are(name, picture):
    clip = [picture.copy() for _ in range(12)]
    for frame in apply([drawn(name, 0)], clip):
        frame[:] = 0
    changed_in_place = [i for i, frame in enumerate(clip) if (frame != picture).any()]
    # Operations in time hand on the very frames they are given.
    assert changed_in_place == [] or not OPERATIONS[name].keeps_timing
    clip = [picture.copy() for _ in range(12)]
    list(apply([drawn(name, 0)], clip))
    assert all((frame == picture).all() for frame in clip)


@pytest.mark.parametrize("name", OPERATION_NAMES)
def test_parameters_differ_from_draw_to_draw_where_there_are_any(name):
    different = {describe([drawn(name, seed)]) for seed in SEEDS}
    assert len(different) == (1 if name == "horizontal_flip" else len(SEEDS))


@given(
    video_id=st.text(max_size=20),
    version=st.integers(0, 9),
    seed=st.integers(0, 1000),
    n_operations=st.integers(1, len(OPERATION_NAMES)),
)
def test_a_version_is_decided_by_seed_video_and_number(video_id, version, seed, n_operations):
    config = AugmentConfig(seed=seed, n_operations=n_operations)
    operations = draw_operations(config, seed_parts=(video_id, version))
    assert operations == draw_operations(config, seed_parts=(video_id, version))
    names = [operation.name for operation in operations]
    assert len(set(names)) == n_operations
    assert names == [name for name in OPERATION_NAMES if name in names]


def test_videos_versions_and_seeds_differ():
    described = {
        describe(draw_operations(AugmentConfig(seed=seed), seed_parts=(video_id, version)))
        for seed in (0, 1)
        for video_id in ("a", "b")
        for version in range(10)
    }
    assert len(described) == 40


def test_every_operation_gets_its_turn():
    config = AugmentConfig()
    names = [
        operation.name
        for video in range(200)
        for operation in draw_operations(config, seed_parts=(f"video-{video}", 0))
    ]
    for name in OPERATION_NAMES:
        assert 15 < names.count(name) < 65, name


def test_what_one_operation_draws_does_not_depend_on_the_others():
    every = len(OPERATION_NAMES)
    together = draw_operations(AugmentConfig(n_operations=every), seed_parts=("clip", 1))
    for name, operation in zip(OPERATION_NAMES, together, strict=True):
        config = AugmentConfig(operations=(name,), n_operations=1)
        assert draw_operations(config, seed_parts=("clip", 1)) == (operation,)


def test_the_description_names_every_parameter_that_was_applied():
    operations = draw_operations(
        AugmentConfig(operations=("affine", "gaussian_noise")), seed_parts=("clip", 0)
    )
    affine, noise = json.loads(describe(operations))
    assert affine.pop("name") == "affine"
    assert noise.pop("name") == "gaussian_noise"
    assert OPERATIONS["affine"](**affine) == operations[0]
    assert OPERATIONS["gaussian_noise"](**noise) == operations[1]


def test_operations_follow_one_another(picture):
    first, second = drawn("horizontal_flip", 0), drawn("brightness", 0)
    step_by_step = list(second.apply(first.apply(iter([picture]))))
    np.testing.assert_array_equal(list(apply([first, second], [picture])), step_by_step)


def test_no_operations_leave_the_frames_as_they_are(picture):
    np.testing.assert_array_equal(list(apply([], [picture])), [picture])


def test_only_operations_in_time_part_picture_and_sound():
    apart = {name for name in OPERATION_NAMES if not keeps_timing([drawn(name, 0)])}
    assert apart == {"frame_drop", "frame_duplicate"}
    assert keeps_timing([])
    assert not keeps_timing([drawn("hue", 0), drawn("frame_drop", 0)])


def test_memory_does_not_grow_with_the_length_of_the_video():
    operations = [drawn(name, 0) for name in OPERATION_NAMES]

    def peak_bytes(n_frames):
        frames = (np.full((120, 160, 3), i % 200, np.uint8) for i in range(n_frames))
        tracemalloc.start()
        for _ in apply(operations, frames):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(5)  # loads what is loaded once
    assert peak_bytes(100) < peak_bytes(20) + 2 * 120 * 160 * 3


@given(st.integers(0, 1000))
def test_the_compression_drawn_lies_within_its_bounds(video):
    config = AugmentConfig(crf_lowest=20, crf_highest=24)
    crf = draw_crf(config, seed_parts=(video, 0))
    assert 20 <= crf <= 24
    assert crf == draw_crf(config, seed_parts=(video, 0))


def test_all_compressions_between_the_bounds_are_drawn():
    config = AugmentConfig(crf_lowest=20, crf_highest=24)
    assert {draw_crf(config, seed_parts=(v, 0)) for v in range(100)} == {20, 21, 22, 23, 24}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_versions": 11}, "less than or equal to 10"),
        ({"operations": ("flip",)}, "horizontal_flip"),
        ({"operations": ("hue",)}, "n_operations is 2, but operations names only 1"),
        ({"crf_lowest": 30, "crf_highest": 20}, "must not exceed"),
        ({"versions": 1}, "Extra inputs"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        AugmentConfig(**wrong)


def test_the_order_in_which_operations_are_named_changes_nothing():
    there = AugmentConfig(operations=("hue", "rotation", "frame_drop"))
    back = AugmentConfig(operations=("frame_drop", "rotation", "hue"))
    assert there == back
    assert draw_operations(there, seed_parts=("c", 0)) == draw_operations(back, seed_parts=("c", 0))


def test_importing_the_room_loads_no_heavy_library():
    heavy = "{'cv2', 'av', 'torch', 'sklearn', 'matplotlib'}"
    code = f"import sys, aura.augment; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
