"""The samples an index names and where their bytes lie, opened without reading them all."""

import zlib
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aura.errors import UsageError
from aura.shards.index import codes_of, column_of
from aura.shards.lookup import looked_up
from aura.shards.names import sidecar_name
from aura.shards.rows import BATCH_ROWS, SampleRow, row_at
from aura.shards.sidecar import matching_sidecar, open_sidecar
from aura.shards.storage import LocalStorage, RemoteStorage


class SampleTable:
    """The rows of an index, each found by its number.

    A sidecar that fits its index is memory-mapped, so that opening costs the same for ten rows
    and ten million. The rows of an index without one (a selection made by hand, say) are looked
    up in the sidecars there are; without any, the shards are walked through.

    Args:
        storage: Where the index lies.
        index_filename: Its name.
        max_samples: Take the first so many samples only.

    Raises:
        DataError: The index is absent, or names what is nowhere to be found.
    """

    def __init__(
        self,
        storage: LocalStorage | RemoteStorage,
        index_filename: str = "index.csv",
        *,
        max_samples: int | None = None,
    ) -> None:
        if max_samples is not None and max_samples < 1:
            raise UsageError(f"max_samples is at least 1 or None for all, not {max_samples}")
        self._storage = storage
        self._filename = index_filename
        batches = matching_sidecar(storage, index_filename)
        self._is_sidecar = batches is not None
        self._batches = batches if batches is not None else looked_up(storage, index_filename)
        n_rows = sum(len(batch) for batch in self._batches)
        self._n_rows = n_rows if max_samples is None else min(max_samples, n_rows)

    def __len__(self) -> int:
        return self._n_rows

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._is_sidecar and self._storage.is_local:
            # What is memory-mapped here is mapped there, not sent.
            del state["_batches"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_batches" not in state:
            self._batches, _ = open_sidecar(self._storage, sidecar_name(self._filename))

    @property
    def is_sidecar(self) -> bool:
        """Whether the rows come from the sidecar of this very index."""
        return self._is_sidecar

    @property
    def batches(self) -> tuple[pa.RecordBatch, ...]:
        """The rows as they are stored, without regard to ``max_samples``."""
        return self._batches

    def row(self, number: int) -> SampleRow:
        """Return one row; ``number`` is in ``range(len(self))``."""
        return row_at(self._batches[number // BATCH_ROWS], number % BATCH_ROWS)

    def find(self, sample_id: str) -> int | None:
        """Return the number of a sample; None where the index does not name it."""
        number = column_of(self._batches, "sample_id").index(sample_id).as_py()
        return number if 0 <= number < self._n_rows else None

    def labels(self) -> NDArray[np.int64]:
        """Return the label of each sample, int64 [N]."""
        return self._numbers("label")

    def groups(self) -> list[str]:
        """Return the group of each sample; what shares one must stay together."""
        return column_of(self._batches, "group_id").slice(0, self._n_rows).to_pylist()

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the number of its shard, in the order of names, and the offset of each sample."""
        shards, _ = codes_of(self._batches, "shard")
        return shards[: self._n_rows], self._numbers("offset")

    def _numbers(self, name: str) -> NDArray[np.int64]:
        column = column_of(self._batches, name).slice(0, self._n_rows)
        return column.to_numpy().astype(np.int64)

    def fingerprint(self) -> str:
        """Return hex digits that differ where other samples lie in other places."""
        shards, offsets = self.places()
        return f"{zlib.crc32(offsets.tobytes(), zlib.crc32(shards.tobytes())):08x}"
