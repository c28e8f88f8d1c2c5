"""In which order a stream gives its samples: index arithmetic, without any reading.

Shards are cut into runs of neighbours, the runs are put in a random order, and ranks and workers
take contiguous parts of the whole. A part is cut into blocks as large as the shuffle buffer, and
each block is given in a random order. All of it follows from seed and epoch, so that a position
is enough to go on from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of an epoch one reader takes.

    Attributes:
        rank: Of the process, below ``world_size``.
        world_size: Processes that train together.
        worker: Of the DataLoader in this process, below ``n_workers``.
        n_workers: Workers of each DataLoader, at least 1.
        even: Leave out what would give some ranks a sample more than others.
    """

    rank: int = 0
    world_size: int = 1
    worker: int = 0
    n_workers: int = 1
    even: bool = False

    def of_rank(self, n_samples: int) -> range:
        """Return the positions of this rank.

        >>> [Share(rank=r, world_size=3).of_rank(8) for r in range(3)]
        [range(0, 2), range(2, 5), range(5, 8)]
        """
        used = n_samples - n_samples % self.world_size if self.even else n_samples
        return _part(range(used), self.rank, self.world_size)

    def of_worker(self, n_samples: int) -> range:
        """Return the positions of this worker of this rank."""
        return _part(self.of_rank(n_samples), self.worker, self.n_workers)


def _part(whole: range, number: int, n_parts: int) -> range:
    begin = len(whole) * number // n_parts
    end = len(whole) * (number + 1) // n_parts
    return whole[begin:end]


@dataclass(frozen=True, slots=True)
class Shuffling:
    """How an epoch is mixed.

    Attributes:
        seed: Decides the order, together with the epoch.
        run_length: Neighbours that are read together.
        buffer_size: Samples of a block, whose order is random.
        is_on: Whether to mix at all.
    """

    seed: int
    run_length: int
    buffer_size: int
    is_on: bool


def epoch_rows(
    shards: Rows, offsets: Rows, *, shuffling: Shuffling, epoch: int, share: Share
) -> Rows:
    """Return the rows one reader takes in an epoch, before they are mixed within blocks.

    Args:
        shards: int64 [N], number of the shard of each row.
        offsets: int64 [N], where each row lies in its shard.
        shuffling: How to mix.
        epoch: Number of the epoch.
        share: Which part is wanted.

    Returns:
        int64 [M]; over all ranks and workers every row exactly once, unless ``share.even``.
    """
    in_order = np.lexsort((offsets, shards))
    part = share.of_worker(len(shards))
    if not shuffling.is_on:
        return in_order[part.start : part.stop]
    begins, lengths = _runs(shards[in_order], shuffling.run_length)
    mixed = np.random.default_rng([shuffling.seed, epoch]).permutation(len(begins))
    begins, lengths = begins[mixed], lengths[mixed]
    ends = np.cumsum(lengths)
    # Only the runs that reach into the part, the first and the last of them cut.
    first = int(np.searchsorted(ends, part.start, side="right"))
    last = int(np.searchsorted(ends, part.stop, side="left")) + 1
    positions = _ranges(begins[first:last], lengths[first:last])
    skipped = part.start - (int(ends[first - 1]) if first else 0)
    return in_order[positions[skipped : skipped + len(part)]]


def blocks(rows: Rows, *, shuffling: Shuffling, epoch: int, share: Share) -> Iterator[Rows]:
    """Yield a reader's rows block by block, each in the order it is given in."""
    seeds = [shuffling.seed, epoch, share.rank, share.worker]
    for number, begin in enumerate(range(0, len(rows), shuffling.buffer_size)):
        block = rows[begin : begin + shuffling.buffer_size]
        if shuffling.is_on:
            block = np.random.default_rng([*seeds, number]).permutation(block)
        yield block


def _runs(shards: Rows, run_length: int) -> tuple[Rows, Rows]:
    """Return begin and length of the runs of rows that lie in the order of shards."""
    begins = np.flatnonzero(np.diff(shards, prepend=-1))
    sizes = np.diff(begins, append=len(shards))
    n_runs = -(-sizes // run_length)
    within = _ranges(np.zeros_like(n_runs), n_runs)
    starts = np.repeat(begins, n_runs) + within * run_length
    return starts, np.diff(starts, append=len(shards))


def _ranges(begins: Rows, lengths: Rows) -> Rows:
    """Return begin, begin + 1, … of each range, one range after the other.

    >>> _ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(begins, lengths)
