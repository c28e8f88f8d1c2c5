"""How a model's input is made of a video: part of every checkpoint."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from aura.errors import DataError
from aura.fingerprint import fingerprint

_Positive = Annotated[float, Field(gt=0)]
_Rgb = tuple[float, float, float]


class FeatureRecipe(BaseModel, extra="forbid", frozen=True):
    """How the features of a video are computed."""

    kind: Literal["features"] = "features"
    names: tuple[str, ...] = Field(min_length=1, description="The features, in column order.")
    settings: dict[str, JsonValue] = Field(
        default={}, description="Name, version and configuration of the stage that computes them."
    )

    def fingerprint(self) -> str:
        """Return what changes whenever the recipe does."""
        return fingerprint(self.model_dump(mode="json"))


class ClipRecipe(BaseModel, extra="forbid", frozen=True):
    """How frames are chosen and scaled to a clip, and how the network normalises them."""

    kind: Literal["frames"] = "frames"
    n_frames: int = Field(
        default=8, ge=1, le=4096, description="Frames of a clip; short videos have less."
    )
    size_px: int = Field(
        default=112, ge=16, le=4096, description="Height and width of the square frames."
    )
    mean: _Rgb = Field(default=(0.5, 0.5, 0.5), description="Subtracted from RGB in [0, 1].")
    std: tuple[_Positive, _Positive, _Positive] = Field(
        default=(0.25, 0.25, 0.25), description="Divides RGB after the mean is subtracted."
    )
    settings: dict[str, JsonValue] = Field(
        default={}, description="Name, version and configuration of the stage that makes the clips."
    )

    def fingerprint(self) -> str:
        """Return what changes whenever the recipe does."""
        return fingerprint(self.model_dump(mode="json"))


Recipe = Annotated[FeatureRecipe | ClipRecipe, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[FeatureRecipe | ClipRecipe] = TypeAdapter(Recipe)


def parse_recipe(value: object, *, where: str) -> FeatureRecipe | ClipRecipe:
    """Return the recipe that ``value``, read from JSON, describes.

    Raises:
        DataError: It describes none; ``where`` names its file in the message.
    """
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise DataError(f"{where}: holds no valid recipe: {error}") from error


def require_same_recipe(
    found: FeatureRecipe | ClipRecipe, expected: FeatureRecipe | ClipRecipe, *, where: str
) -> None:
    """Raise unless both recipes are equal.

    Args:
        found: The recipe of a checkpoint.
        expected: The recipe of the inputs it is to score.
        where: The checkpoint, for the message.

    Raises:
        DataError: They differ; the message names both and what differs.
    """
    if found == expected:
        return
    ours, theirs = found.model_dump(mode="json"), expected.model_dump(mode="json")
    fields = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    differences = "; ".join(f"{key}: {ours.get(key)} and {theirs.get(key)}" for key in fields)
    raise DataError(
        f"{where}: the model was trained with recipe {found.fingerprint()}, the inputs were made "
        f"with recipe {expected.fingerprint()}; they differ in {differences}. Make the inputs "
        "with the model's recipe, or train again"
    )
