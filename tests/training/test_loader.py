from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aura.training.loader import (  # noqa: E402
    VersionSampler,
    collate,
    network_input,
    ordered_loader,
    training_loader,
)


def test_each_video_comes_once_an_epoch_and_all_its_versions_in_time(tiny_run):
    sampler = VersionSampler(tiny_run.samples, seed=0)
    drawn = Counter()
    orders = set()
    for _ in range(20):
        epoch = [tiny_run.samples[index] for index in sampler]
        videos = [s.parent_id or s.video_id for s in epoch]
        assert len(sampler) == len(videos) == len(set(videos)) == 14
        drawn.update(s.video_id for s in epoch)
        orders.add(tuple(videos))
    assert set(drawn) == {s.video_id for s in tiny_run.samples}
    assert len(orders) == 20


def test_the_seed_decides_the_order(tiny_run):
    def epochs(seed):
        sampler = VersionSampler(tiny_run.samples, seed=seed)
        return [list(sampler), list(sampler)]

    assert epochs(1) == epochs(1)
    assert epochs(1) != epochs(2)


def test_shorter_clips_are_filled_up_and_marked():
    long, short = np.full((3, 4, 4, 3), 7, np.uint8), np.full((1, 4, 4, 3), 9, np.uint8)
    batch = collate([(short, 1), (long, 0)])
    assert batch.clips.shape == (2, 3, 4, 4, 3)
    assert batch.mask.tolist() == [[True, False, False], [True, True, True]]
    assert batch.labels.tolist() == [1.0, 0.0]
    assert batch.clips[0, 0].unique().tolist() == [9]
    assert batch.clips[0, 1:].unique().tolist() == [0]


def test_networks_get_channels_first_from_zero_to_one():
    clips = torch.zeros(1, 2, 4, 5, 3, dtype=torch.uint8)
    clips[0, 1, 2, 3, 0] = 255
    frames = network_input(clips)
    assert frames.shape == (1, 2, 3, 4, 5)
    assert frames[0, 1, 0, 2, 3] == 1
    assert frames.sum() == 1


def test_no_loader_drops_the_last_batch(tiny_run):
    originals = [s for s in tiny_run.samples if s.parent_id is None]
    for loader in (
        ordered_loader(originals, tiny_run.clips, batch_size=4),
        training_loader(originals, tiny_run.clips, batch_size=4, seed=0),
    ):
        assert [len(batch.labels) for batch in loader] == [4, 4, 4, 2]
