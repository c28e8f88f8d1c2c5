"""Stored clips as a stream: divided over ranks and workers, mixed, and resumable."""

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from aura.errors import DataError, UsageError
from aura.shards.clips import ClipMaker, Sample, Transform, get_worker_info, torch
from aura.shards.config import OnCorrupt
from aura.shards.order import Share, Shuffling, blocks, epoch_rows
from aura.shards.read_ahead import read_blocks
from aura.shards.reader import ShardReader


class ShardClipIterable(torch.utils.data.IterableDataset[Sample]):
    """The clips an index names as a stream of the samples that `ShardClipDataset` describes.

    Over all ranks and workers an epoch gives every sample exactly once. Seed, epoch and the
    numbers of ranks and workers decide the order. With torchdata's ``StatefulDataLoader`` an epoch
    goes on where its state was taken.

    Args:
        shards_dir: Folder of the shards, or its address for fsspec.
        index_filename: Which index.
        target_device: As for `ShardClipDataset`.
        max_samples: Take the first so many samples of the index only.
        shuffle: Mix the samples anew in each epoch (see `set_epoch`).
        seed: Decides the order.
        run_length: Neighbours in a shard that are read together; fewer mix better.
        buffer_size: Samples whose order is random among each other. Shards that are not on a disk
            are read ahead by as many, and twice as many (as stored) are held in memory.
        rank: Number of this process among those that train together; by default what
            ``torch.distributed`` or the variables RANK and WORLD_SIZE say.
        world_size: How many of them there are.
        even: Give all ranks equally many samples, and leave out fewer than ``world_size``.
        on_corrupt: As for `ShardClipDataset`.
        transform: As for `ShardClipDataset`.
        storage_options: For fsspec's file system, such as credentials.

    Raises:
        DataError: The folder or the index cannot be read.
        UsageError: A value is out of range, or there is no such device.
    """

    def __init__(
        self,
        shards_dir: str | Path,
        index_filename: str = "index.csv",
        *,
        target_device: "str | torch.device | None" = None,
        max_samples: int | None = None,
        shuffle: bool = False,
        seed: int = 0,
        run_length: int = 32,
        buffer_size: int = 512,
        rank: int | None = None,
        world_size: int | None = None,
        even: bool = False,
        on_corrupt: OnCorrupt = "raise",
        transform: Transform | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        if min(run_length, buffer_size) < 1 or seed < 0:
            raise UsageError("run_length and buffer_size are at least 1, and seed is not negative")
        self.reader = ShardReader(
            shards_dir, index_filename, max_samples=max_samples, storage_options=storage_options
        )
        self._maker = ClipMaker(
            self.reader, target_device=target_device, on_corrupt=on_corrupt, transform=transform
        )
        self._shuffling = Shuffling(seed, run_length, buffer_size, shuffle)
        self._rank, self._world_size = _place(rank, world_size)
        self._even = even
        # Shared memory: workers that live on from epoch to epoch must see the next one.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        self._samples = self.reader.table.fingerprint()
        self._position = self._resume_at = 0

    @property
    def target_device(self) -> "torch.device":
        """Where the tensors go."""
        return self._maker.device

    @property
    def n_samples(self) -> int:
        """How many samples this rank gives in an epoch, over all its workers."""
        return len(self._share().of_rank(len(self.reader)))

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration is; each has an order of its own."""
        if epoch < 0:
            raise UsageError(f"an epoch is a number from 0, not {epoch}")
        self._epoch.fill_(epoch)

    def __iter__(self) -> Iterator[Sample]:
        """Yield the samples of this rank and worker.

        Raises:
            SampleError: One is damaged, and ``on_corrupt`` is ``raise``.
            DataError: A shard cannot be read.
        """
        # Here and not in the generator: a state taken before the first sample is of this epoch.
        self._position, self._resume_at = self._resume_at, 0
        return self._stream(int(self._epoch), self._share())

    def _stream(self, epoch: int, share: Share) -> Iterator[Sample]:
        rows = epoch_rows(
            *self.reader.table.places(), shuffling=self._shuffling, epoch=epoch, share=share
        )
        ordered = blocks(rows, shuffling=self._shuffling, epoch=epoch, share=share)
        n_whole, n_given = divmod(self._position, self._shuffling.buffer_size)
        left = (
            block[n_given:] if number == 0 else block
            for number, block in enumerate(islice(ordered, n_whole, None))
        )
        for row, content in read_blocks(self.reader, left):
            sample = self._maker.make(row, content)
            self._position += 1
            yield sample

    def state_dict(self) -> dict[str, Any]:
        """Return where this reader stands; each worker of a StatefulDataLoader has a state."""
        return {
            "epoch": int(self._epoch),
            "position": self._position or self._resume_at,
            "made_by": self._identity(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Have the next iteration go on from where a state was taken.

        Raises:
            DataError: It was taken from other samples, another order or another share of them.
        """
        for key, value in self._identity().items():
            before = state["made_by"].get(key)
            if before != value:
                raise DataError(
                    f"this state was taken with {key}={before}, here it is {value}; go on with the "
                    "same shards and settings, or begin the epoch anew"
                )
        self._epoch.fill_(int(state["epoch"]))
        self._position, self._resume_at = 0, int(state["position"])

    def _identity(self) -> dict[str, Any]:
        """Return what a position means something with."""
        share, shuffling = self._share(), self._shuffling
        return {
            "samples": self._samples,
            "n_samples": len(self.reader),
            "shuffle": shuffling.is_on,
            "seed": shuffling.seed,
            "run_length": shuffling.run_length,
            "buffer_size": shuffling.buffer_size,
            "rank": share.rank,
            "world_size": share.world_size,
            "worker": share.worker,
            "n_workers": share.n_workers,
            "even": share.even,
        }

    def _share(self) -> Share:
        worker = get_worker_info()
        return Share(
            rank=self._rank,
            world_size=self._world_size,
            worker=0 if worker is None else worker.id,
            n_workers=1 if worker is None else worker.num_workers,
            even=self._even,
        )


def _place(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Return the number of this process and how many there are.

    It is settled where the data set is made: its workers know of no process group.
    """
    if (rank is None) != (world_size is None):
        raise UsageError("rank and world_size come together")
    if rank is None or world_size is None:
        distributed = torch.distributed
        if distributed.is_available() and distributed.is_initialized():
            return distributed.get_rank(), distributed.get_world_size()
        rank, world_size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if not 0 <= rank < world_size:
        raise UsageError(f"rank is at least 0 and below world_size, not {rank} of {world_size}")
    return rank, world_size
