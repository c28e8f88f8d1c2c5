"""Samples to a batch: clips of several lengths, metadata of any form, some without sound."""

from collections.abc import Callable, Sequence
from typing import Any

from aura.errors import UsageError
from aura.shards.clips import Sample, torch


def collate_clips(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return samples as a batch; damaged ones that were reported stand in ``errors``.

    Returns:
        ``data`` uint8 [B, T, H, W, 3], shorter clips padded with black; ``num_frames`` int64 [B],
        the frames before the padding; ``label`` int64 [B]; ``metadata`` and ``sample_id``, lists;
        ``audio_mel_length`` int64 [B], 0 without sound; ``audio_mel`` [B, n_mels, time] padded
        with zeros, absent where no sample of the batch has sound; ``errors``, a list of
        (sample_id, what is wrong) of the samples that are not in the batch.

    Raises:
        UsageError: The frames have several sizes, or the spectrograms several heights.
    """
    whole = [sample for sample in samples if "error" not in sample]
    clips = [sample["data"] for sample in whole]
    sounds = [sample.get("audio_mel") for sample in whole]
    batch: dict[str, Any] = {
        "data": _stacked(clips, what="frames", shape_of=lambda clip: clip.shape[1:]),
        "num_frames": torch.tensor([len(clip) for clip in clips], dtype=torch.int64),
        "label": torch.tensor([sample["label"] for sample in whole], dtype=torch.int64),
        "metadata": [sample["metadata"] for sample in whole],
        "sample_id": [sample["sample_id"] for sample in whole],
        "audio_mel_length": torch.tensor(
            [0 if sound is None else sound.shape[1] for sound in sounds], dtype=torch.int64
        ),
        "errors": [(s["sample_id"], s["error"]) for s in samples if "error" in s],
    }
    if any(sound is not None for sound in sounds):
        batch["audio_mel"] = _stacked_sounds(sounds)
    return batch


def _stacked(
    parts: "Sequence[torch.Tensor]", *, what: str, shape_of: "Callable[[torch.Tensor], torch.Size]"
) -> "torch.Tensor":
    """Return tensors of several lengths as one, padded with zeros at the end."""
    if not parts:
        return torch.empty(0, dtype=torch.uint8)
    shapes = sorted({tuple(shape_of(part)) for part in parts})
    if len(shapes) > 1:
        raise UsageError(
            f"a batch holds {what} of the shapes {', '.join(map(str, shapes))}; give the data set "
            "a transform that makes them one"
        )
    longest = max(len(part) for part in parts)
    if all(len(part) == longest for part in parts):
        return torch.stack(list(parts))
    stacked = parts[0].new_zeros((len(parts), longest, *parts[0].shape[1:]))
    for number, part in enumerate(parts):
        stacked[number, : len(part)] = part
    return stacked


def _stacked_sounds(sounds: "Sequence[torch.Tensor | None]") -> "torch.Tensor":
    """Return spectrograms as float [B, n_mels, time]; zeros where there is none."""
    example = next(sound for sound in sounds if sound is not None)
    by_time = [
        example.new_zeros((0, len(example))) if sound is None else sound.transpose(0, 1)
        for sound in sounds
    ]
    stacked = _stacked(by_time, what="spectrograms", shape_of=lambda sound: sound.shape[1:])
    return stacked.transpose(1, 2).contiguous()
