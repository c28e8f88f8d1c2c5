import json

import numpy as np
import pytest

from aura.datasets.demo_manipulations import (
    MANIPULATIONS,
    Flicker,
    Freeze,
    Recompress,
    Resample,
    Splice,
    parameters_of,
    region_masks,
)
from aura.datasets.demo_scene import LOOKS, Footage, build_scene, film

WIDTH, HEIGHT, N_FRAMES, FPS = 128, 96, 24, 25
LOCAL = tuple(kind for kind in MANIPULATIONS if kind is not Recompress)


def make_take(seed: int) -> Footage:
    rng = np.random.default_rng(seed)
    scene = build_scene(rng, look=LOOKS[seed % len(LOOKS)], width=WIDTH, height=HEIGHT)
    return film(scene, rng, n_frames=N_FRAMES, fps=FPS)


@pytest.fixture(scope="module")
def take() -> Footage:
    return make_take(11)


@pytest.fixture(scope="module")
def donor() -> Footage:
    return make_take(22)


def forge(kind, take, donor, *, seed=1):
    manipulation = kind.draw(np.random.default_rng(seed))
    return manipulation, manipulation.apply(take, lambda: donor, fps=FPS)


def luma(frames):
    return frames.astype(np.float32).mean(axis=-1)


def core_of(footage):
    """The subject's inside, which every region covers wholly: bool [N, H, W]."""
    return np.stack(region_masks(footage, scale=0.5, edge_share=0.01)) > 0.5


def sharpness(frames, where):
    grey = luma(frames)
    laplacian = np.zeros_like(grey)
    laplacian[:, 1:-1, 1:-1] = (
        4 * grey[:, 1:-1, 1:-1]
        - grey[:, :-2, 1:-1]
        - grey[:, 2:, 1:-1]
        - grey[:, 1:-1, :-2]
        - grey[:, 1:-1, 2:]
    )
    return float(laplacian[where].var())


@pytest.mark.parametrize("kind", MANIPULATIONS)
def test_a_forgery_changes_pixels_but_neither_the_shape_nor_its_input(kind, take, donor):
    before = take.frames.copy()
    _, forged = forge(kind, take, donor)
    assert forged.shape == take.frames.shape
    assert forged.dtype == np.uint8
    np.testing.assert_array_equal(take.frames, before)
    assert np.abs(luma(forged) - luma(take.frames))[core_of(take)].mean() > 1


@pytest.mark.parametrize("kind", MANIPULATIONS)
def test_the_same_settings_give_the_same_pixels(kind, take, donor):
    np.testing.assert_array_equal(forge(kind, take, donor)[1], forge(kind, take, donor)[1])


@pytest.mark.parametrize("kind", MANIPULATIONS)
def test_settings_are_drawn_anew_and_fit_into_the_table(kind):
    first, second = (kind.draw(np.random.default_rng(seed)) for seed in (1, 2))
    assert first != second
    stored = json.loads(json.dumps(parameters_of(first)))
    assert stored.keys() == parameters_of(first).keys()
    assert stored


@pytest.mark.parametrize("kind", [Splice, Flicker, Resample])
def test_a_local_forgery_leaves_the_surroundings_untouched(kind, take, donor):
    manipulation, forged = forge(kind, take, donor)
    scale = manipulation.region_scale
    outside = np.stack(region_masks(take, scale=scale, edge_share=0.01)) == 0
    assert outside.any()
    np.testing.assert_array_equal(forged[outside], take.frames[outside])


@pytest.mark.parametrize("kind", LOCAL)
def test_forgeries_are_not_comically_visible(kind, take, donor):
    _, forged = forge(kind, take, donor)
    core = core_of(take)
    shift = luma(forged)[core].mean() - luma(take.frames)[core].mean()
    assert abs(shift) < 25


def test_a_splice_shows_the_donor_in_the_subjects_place(take, donor):
    _, forged = forge(Splice, take, donor)
    other = forge(Splice, take, make_take(33))[1]
    core = core_of(take)
    assert np.abs(luma(forged) - luma(other))[core].mean() > 2


def test_a_frozen_region_stands_still_while_the_rest_moves(take, donor):
    _, forged = forge(Freeze, take, donor)
    core = core_of(take)
    always_core = core.all(axis=0)
    moving = np.abs(np.diff(luma(forged), axis=0))
    still_share = np.mean(moving[:, always_core].max(axis=1) == 0)
    assert 0.3 < still_share < 0.95
    assert np.all(np.abs(np.diff(luma(take.frames), axis=0))[:, always_core].max(axis=1) > 0)
    assert moving[:, :8, :].mean(axis=(1, 2)).min() > 0.5


def test_flicker_makes_the_subjects_brightness_waver(take, donor):
    _, forged = forge(Flicker, take, donor)
    core = core_of(take)

    def wavering(frames):
        means = np.array(
            [grey[inside].mean() for grey, inside in zip(luma(frames), core, strict=True)]
        )
        return float(np.abs(np.diff(means, n=2)).mean())

    assert wavering(forged) > 3 * wavering(take.frames)


def test_resampling_softens_the_subject(take, donor):
    _, forged = forge(Resample, take, donor)
    assert sharpness(forged, core_of(take)) < 0.5 * sharpness(take.frames, core_of(take))


def test_a_poor_first_encode_loses_detail_everywhere(take, donor):
    _, forged = forge(Recompress, take, donor)
    everywhere = np.ones(take.frames.shape[:3], bool)
    assert sharpness(forged, everywhere) < 0.8 * sharpness(take.frames, everywhere)
    assert np.abs(luma(forged) - luma(take.frames)).mean() < 15


def test_masks_are_soft_discs_around_the_subject(take):
    masks = region_masks(take, scale=1.0, edge_share=0.5)
    for mask, (x, y) in zip(masks, take.centres_px, strict=True):
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        distance_px = np.hypot(columns - x, rows - y)
        assert np.all(mask[distance_px >= take.radius_px] == 0)
        assert np.all(mask[distance_px <= 0.5 * take.radius_px] == 1)
        edge = (distance_px > 0.5 * take.radius_px) & (distance_px < take.radius_px)
        assert np.all((mask[edge] >= 0) & (mask[edge] <= 1))
        assert len(np.unique(mask[edge])) > 10
