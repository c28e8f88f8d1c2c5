"""The one way from a video to a model's input, rebuilt from the recipe in the checkpoint.

Training reads the tables and clips that the stages left; a verdict makes the same numbers of the
video at hand. Both go by the recipe, and a recipe this AURA would follow differently is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from aura.errors import DataError
from aura.features import FeatureConfig, feature_groups, feature_names, measure
from aura.media import Video
from aura.stages import ClipConfig, ClipStage, FeatureStage, ScaleConfig, ScaleStage
from aura.stages.clips import cut_clip
from aura.stages.scale import scaled_size
from aura.training import ClipRecipe, FeatureRecipe

FULL, SCALED = "full", "scaled"
"""Prefixes of a feature's name: measured at full size, or on the scaled video."""


class _FeatureSettings(BaseModel):
    """What a feature recipe says of the stages behind it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: FeatureConfig
    features_scaled: FeatureConfig
    scale: ScaleConfig
    versions: dict[str, int]


class _ClipSettings(BaseModel):
    """What a clip recipe says of the stages behind it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: ScaleConfig
    clips: ClipConfig
    versions: dict[str, int]


def scaled_feature_config(config: FeatureConfig) -> FeatureConfig:
    """Return the settings for the scaled videos: the container of our own copy says nothing."""
    return config.model_copy(update={"groups": tuple(g for g in config.groups if g != "codec")})


def feature_recipe(
    features: FeatureConfig, scale: ScaleConfig, *, without_groups: tuple[str, ...] = ()
) -> FeatureRecipe:
    """Return the recipe of the features models are trained on.

    Args:
        features: The settings of the feature stage.
        scale: The settings of the scaling stage.
        without_groups: Groups that are measured and not learned from.
    """
    scaled = scaled_feature_config(features)
    group_of = feature_groups()
    names = [
        f"{size}.{name}"
        for size, config in ((FULL, features), (SCALED, scaled))
        for name in feature_names(config)
        if group_of[name] not in without_groups
    ]
    settings = _FeatureSettings(
        features=features,
        features_scaled=scaled,
        scale=scale,
        versions={
            "features": FeatureStage(features).version,
            "scale": ScaleStage(scale).version,
        },
    )
    return FeatureRecipe(names=tuple(names), settings=_plain(settings))


def clip_recipe(scale: ScaleConfig, clips: ClipConfig) -> ClipRecipe:
    """Return the recipe of the clips networks are trained on."""
    stage = ClipStage(clips, size_px=scale.max_side_px)
    settings = _ClipSettings(
        scale=scale,
        clips=clips,
        versions={"scale": ScaleStage(scale).version, "clips": stage.version},
    )
    return ClipRecipe(n_frames=clips.n_frames, size_px=scale.max_side_px, settings=_plain(settings))


def _plain(settings: BaseModel) -> dict[str, JsonValue]:
    return settings.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class FeaturePreprocessor:
    """Makes rows of features by a recipe."""

    recipe: FeatureRecipe
    settings: _FeatureSettings

    def row(self, video: Video, within: range) -> NDArray[np.float64]:
        """Return the features of a stretch of a video, float64 [D] in the recipe's order.

        Raises:
            InsufficientEvidence: Too few usable frames.
        """
        settings = self.settings
        height, width = video.info.height, video.info.width
        small = scaled_size(height, width, max_side_px=settings.scale.max_side_px)
        full = measure(video, settings.features, within=within)
        scaled = measure(video, settings.features_scaled, within=within, size=small)
        values = {f"{FULL}.{k}": v for k, v in full.items()}
        values |= {f"{SCALED}.{k}": v for k, v in scaled.items()}
        return np.array([values[name] for name in self.recipe.names])


@dataclass(frozen=True, slots=True)
class ClipPreprocessor:
    """Makes clips by a recipe."""

    recipe: ClipRecipe
    settings: _ClipSettings

    def clip(self, video: Video, within: range) -> NDArray[np.uint8]:
        """Return the clip of a stretch of a video, uint8 [T, S, S, 3].

        Raises:
            InsufficientEvidence: Too few usable frames.
        """
        height, width = video.info.height, video.info.width
        return cut_clip(
            video,
            self.settings.clips,
            size_px=self.recipe.size_px,
            within=within,
            scaled_to=scaled_size(height, width, max_side_px=self.settings.scale.max_side_px),
        )


def preprocessor_for(
    recipe: FeatureRecipe | ClipRecipe, *, where: str
) -> FeaturePreprocessor | ClipPreprocessor:
    """Return what makes inputs by ``recipe``.

    Raises:
        DataError: This AURA would not make the inputs the model was trained on.
    """
    if isinstance(recipe, FeatureRecipe):
        settings = _parsed(_FeatureSettings, recipe.settings, where=where)
        rebuilt = feature_recipe(settings.features, settings.scale)
        _require_versions(settings.versions, rebuilt.settings["versions"], where=where)
        unknown = sorted(set(recipe.names) - set(rebuilt.names))
        if unknown:
            raise DataError(
                f"{where}: the model needs features this AURA does not know: "
                f"{', '.join(unknown[:5])}; train again"
            )
        return FeaturePreprocessor(recipe, settings)
    settings = _parsed(_ClipSettings, recipe.settings, where=where)
    rebuilt = clip_recipe(settings.scale, settings.clips)
    _require_versions(settings.versions, rebuilt.settings["versions"], where=where)
    return ClipPreprocessor(recipe, settings)


def _parsed(kind: type[Any], settings: Mapping[str, JsonValue], *, where: str) -> Any:
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        raise DataError(
            f"{where}: the recipe names settings this AURA does not know; train again: {error}"
        ) from error


def _require_versions(found: Mapping[str, int], ours: Any, *, where: str) -> None:
    if dict(found) != dict(ours):
        raise DataError(
            f"{where}: the model was trained on inputs of stage versions {dict(found)}, this AURA "
            f"makes versions {dict(ours)}; train again"
        )
