"""Stored frames as a PyTorch data set."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.errors import DataError, MissingExtraError, UsageError
from aura.loading.frame_samples import Split, read_samples, take_samples, take_split
from aura.splits import TEST, TRAIN, VAL
from aura.stages.frame_names import CLASS_FOLDERS
from aura.tables import FAKE, REAL

try:
    import torch
    from torch.utils.data import Dataset
except ImportError as error:
    raise MissingExtraError("torch", extra="train", needed_for="FrameFolder") from error

ImageForm = Literal["tensor", "array", "pil"]
_WHAT_NEXT = "aura frames --verify-only finds all such files"
_FORMS = ("tensor", "array", "pil")


class FrameFolder(Dataset[tuple[Any, int]]):
    """The frames that ``aura frames`` stored, one sample (image, label) a frame; label 1 is fake.

    Works with every DataLoader and its workers. Splits never divide a video, nor videos that
    belong together where the tree's ``frames.parquet`` says so; a manifest's own splits are kept.

    Args:
        root: The folder with ``ai/`` and ``real/``.
        split: ``train``, ``val`` or ``test``; all frames by default.
        transform: Called with each image; its result is the sample's image.
        max_samples_per_class: At most so many frames of each class, from as many videos as
            possible.
        val: Share of the videos in ``val``, unless a manifest says which they are.
        test: Share of the videos in ``test``, unless a manifest says which they are.
        seed: Decides the splits and the choice of samples; nothing else is random.
        image: What an image is: ``tensor`` (uint8 [3, H, W]), ``array`` (uint8 [H, W, 3]) or
            ``pil``; always RGB.

    Attributes:
        classes: Names of the classes, in the order of the labels.
        class_to_idx: The label of each class.
        samples: The table of `aura.loading.frame_samples.read_samples`, of this split.

    Raises:
        DataError: There are no frames, or too few groups for the splits.
    """

    classes = (CLASS_FOLDERS[REAL], CLASS_FOLDERS[FAKE])
    class_to_idx = {CLASS_FOLDERS[REAL]: REAL, CLASS_FOLDERS[FAKE]: FAKE}  # noqa: RUF012

    def __init__(
        self,
        root: str | Path,
        *,
        split: Split | None = None,
        transform: Callable[[Any], Any] | None = None,
        max_samples_per_class: int | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 42,
        image: ImageForm = "tensor",
    ) -> None:
        if split not in (None, TRAIN, VAL, TEST):
            raise UsageError(f"split is {TRAIN!r}, {VAL!r}, {TEST!r} or None, not {split!r}")
        if image not in _FORMS:
            raise UsageError(f"image is one of {', '.join(_FORMS)}, not {image!r}")
        if min(val, test) < 0 or val + test >= 1:
            raise UsageError(f"val and test are shares that leave some to train, not {val}, {test}")
        self.root = Path(root)
        self.transform = transform
        self.image = image
        samples = read_samples(self.root)
        if split is not None:
            samples = take_split(samples, split, val=val, test=test, seed=seed)
        self.samples = take_samples(samples, max_samples_per_class, seed=seed)
        # Arrays, not lists: workers share them, as no count of references is written to.
        self._paths = np.array(self.samples["path"].to_list(), dtype=np.str_)
        self._labels = self.samples["label"].to_numpy().astype(np.int64)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        """Return one image and its label.

        Raises:
            DataError: The file cannot be read any more.
        """
        image: Any = self._read(self.root / str(self._paths[index]))
        if self.image == "tensor":
            image = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
        elif self.image == "pil":
            from PIL import Image

            image = Image.fromarray(image)
        return self.transform(image) if self.transform else image, int(self._labels[index])

    def __repr__(self) -> str:
        n_fake = int(self._labels.sum())
        return f"FrameFolder({str(self.root)!r}, {len(self) - n_fake} real, {n_fake} ai)"

    @property
    def targets(self) -> list[int]:
        """The label of each sample."""
        return self._labels.tolist()

    @property
    def groups(self) -> list[str]:
        """The group of each sample; what shares one must stay together."""
        return self.samples["group_id"].to_list()

    @property
    def video_ids(self) -> list[str]:
        """The video of each sample."""
        return self.samples["video_id"].to_list()

    @staticmethod
    def _read(path: Path) -> NDArray[np.uint8]:
        """Return an image as uint8 [H, W, 3], RGB."""
        try:
            content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
            decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
        except (OSError, cv2.error) as error:
            raise DataError(f"{path}: cannot be read: {error}; {_WHAT_NEXT}") from error
        if decoded is None:
            raise DataError(f"{path}: is no image; {_WHAT_NEXT}")
        # A view, not cv2.cvtColor: its threads do not survive the fork that makes workers.
        return np.ascontiguousarray(decoded[:, :, ::-1], dtype=np.uint8)
