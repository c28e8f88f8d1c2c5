"""Stored clips as a PyTorch data set with random access."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.shards.clips import ClipMaker, Sample, Transform, torch
from aura.shards.config import OnCorrupt
from aura.shards.reader import ShardReader, stretch_of


class ShardClipDataset(torch.utils.data.Dataset[Sample]):
    """The clips an index names, one sample a clip; label 1 is fake.

    A sample is a dictionary: ``data`` (uint8 [T, H, W, 3], RGB), ``label`` (int), ``metadata``
    (dict), ``sample_id`` (str) and, with sound, ``audio_mel`` (float16 [n_mels, time]). Clips are
    read by byte offset and decoded when they are asked for.

    In the workers of a DataLoader tensors stay in memory, whatever ``target_device``; `ClipLoader`
    moves the batches in the main process, and other loops do so with ``batch["data"].to(device)``.

    Args:
        shards_dir: Folder of the shards, or its address for fsspec (``s3://…``, ``https://…``).
        index_filename: Which index: all samples, or ``index_train.csv``, ``index_val.csv``.
        target_device: Where the tensors go; by default they stay in memory.
        max_samples: Take the first so many samples only.
        on_corrupt: What to do with a damaged sample: ``raise``, or ``report`` for a sample that
            has ``error`` instead of ``data``. It is never replaced by another.
        transform: Called with each whole sample; what it returns is the sample.
        storage_options: For fsspec's file system, such as credentials.

    Raises:
        DataError: The folder or the index cannot be read.
        UsageError: There is no such device.
    """

    def __init__(
        self,
        shards_dir: str | Path,
        index_filename: str = "index.csv",
        *,
        target_device: "str | torch.device | None" = None,
        max_samples: int | None = None,
        on_corrupt: OnCorrupt = "raise",
        transform: Transform | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.reader = ShardReader(
            shards_dir, index_filename, max_samples=max_samples, storage_options=storage_options
        )
        self._maker = ClipMaker(
            self.reader, target_device=target_device, on_corrupt=on_corrupt, transform=transform
        )

    @property
    def target_device(self) -> "torch.device":
        """Where the tensors go."""
        return self._maker.device

    def __len__(self) -> int:
        return len(self.reader)

    def __getitem__(self, index: int) -> Sample:
        """Return one sample; negative numbers count from the end.

        Raises:
            IndexError: There is no such number.
            SampleError: It is damaged, and ``on_corrupt`` is ``raise``.
            DataError: Its shard cannot be read.
        """
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Sample]:
        """Return the samples of a batch, read at once; a DataLoader asks for them this way."""
        table = self.reader.table
        for index in indices:
            if not -len(table) <= index < len(table):
                raise IndexError(f"sample {index} of {len(table)}")
        rows = [table.row(int(index) % len(table)) for index in indices]
        contents = self.reader.storage.read([stretch_of(row) for row in rows])
        return [self._maker.make(row, content) for row, content in zip(rows, contents, strict=True)]

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        n_fake = int(self.labels.sum())
        return f"ShardClipDataset({len(self) - n_fake} real, {n_fake} fake clips)"

    @property
    def labels(self) -> NDArray[np.int64]:
        """The label of each sample, int64 [N]."""
        return self.reader.table.labels()

    @property
    def groups(self) -> list[str]:
        """The group of each sample; what shares one must stay together."""
        return self.reader.table.groups()
