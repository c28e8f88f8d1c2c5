import shutil

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from aura.errors import SampleError, UsageError
from aura.shards import ClipLoader, ShardClipDataset, collate_clips

# Workers are made by fork, as DataLoader does on Linux; Python 3.12 and later say so each time.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


@pytest.fixture
def damaged(shards, tmp_path):
    """The same shards with one bit of sample 4 changed."""
    folder = shutil.copytree(shards, tmp_path / "shards")
    row = ShardClipDataset(folder).reader.table.row(4)
    content = bytearray((folder / row.shard).read_bytes())
    content[row.offset + 900] ^= 1
    (folder / row.shard).write_bytes(content)
    return folder


def test_a_sample_is_what_the_specification_says(shards, mel_of):
    dataset = ShardClipDataset(shards_dir=str(shards), index_filename="index.csv", max_samples=9)
    assert isinstance(dataset, Dataset)
    assert len(dataset) == 9
    sample = dataset[2]
    assert (sample["data"].dtype, sample["data"].shape) == (torch.uint8, (3, 24, 32, 3))
    assert sample["label"] == 1
    assert sample["metadata"] == {"fps": 25.0, "video_id": "v1", "number": 2}
    assert torch.equal(sample["audio_mel"], torch.from_numpy(mel_of(2)))
    assert "audio_mel" not in dataset[3]
    assert dataset[-1]["metadata"]["number"] == 8


def test_iterating_gives_every_sample_in_order_and_ends(shards):
    numbers = [sample["metadata"]["number"] for sample in ShardClipDataset(shards)]
    assert numbers == list(range(24))


def test_splits_open_by_their_index(shards):
    train = ShardClipDataset(shards, "index_train.csv")
    val = ShardClipDataset(shards, "index_val.csv")
    numbers = sorted(sample["metadata"]["number"] for part in (train, val) for sample in part)
    assert numbers == list(range(24))
    assert not set(train.groups) & set(val.groups)
    assert set(val.labels.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("method", "workers"), [("fork", 2), pytest.param("spawn", 1, marks=pytest.mark.slow)]
)
def test_workers_give_what_one_process_gives(shards, method, workers):
    dataset = ShardClipDataset(shards)
    dataset[0]  # a file is open when the workers are made
    loader = DataLoader(
        dataset,
        batch_size=5,
        num_workers=workers,
        collate_fn=collate_clips,
        multiprocessing_context=method,
    )
    alone = DataLoader(dataset, batch_size=5, collate_fn=collate_clips)
    for ours, theirs in zip(alone, loader, strict=True):
        assert torch.equal(ours["data"], theirs["data"])
        assert ours["sample_id"] == theirs["sample_id"]


def test_shuffling_by_the_loader_loses_nothing(shards):
    loader = DataLoader(ShardClipDataset(shards), 7, shuffle=True, collate_fn=collate_clips)
    numbers = [m["number"] for batch in loader for m in batch["metadata"]]
    assert sorted(numbers) == list(range(24))


def test_plain_batches_of_like_samples_need_no_collate(shards):
    dataset = ShardClipDataset(shards, transform=lambda s: {k: s[k] for k in ("data", "label")})
    batch = next(iter(DataLoader(dataset, batch_size=4)))
    assert batch["data"].shape == (4, 3, 24, 32, 3)
    assert batch["label"].tolist() == [0, 0, 1, 1]


def test_samples_go_to_the_target_device_in_the_main_process(shards):
    dataset = ShardClipDataset(shards, target_device="meta")  # stands in for a GPU
    assert dataset[1]["data"].device.type == "meta"
    assert dataset[1]["audio_mel"].device.type == "meta"


def test_workers_decode_in_memory_and_the_loader_moves_batches(shards):
    dataset = ShardClipDataset(shards, target_device="meta")
    plain = DataLoader(dataset, batch_size=6, num_workers=1, collate_fn=collate_clips)
    assert {batch["data"].device.type for batch in plain} == {"cpu"}
    batches = list(ClipLoader(dataset, batch_size=6, num_workers=1))
    assert len(batches) == 4
    assert {batch["data"].device.type for batch in batches} == {"meta"}
    assert {batch["label"].device.type for batch in batches} == {"meta"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gets_batches_decoded_in_workers(shards):
    loader = ClipLoader(ShardClipDataset(shards, target_device="cuda"), batch_size=6, num_workers=2)
    assert {batch["data"].device.type for batch in loader} == {"cuda"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without GPU")
def test_a_gpu_that_is_not_there_is_said_at_once(shards):
    with pytest.raises(UsageError, match="no usable GPU"):
        ShardClipDataset(shards, target_device="cuda")


def test_settings_that_mean_nothing_are_refused(shards):
    with pytest.raises(UsageError, match="on_corrupt"):
        ShardClipDataset(shards, on_corrupt="skip")
    with pytest.raises(UsageError, match="no device"):
        ShardClipDataset(shards, target_device="toaster")


def test_a_damaged_sample_is_raised_with_its_name(damaged):
    dataset = ShardClipDataset(damaged)
    with pytest.raises(SampleError, match="000002_000000"):
        dataset[4]
    with pytest.raises(SampleError, match="000002_000000"):
        list(ClipLoader(dataset, batch_size=4, num_workers=1))


def test_a_damaged_sample_is_reported_and_never_another_in_its_place(damaged):
    dataset = ShardClipDataset(damaged, on_corrupt="report")
    sample = dataset[4]
    assert "data" not in sample
    assert sample["sample_id"] == "000002_000000"
    assert "000002_000000" in sample["error"]
    batches = list(ClipLoader(dataset, batch_size=8, num_workers=1))
    assert [len(batch["data"]) for batch in batches] == [7, 8, 8]
    assert [one for one, _ in batches[0]["errors"]] == ["000002_000000"]
    assert "000002_000000" not in batches[0]["sample_id"]
    assert len(list(dataset)) == 24
