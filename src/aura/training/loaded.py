"""Trained models as they come out of their checkpoints, ready to score."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from aura.errors import DataError
from aura.models import FeatureModel
from aura.training.data import checked_clip
from aura.training.recipe import ClipRecipe, FeatureRecipe

if TYPE_CHECKING:
    from aura.models.frame_network import FrameNetwork


@dataclass(frozen=True, slots=True)
class LoadedFeatureModel:
    """A trained model over features.

    Attributes:
        name: Its name in the catalogue.
        recipe: How its features are computed.
        model: The model itself.
    """

    name: str
    recipe: FeatureRecipe
    model: FeatureModel

    @property
    def kind(self) -> Literal["features"]:
        """What it is fed with."""
        return "features"

    def logits(self, matrix: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [N], the logits of the rows of ``matrix`` float64 [N, D].

        Raises:
            DataError: ``names`` are not the columns the model was fitted on, in their order.
        """
        if tuple(names) != self.recipe.names:
            expected = set(self.recipe.names)
            raise DataError(
                f"model {self.name} was fitted on {len(expected)} features in a fixed order; "
                f"absent: {', '.join(sorted(expected - set(names))) or 'none'}, "
                f"unknown: {', '.join(sorted(set(names) - expected)) or 'none'}"
            )
        return self.model.logits(matrix)

    def unfamiliar(self, row: NDArray[np.float64]) -> tuple[str, ...]:
        """Return the features of ``row`` float64 [D] that lie far outside the training videos'."""
        return self.model.unfamiliar(row)

    def contributions(self, row: NDArray[np.float64]) -> dict[str, float]:
        """Return what each feature adds to the logit of ``row`` float64 [D]."""
        return self.model.contributions(row)


@dataclass(frozen=True, slots=True)
class LoadedFrameModel:
    """A trained network over frames.

    Attributes:
        name: Its name in the catalogue.
        recipe: How its clips are made.
        network: The network itself, in evaluation mode.
        device: Where it computes.
    """

    name: str
    recipe: ClipRecipe
    network: "FrameNetwork"
    device: str

    @property
    def kind(self) -> Literal["frames"]:
        """What it is fed with."""
        return "frames"

    def logits(self, clips: Iterable[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Return float64 [N], the logits of ``clips``, each uint8 [T, S, S, 3] RGB.

        Each clip is scored by itself, so its logit does not depend on the clips beside it, and
        one clip is in memory at a time.

        Raises:
            DataError: A clip does not follow the recipe.
        """
        import torch

        from aura.training.loader import network_input

        logits: list[float] = []
        for number, clip in enumerate(clips):
            checked = checked_clip(clip, self.recipe, where=f"clip {number}")
            with torch.inference_mode():
                frames = torch.from_numpy(np.ascontiguousarray(checked)).to(self.device)
                logits.append(float(self.network(network_input(frames[None]))[0].cpu()))
        return np.array(logits, dtype=np.float64)

    def frame_logits(self, clip: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return float64 [T], the logit of each frame of ``clip`` uint8 [T, S, S, 3].

        Raises:
            DataError: The clip does not follow the recipe.
        """
        import torch

        from aura.training.loader import network_input

        checked = checked_clip(clip, self.recipe, where="clip")
        with torch.inference_mode():
            frames = torch.from_numpy(np.ascontiguousarray(checked)).to(self.device)
            logits = self.network.frame_logits(network_input(frames[None]))[0]
            return logits.cpu().numpy().astype(np.float64)


LoadedModel = LoadedFeatureModel | LoadedFrameModel
