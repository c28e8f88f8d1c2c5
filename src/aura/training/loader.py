"""Clips on their way from the disk to a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from aura.training.data import ClipStore, Sample


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips side by side.

    Attributes:
        clips: uint8 [B, T, S, S, 3], shorter clips filled up with black frames.
        mask: bool [B, T], false for frames that only fill up.
        labels: float32 [B], 0 real and 1 fake.
    """

    clips: Tensor
    mask: Tensor
    labels: Tensor


class ClipDataset(Dataset[Any]):
    """The clips of ``samples``, read from ``store`` whenever they are asked for."""

    def __init__(self, samples: Sequence[Sample], store: ClipStore) -> None:
        self._samples = tuple(samples)
        self._store = store

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        sample = self._samples[index]
        return self._store.read(sample.video_id), sample.label


class VersionSampler(Sampler[int]):
    """Each video once an epoch, in random order, as one of its versions drawn at random.

    So all videos weigh the same, however many versions they have, and an epoch takes no longer.

    Args:
        samples: Originals and their augmented versions; indices refer to this sequence.
        seed: Decides all epochs.
    """

    def __init__(self, samples: Sequence[Sample], *, seed: int) -> None:
        versions: dict[str, list[int]] = {}
        for index, sample in enumerate(samples):
            versions.setdefault(sample.parent_id or sample.video_id, []).append(index)
        self._versions = list(versions.values())
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self._versions)

    def __iter__(self) -> Iterator[int]:
        for video in self._rng.permutation(len(self._versions)):
            versions = self._versions[video]
            yield versions[int(self._rng.integers(len(versions)))]


def collate(items: Sequence[tuple[NDArray[np.uint8], int]]) -> Batch:
    """Return the clips of ``items`` as one batch, filled up to the longest."""
    longest = max(len(clip) for clip, _ in items)
    clips = np.zeros((len(items), longest, *items[0][0].shape[1:]), dtype=np.uint8)
    mask = np.zeros((len(items), longest), dtype=bool)
    for row, (clip, _) in enumerate(items):
        clips[row, : len(clip)] = clip
        mask[row, : len(clip)] = True
    labels = torch.tensor([label for _, label in items], dtype=torch.float32)
    return Batch(torch.from_numpy(clips), torch.from_numpy(mask), labels)


def network_input(clips: Tensor) -> Tensor:
    """Return ``clips`` uint8 [B, T, H, W, 3] as networks take them: float32 [B, T, 3, H, W].

    >>> network_input(torch.full((1, 1, 2, 2, 3), 255, dtype=torch.uint8)).unique()
    tensor([1.])
    """
    return clips.permute(0, 1, 4, 2, 3).to(torch.float32) / 255


def training_loader(
    samples: Sequence[Sample], store: ClipStore, *, batch_size: int, seed: int
) -> DataLoader[Batch]:
    """Return batches for one epoch after another; the last batch of each may be smaller."""
    return DataLoader(
        ClipDataset(samples, store),
        batch_size=batch_size,
        sampler=VersionSampler(samples, seed=seed),
        collate_fn=collate,
        drop_last=False,
    )


def ordered_loader(
    samples: Sequence[Sample], store: ClipStore, *, batch_size: int
) -> DataLoader[Batch]:
    """Return batches of ``samples`` in their order, every one of them."""
    return DataLoader(
        ClipDataset(samples, store),
        batch_size=batch_size,
        shuffle=False,
        collate_fn=collate,
        drop_last=False,
    )
