import json

import numpy as np
import pytest
import torch

from aura.shards import ShardReader

pytestmark = [
    # The library leaves the shards it has read open.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

wds = pytest.importorskip("webdataset", reason="needs the webdataset library")


@pytest.fixture(scope="module")
def shards_of_theirs(tmp_path_factory, write):
    return write(tmp_path_factory.mktemp("wds") / "shards", layout="webdataset")


def opened(folder):
    urls = [path.as_posix() for path in sorted(folder.glob("*.tar"))]
    return wds.WebDataset(urls, shardshuffle=False, empty_check=False)


def test_the_library_groups_samples_by_itself(shards_of_theirs, mel_of):
    samples = list(opened(shards_of_theirs))
    assert len(samples) == 24
    assert samples[5]["__key__"] == "sample_000002_000001"
    parts = {name for name in samples[5] if not name.startswith("__")}
    frames = {f"frame_{n:03d}.webp" for n in range(3)}
    assert parts == frames | {"json", "cls"} | ({"audio_mel.npy"})
    assert samples[5]["cls"] == b"0"
    assert json.loads(samples[5]["json"])["number"] == 5


def test_the_library_decodes_them_untouched(shards_of_theirs, mel_of):
    samples = list(opened(shards_of_theirs).decode("rgb8"))
    ours = ShardReader(shards_of_theirs)
    for number, sample in enumerate(samples):
        assert (sample["cls"], sample["json"]["number"]) == (number // 2 % 2, number)
        # The library decodes with Pillow, we with OpenCV: both by libwebp.
        assert np.array_equal(sample["frame_002.webp"], ours[number].clip.frames[2])
        if number % 3:
            assert np.array_equal(sample["audio_mel.npy"], mel_of(number))


def test_the_library_makes_tensors_of_them(shards_of_theirs):
    first = next(iter(opened(shards_of_theirs).decode("torchrgb8")))
    assert first["frame_000.webp"].shape == (3, 24, 32)
    assert first["frame_000.webp"].dtype == torch.uint8


def test_both_layouts_read_alike_with_ours(shards_of_theirs, shards):
    theirs, ours = ShardReader(shards_of_theirs), ShardReader(shards)
    for number in range(24):
        assert np.array_equal(theirs[number].clip.frames, ours[number].clip.frames)
        assert theirs[number].row.metadata == ours[number].row.metadata
