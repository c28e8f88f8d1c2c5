"""What a folder of shards holds, in numbers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from aura.tables import FAKE, REAL

_CLASSES = {REAL: "real", FAKE: "fake"}


class ShardStatistics:
    """Counts that grow with what differs, not with the number of samples."""

    def __init__(self) -> None:
        self._classes: Counter[int] = Counter()
        self._splits: dict[str, Counter[int]] = {}
        self._clip_lengths: Counter[int] = Counter()
        self._resolutions: Counter[tuple[int, int]] = Counter()
        self._n_with_sound = 0
        self._size_bytes = 0
        self._shards: dict[str, None] = {}

    def add(self, batch: pa.RecordBatch, splits: Iterable[str | None]) -> None:
        """Take in the samples of one batch and the splits they are in."""
        labels = batch.column("label").to_pylist()
        self._classes.update(labels)
        for label, split in zip(labels, splits, strict=True):
            if split is not None:
                self._splits.setdefault(split, Counter())[label] += 1
        self._clip_lengths.update(batch.column("num_frames").to_pylist())
        sizes = (batch.column(name).to_pylist() for name in ("width", "height"))
        self._resolutions.update(zip(*sizes, strict=True))
        self._n_with_sound += sum(filter(None, batch.column("has_mel").to_pylist()))
        self._size_bytes += int(np.sum(batch.column("size_bytes").to_numpy()))
        self._shards.update(dict.fromkeys(batch.column("shard").to_pylist()))

    def record(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "n_samples": self._classes.total(),
            "n_shards": len(self._shards),
            "n_frames": sum(length * count for length, count in self._clip_lengths.items()),
            "n_with_sound": self._n_with_sound,
            "size_bytes": self._size_bytes,
            "classes": _by_class(self._classes),
            "splits": {name: _by_class(self._splits[name]) for name in sorted(self._splits)},
            "frames_per_sample": {
                str(n): self._clip_lengths[n] for n in sorted(self._clip_lengths)
            },
            "resolutions": {
                f"{width}x{height}": self._resolutions[width, height]
                for width, height in sorted(self._resolutions)
            },
        }


def _by_class(counts: Counter[int]) -> dict[str, int]:
    return {name: counts[label] for label, name in _CLASSES.items()}
