"""All features with their definitions, and the setting that chooses among them."""

from typing import Literal, get_args

from pydantic import BaseModel, Field, field_validator

from aura.features import blockiness, codec, dct, noise, resampling, sharpness, temporal
from aura.features.definition import Feature

Group = Literal["noise", "dct", "sharpness", "blockiness", "resampling", "temporal", "codec"]
"""The cue families. ``codec`` reads the container, the others the pictures."""

GROUPS: tuple[Group, ...] = get_args(Group)

FEATURES: tuple[Feature, ...] = (
    noise.FEATURES
    + dct.FEATURES
    + sharpness.FEATURES
    + blockiness.FEATURES
    + resampling.FEATURES
    + temporal.FEATURES
    + codec.FEATURES
)
"""Every feature, in the order in which tables hold them."""


class FeatureConfig(BaseModel, extra="forbid", frozen=True):
    """Which features are computed, and from which frames."""

    n_bursts: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Runs of consecutive frames, spread evenly over the video.",
    )
    burst_frames: int = Field(default=3, ge=3, le=64, description="Consecutive frames in each run.")
    min_usable_frames: int = Field(
        default=4,
        ge=3,
        description="Frames that must decode and not be of one colour; with fewer, no features.",
    )
    crop_px: int = Field(
        default=512,
        ge=64,
        le=8192,
        multiple_of=8,
        description="Longest side of the central window that is measured, at native resolution.",
    )
    groups: tuple[Group, ...] = Field(
        default=GROUPS,
        min_length=1,
        description="Cue families; leave out codec to ignore the container.",
    )

    @field_validator("groups")
    @classmethod
    def _in_catalogue_order(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        # Equal choices must give equal tables and equal fingerprints.
        return tuple(group for group in GROUPS if group in groups)


def features_of(config: FeatureConfig | None = None) -> tuple[Feature, ...]:
    """Return the definitions of the features that ``config`` (default: all) asks for."""
    groups = (config or FeatureConfig()).groups
    return tuple(feature for feature in FEATURES if feature.group in groups)


def feature_names(config: FeatureConfig | None = None) -> tuple[str, ...]:
    """Return the names of the features that ``config`` (default: all) asks for, in table order.

    >>> feature_names(FeatureConfig(groups=("resampling",)))
    ('resampling_horizontal_mean', 'resampling_vertical_mean')
    """
    return tuple(feature.name for feature in features_of(config))


def feature_groups() -> dict[str, str]:
    """Return the group of every feature.

    >>> feature_groups()["codec_fps"]
    'codec'
    """
    return {feature.name: feature.group for feature in FEATURES}


def feature_table() -> str:
    """Return all definitions as a Markdown table.

    >>> print(feature_table().splitlines()[0])
    | name | group | formula | source |
    """
    lines = ["| name | group | formula | source |", "|---|---|---|---|"]
    for feature in FEATURES:
        # A bar would end the cell.
        cells = (feature.name, feature.group, feature.formula, feature.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
