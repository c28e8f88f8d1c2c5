"""A DataLoader whose workers decode and whose main process moves batches to the device."""

from collections.abc import Iterator
from typing import Any

from aura.shards.clips import checked_device, to_device, torch
from aura.shards.collate import collate_clips
from aura.shards.dataset import ShardClipDataset
from aura.shards.iterable import ShardClipIterable


class ClipLoader(torch.utils.data.DataLoader[Any]):
    """Batches of clips on the data set's device.

    Args:
        dataset: What to load.
        target_device: Where batches go; by default the data set's own.
        options: As for PyTorch's DataLoader. ``collate_fn`` is `collate_clips` and ``pin_memory``
            is on for a GPU, unless they are given.
    """

    def __init__(
        self,
        dataset: ShardClipDataset | ShardClipIterable,
        *,
        target_device: "str | torch.device | None" = None,
        **options: Any,
    ) -> None:
        device = dataset.target_device if target_device is None else checked_device(target_device)
        self._target = device
        options = {"collate_fn": collate_clips, "pin_memory": device.type == "cuda"} | options
        super().__init__(dataset, **options)

    def __iter__(self) -> Iterator[dict[str, Any]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Yield batches; a batch is on its way to the device when it is handed over."""
        for batch in super().__iter__():
            yield to_device(batch, self._target)
