import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.datasets.demo_scene import LOOKS, Footage, build_scene, film, fractal_texture

WIDTH, HEIGHT, N_FRAMES = 96, 64, 16


def make_take(scene_seed: int, take_seed: int, *, look_index: int = 0) -> Footage:
    rng = np.random.default_rng(scene_seed)
    scene = build_scene(rng, look=LOOKS[look_index], width=WIDTH, height=HEIGHT)
    return film(scene, np.random.default_rng(take_seed), n_frames=N_FRAMES, fps=25)


@settings(max_examples=12, deadline=None)
@given(slope=st.floats(0.5, 2.0), seed=st.integers(0, 1000))
def test_a_texture_falls_off_with_frequency_as_asked(slope, seed):
    texture = fractal_texture(np.random.default_rng(seed), (128, 128), slope=slope)
    amplitude = np.abs(np.fft.fft2(texture))
    frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :])
    band = (frequency > 0.03) & (frequency < 0.4)
    fitted = np.polyfit(np.log(frequency[band]), np.log(amplitude[band]), 1)[0]
    assert fitted == pytest.approx(-slope, abs=0.08)


@pytest.mark.parametrize("look_index", range(len(LOOKS)))
def test_every_look_gives_frames_of_the_size_asked_for_without_clipping(look_index):
    take = make_take(1, 2, look_index=look_index)
    assert take.frames.shape == (N_FRAMES, HEIGHT, WIDTH, 3)
    assert take.frames.dtype == np.uint8
    assert np.mean((take.frames == 0) | (take.frames == 255)) < 0.05
    assert take.frames.std() > 10


def test_the_same_seeds_give_the_same_pixels():
    np.testing.assert_array_equal(make_take(3, 4).frames, make_take(3, 4).frames)


def test_takes_of_a_scene_look_alike_and_other_scenes_do_not():
    def histogram(take: Footage) -> np.ndarray:
        counts, _ = np.histogramdd(take.frames.reshape(-1, 3), bins=6, range=[(0, 256)] * 3)
        return counts / counts.sum()

    first = histogram(make_take(5, 1))
    same = np.minimum(first, histogram(make_take(5, 2))).sum()
    others = [np.minimum(first, histogram(make_take(seed, 1))).sum() for seed in range(20, 28)]
    assert not np.array_equal(make_take(5, 1).frames, make_take(5, 2).frames)
    assert same > max(others)


def test_the_picture_moves_and_carries_sensor_noise_in_every_frame():
    frames = make_take(6, 1).frames.astype(np.float32)
    changes = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert changes.min() > 1
    high_pass = frames[:, 1:-1] - (frames[:, :-2] + frames[:, 2:]) / 2
    assert high_pass.std(axis=(1, 2, 3)).min() > 2


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_subject_stays_in_the_picture(seed):
    take = make_take(seed, seed + 1, look_index=seed % len(LOOKS))
    assert take.centres_px.shape == (N_FRAMES, 2)
    assert np.all((take.centres_px > 0) & (take.centres_px < (WIDTH, HEIGHT)))
    assert 0.2 * HEIGHT < take.radius_px < 0.4 * HEIGHT
