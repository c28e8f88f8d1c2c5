"""What both PyTorch data sets do with a sample: decode, report, hand over."""

import json
from collections.abc import Callable
from typing import Any, get_args

from aura.errors import MissingExtraError, SampleError, UsageError
from aura.shards.config import OnCorrupt
from aura.shards.reader import ShardReader
from aura.shards.rows import SampleRow

try:
    import torch
    from torch.utils.data import get_worker_info
except ImportError as error:
    raise MissingExtraError("torch", extra="train", needed_for="ShardClipDataset") from error

Sample = dict[str, Any]
Transform = Callable[[Sample], Sample]


class ClipMaker:
    """Makes samples of bytes.

    Args:
        reader: Where the bytes come from.
        target_device: Where tensors go, unless a DataLoader's worker makes them: a worker must
            not touch a GPU, and sends what it makes through the memory of the machine anyway.
        on_corrupt: ``raise``, or ``report`` for a sample with ``error`` and without ``data``.
        transform: Called with each whole sample before it goes to the device.

    Raises:
        UsageError: There is no such device or policy.
    """

    def __init__(
        self,
        reader: ShardReader,
        *,
        target_device: "str | torch.device | None",
        on_corrupt: OnCorrupt,
        transform: Transform | None,
    ) -> None:
        if on_corrupt not in get_args(OnCorrupt):
            raise UsageError(
                f"on_corrupt is one of {', '.join(get_args(OnCorrupt))}, not {on_corrupt!r}"
            )
        self.device = checked_device(target_device)
        self._reader, self._on_corrupt, self._transform = reader, on_corrupt, transform

    def make(self, row: SampleRow, content: bytes | memoryview) -> Sample:
        """Return the sample of a row whose bytes were read.

        Raises:
            SampleError: It is damaged, and that is to be raised.
        """
        sample: Sample = {
            "sample_id": row.sample_id,
            "label": row.label,
            "metadata": json.loads(row.metadata),
        }
        try:
            clip = self._reader.decode(row, content)
        except SampleError as error:
            if self._on_corrupt == "raise":
                raise
            return sample | {"error": str(error)}
        sample["data"] = torch.from_numpy(clip.frames)
        if clip.mel is not None:
            sample["audio_mel"] = torch.from_numpy(clip.mel)
        if self._transform is not None:
            sample = self._transform(sample)
        return sample if get_worker_info() is not None else to_device(sample, self.device)


def checked_device(device: "str | torch.device | None") -> "torch.device":
    """Return a device that this machine has.

    Raises:
        UsageError: There is none of that name.
    """
    try:
        checked = torch.device("cpu" if device is None else device)
    except RuntimeError as error:
        raise UsageError(f"target_device={device!r} is no device that PyTorch knows") from error
    if checked.type == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            f"target_device={device!r}: PyTorch finds no usable GPU here; use target_device='cpu'"
        )
    return checked


def to_device(batch: Sample, device: "torch.device") -> Sample:
    """Return a sample or a batch with its tensors on ``device``."""
    if device.type == "cpu":
        return batch
    return {
        key: value.to(device, non_blocking=True) if isinstance(value, torch.Tensor) else value
        for key, value in batch.items()
    }
