from itertools import pairwise

import numpy as np
import pytest

from aura.features import temporal


def blocks_by_loop(values):
    height, width = values.shape
    return [
        float(values[y : y + 16, x : x + 16].mean())
        for y in range(0, height - 15, 16)
        for x in range(0, width - 15, 16)
    ]


def by_definition(runs):
    pairs = [(a, b) for run in runs for a, b in pairwise(run)]
    triples = [(a, b, c) for run in runs for a, b, c in zip(run, run[1:], run[2:], strict=False)]
    first = [np.abs(b - a).mean() for a, b in pairs]
    second = [np.abs(a - 2 * b + c).mean() for a, b, c in triples]
    changes = [blocks_by_loop(np.abs(b - a)) for a, b in pairs]
    shares = [sum(change < 0.1 for change in blocks) / len(blocks) for blocks in changes]
    local = []
    for a, b, c in triples:
        means = zip(blocks_by_loop(a), blocks_by_loop(b), blocks_by_loop(c), strict=True)
        local.append(np.mean([abs(x - 2 * y + z) for x, y, z in means]))
    return {
        "temporal_difference_mean": np.mean(first),
        "temporal_difference_std": np.std(first),
        "temporal_difference_p90": np.percentile(first, 90),
        "temporal_second_difference_mean": np.mean(second),
        "temporal_jitter": np.log(np.mean(second) / np.mean(first)),
        "temporal_flicker_mean": np.mean(
            [abs(a.mean() - 2 * b.mean() + c.mean()) for a, b, c in triples]
        ),
        "temporal_local_flicker_mean": np.mean(local),
        "temporal_block_spread_mean": np.mean([np.std(np.log1p(blocks)) for blocks in changes]),
        "temporal_frozen_share": np.mean(shares),
        "temporal_frozen_frames": np.mean([share == 1 for share in shares]),
    }


@pytest.fixture
def long_run():
    rng = np.random.default_rng(11)
    return rng.uniform(60, 190, (6, 64, 64)).astype(np.float32)


def test_agrees_with_the_definitions(long_run):
    long_run[1, :32, :16] = long_run[0, :32, :16]
    long_run[4] = long_run[3]
    runs = [long_run[:3], long_run[3:]]
    expected = by_definition([run.astype(np.float64) for run in runs])
    measured = temporal.measure(runs)
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value, rel=0.01, abs=1e-4), name


def test_differences_are_not_taken_across_runs(long_run):
    apart = [np.stack([long_run[0]] * 3), np.stack([long_run[1]] * 3)]
    assert temporal.measure(apart)["temporal_difference_mean"] == 0


def test_a_region_that_stands_still_raises_the_frozen_share(long_run):
    frozen = long_run.copy()
    frozen[:, 16:48, :32] = long_run[0, 16:48, :32]
    assert temporal.measure([long_run])["temporal_frozen_share"] == 0
    values = temporal.measure([frozen])
    assert values["temporal_frozen_share"] == 4 / 16
    assert values["temporal_frozen_frames"] == 0
    assert values["temporal_block_spread_mean"] > 1


def test_a_repeated_frame_is_a_frozen_frame(long_run):
    repeated = long_run[[0, 1, 1, 2, 3]]
    assert temporal.measure([repeated])["temporal_frozen_frames"] == 1 / 4


def test_changing_brightness_is_flicker_and_a_fade_is_not(run):
    flickering, fading = run.copy(), run.copy()
    flickering[1] += 8
    fading += np.array([0, 8, 16], np.float32)[:, None, None]
    steady, flicker, fade = (temporal.measure([r]) for r in (run, flickering, fading))
    for name in ("temporal_flicker_mean", "temporal_local_flicker_mean"):
        assert flicker[name] > steady[name] + 8, name
        assert fade[name] == pytest.approx(steady[name], abs=0.01), name


def test_even_motion_has_less_jitter_than_motion_to_and_fro():
    ramp = np.tile(np.arange(64, dtype=np.float32), (64, 1))
    even = np.stack([ramp, ramp + 1, ramp + 2, ramp + 3])
    to_and_fro = np.stack([ramp, ramp + 1, ramp, ramp + 1])
    assert (
        temporal.measure([to_and_fro])["temporal_jitter"]
        > temporal.measure([even])["temporal_jitter"] + 1
    )
