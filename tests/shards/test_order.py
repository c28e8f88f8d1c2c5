import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.shards.order import Share, Shuffling, blocks, epoch_rows

SIZES = st.lists(st.integers(1, 40), max_size=6)
SHUFFLING = st.builds(
    Shuffling,
    seed=st.integers(0, 5),
    run_length=st.integers(1, 20),
    buffer_size=st.integers(1, 30),
    is_on=st.booleans(),
)


def places(sizes, *, scattered: int = 0):
    shards = np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)
    offsets = np.concatenate([np.arange(n) for n in sizes] or [np.empty(0)]).astype(np.int64)
    mixed = np.random.default_rng(scattered).permutation(len(shards))
    return shards[mixed], offsets[mixed]


def given_rows(shards, offsets, shuffling, epoch, share):
    rows = epoch_rows(shards, offsets, shuffling=shuffling, epoch=epoch, share=share)
    parts = list(blocks(rows, shuffling=shuffling, epoch=epoch, share=share))
    return np.concatenate(parts).tolist() if parts else []


@settings(deadline=None)
@given(SIZES, SHUFFLING, st.integers(0, 3), st.integers(1, 4), st.integers(1, 4))
def test_over_all_ranks_and_workers_each_row_comes_once(sizes, shuffling, epoch, world, workers):
    found = [
        given_rows(*places(sizes), shuffling, epoch, Share(r, world, w, workers))
        for r in range(world)
        for w in range(workers)
    ]
    assert sorted(row for part in found for row in part) == list(range(sum(sizes)))
    lengths = [len(part) for part in found]
    assert max(lengths) - min(lengths) <= 2
    of_ranks = [sum(lengths[r * workers : (r + 1) * workers]) for r in range(world)]
    assert max(of_ranks) - min(of_ranks) <= 1


@settings(deadline=None)
@given(SIZES, SHUFFLING, st.integers(1, 5))
def test_even_ranks_have_equally_many_and_leave_out_fewer_than_ranks(sizes, shuffling, world):
    found = [
        given_rows(*places(sizes), shuffling, 0, Share(r, world, even=True)) for r in range(world)
    ]
    assert len({len(part) for part in found}) == 1
    rows = [row for part in found for row in part]
    assert len(set(rows)) == len(rows) > sum(sizes) - world


@settings(deadline=None)
@given(SIZES, SHUFFLING, st.integers(0, 3))
def test_the_order_follows_from_seed_and_epoch(sizes, shuffling, epoch):
    first, second = (given_rows(*places(sizes), shuffling, epoch, Share()) for _ in range(2))
    assert first == second


def test_without_shuffling_rows_come_as_they_lie():
    shards, offsets = places([3, 4], scattered=5)
    rows = given_rows(shards, offsets, Shuffling(0, 2, 3, False), 0, Share())
    assert [(shards[row], offsets[row]) for row in rows] == [
        (shard, offset) for shard, n in ((0, 3), (1, 4)) for offset in range(n)
    ]


def test_epochs_and_seeds_differ_and_shards_mix():
    shards, offsets = places([200] * 5)
    orders = [
        given_rows(shards, offsets, Shuffling(seed, 10, 100, True), epoch, Share())
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    assert len({tuple(order) for order in orders}) == 3
    # A hundred samples in a row come from most shards.
    assert min(len(set(shards[orders[0][i : i + 100]])) for i in range(0, 1000, 100)) >= 4


def test_a_block_reads_whole_runs():
    shards, offsets = places([64, 64])
    rows = epoch_rows(shards, offsets, shuffling=Shuffling(0, 16, 32, True), epoch=0, share=Share())
    for run in rows.reshape(-1, 16):
        assert len(set(shards[run])) == 1
        assert offsets[run].tolist() == list(range(offsets[run[0]], offsets[run[0]] + 16))
