import pytest
import torch

from aura.errors import UsageError
from aura.shards import collate_clips


def sample(number: int, *, n_frames: int = 2, time: int | None = None, size: int = 4, **metadata):
    made = {
        "sample_id": f"s{number}",
        "label": number % 2,
        "metadata": metadata,
        "data": torch.full((n_frames, size, size, 3), number + 1, dtype=torch.uint8),
    }
    if time is not None:
        made["audio_mel"] = torch.full((3, time), number + 1.0, dtype=torch.float16)
    return made


def test_metadata_of_any_form_stay_as_they_are():
    batch = collate_clips([sample(0, fps=25.0), sample(1, source=None, box=[1, 2])])
    assert batch["metadata"] == [{"fps": 25.0}, {"source": None, "box": [1, 2]}]
    assert batch["label"].tolist() == [0, 1]
    assert batch["sample_id"] == ["s0", "s1"]
    assert batch["data"].shape == (2, 2, 4, 4, 3)


def test_sound_is_padded_and_its_absence_is_a_length_of_zero():
    batch = collate_clips([sample(0, time=2), sample(1), sample(2, time=4)])
    assert batch["audio_mel"].shape == (3, 3, 4)
    assert batch["audio_mel"].dtype == torch.float16
    assert batch["audio_mel_length"].tolist() == [2, 0, 4]
    assert batch["audio_mel"][0, 0].tolist() == [1, 1, 0, 0]
    assert batch["audio_mel"][1].abs().sum() == 0


def test_a_batch_without_any_sound_has_none():
    batch = collate_clips([sample(0), sample(1)])
    assert "audio_mel" not in batch
    assert batch["audio_mel_length"].tolist() == [0, 0]


def test_shorter_clips_are_padded_and_their_length_is_told():
    batch = collate_clips([sample(0, n_frames=1), sample(1, n_frames=3)])
    assert batch["data"].shape == (2, 3, 4, 4, 3)
    assert batch["num_frames"].tolist() == [1, 3]
    assert batch["data"][0, 1:].sum() == 0
    assert (batch["data"][1] == 2).all()


def test_frames_of_several_sizes_are_refused():
    with pytest.raises(UsageError, match=r"4, 4, 3.*8, 8, 3"):
        collate_clips([sample(0), sample(1, size=8)])


def test_a_batch_of_damaged_samples_is_empty_and_names_them():
    broken = {"sample_id": "a", "label": 1, "metadata": {}, "error": "gone"}
    batch = collate_clips([broken])
    assert len(batch["data"]) == len(batch["label"]) == 0
    assert batch["errors"] == [("a", "gone")]
