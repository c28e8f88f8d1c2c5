"""What every network over frames offers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from aura.errors import UsageError


class FrameNetwork(nn.Module, ABC):
    """A network from clips to logits; a high logit means fake.

    It takes ``float32 [B, T, 3, H, W]``, RGB in [0, 1], and normalises by itself with the mean
    and deviation it was created with. Frames that only fill a shorter clip up are named by a
    mask and do not change its logit.

    Args:
        config: All settings of the network.
        mean: Subtracted from the RGB channels.
        std: Divides them then.
        min_side_px: The least height and width the layers can take.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, config: BaseModel, *, mean: Sequence[float], std: Sequence[float], min_side_px: int
    ) -> None:
        super().__init__()
        self.config = config
        self.min_side_px = min_side_px
        # Not part of the state: they come back with the settings.
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    @abstractmethod
    def forward(self, clips: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the logit of each clip.

        Args:
            clips: float32 [B, T, 3, H, W] in [0, 1].
            mask: bool [B, T], false for frames that only fill up, true at least once a clip;
                None when all frames are real.

        Returns:
            float32 [B].

        Raises:
            UsageError: The input or the mask has another shape.
        """

    @abstractmethod
    def frame_logits(self, clips: Tensor) -> Tensor:
        """Return the logit of each frame, float32 [B, T], for a timeline of the clip."""

    def normalised(self, clips: Tensor) -> Tensor:
        """Return the frames of ``clips`` as one batch [B * T, 3, H, W], normalised."""
        shape = list(clips.shape)
        if clips.ndim != 5 or shape[2] != 3 or min(shape[3:]) < self.min_side_px:
            raise UsageError(
                f"clips of shape {shape} arrived; [B, T, 3, H, W] with H and W of at least "
                f"{self.min_side_px} was expected"
            )
        return (clips.flatten(0, 1) - self.mean) / self.std


def masked_mean(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean over the second axis of ``values`` [B, T] where ``mask`` is true.

    Raises:
        UsageError: The mask has another shape.

    >>> masked_mean(torch.tensor([[1.0, 3.0, 9.0]]), torch.tensor([[True, True, False]]))
    tensor([2.])
    """
    if mask is None:
        return values.mean(dim=1)
    if mask.shape != values.shape or mask.dtype != torch.bool:
        raise UsageError(
            f"a mask {mask.dtype} {list(mask.shape)} arrived; "
            f"torch.bool {list(values.shape)} was expected"
        )
    return torch.where(mask, values, 0.0).sum(dim=1) / mask.sum(dim=1)
