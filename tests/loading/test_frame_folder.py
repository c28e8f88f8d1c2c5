import pickle
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from aura.errors import DataError, UsageError
from aura.loading import FrameFolder


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """A tree as ``aura frames`` leaves it: 24 videos in 12 groups, three frames each."""
    root = tmp_path_factory.mktemp("stored")
    rows = []
    for video in range(24):
        label = video % 2
        folder = ("real", "ai")[label]
        (root / folder).mkdir(exist_ok=True)
        for number in (1, 2, 3):
            name = f"{folder}/{folder}_v{video:02d}_0000abcd_frame_{number:02d}.jpg"
            bgr = np.full((12, 16, 3), (10, 20 * number, 9 * video), dtype=np.uint8)
            cv2.imwrite(str(root / name), bgr, [cv2.IMWRITE_JPEG_QUALITY, 100])
            rows.append((f"v{video:02d}", f"g{video // 2}", None, label, name))
    schema = {"video_id": pl.String, "group_id": pl.String, "split": pl.String}
    schema |= {"label": pl.Int64, "path": pl.String}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(root / "frames.parquet")
    return root


def test_a_sample_is_an_upright_rgb_tensor_and_a_label(stored):
    folder = FrameFolder(stored)
    assert isinstance(folder, Dataset)
    assert len(folder) == 72
    image, label = folder[3]  # the first frame of the second video, which is fake
    assert (image.dtype, tuple(image.shape)) == (torch.uint8, (3, 12, 16))
    assert label == 1
    assert [int(channel.float().mean()) for channel in image] == pytest.approx([9, 20, 10], abs=3)
    assert folder.classes[label] == "ai"
    assert folder.class_to_idx == {"real": 0, "ai": 1}
    assert folder.targets[:6] == [0, 0, 0, 1, 1, 1]


def test_an_image_may_be_an_array_or_a_pil_image(stored):
    from PIL import Image

    array, _ = FrameFolder(stored, image="array")[0]
    assert (array.shape, array.dtype) == ((12, 16, 3), np.uint8)
    picture, _ = FrameFolder(stored, image="pil")[0]
    assert isinstance(picture, Image.Image)
    assert np.array_equal(np.asarray(picture), array)
    tensor, _ = FrameFolder(stored)[0]
    assert np.array_equal(tensor.numpy().transpose(1, 2, 0), array)


def test_the_transform_is_called_with_each_image(stored):
    folder = FrameFolder(stored, transform=lambda image: image.float() / 255)
    assert folder[0][0].dtype == torch.float32


def test_splits_divide_no_group_and_miss_no_frame(stored):
    parts = [
        FrameFolder(stored, split=name, val=0.2, test=0.3) for name in ("train", "val", "test")
    ]
    groups = [set(part.groups) for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 12
    assert sum(map(len, parts)) == 72
    assert all(set(part.targets) == {0, 1} for part in parts)
    again = FrameFolder(stored, split="val", val=0.2, test=0.3)
    assert again.samples.equals(parts[1].samples)


def test_samples_of_each_class_are_limited(stored):
    folder = FrameFolder(stored, max_samples_per_class=10)
    assert folder.targets.count(1) == 10 == folder.targets.count(0)
    assert len(set(folder.video_ids)) == 20


@pytest.mark.parametrize("n_workers", [0, 2])
def test_a_loader_gives_batches_in_order(n_workers, stored):
    folder = FrameFolder(stored, max_samples_per_class=8)
    loader = DataLoader(folder, batch_size=5, num_workers=n_workers)
    images, labels = zip(*loader, strict=True)
    assert torch.cat(images).shape == (16, 3, 12, 16)
    assert torch.cat(labels).tolist() == folder.targets
    assert torch.equal(torch.cat(images), torch.stack([folder[i][0] for i in range(16)]))


def test_it_survives_pickling(stored):
    folder = pickle.loads(pickle.dumps(FrameFolder(stored, split="train")))
    assert len(folder) == len(FrameFolder(stored, split="train"))
    assert repr(folder).endswith(" ai)")


def test_a_file_that_went_bad_is_named(stored):
    folder = FrameFolder(stored)
    path = stored / folder.samples.item(0, "path")
    content = path.read_bytes()
    try:
        for bad in (b"", b"no image"):
            path.write_bytes(bad)
            with pytest.raises(DataError, match="--verify-only"):
                folder[0]
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("how", [{"split": "dev"}, {"image": "numpy"}, {"val": 0.5, "test": 0.5}])
def test_wrong_arguments_are_refused(how, stored):
    with pytest.raises(UsageError):
        FrameFolder(stored, **how)
