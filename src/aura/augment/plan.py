"""Which operations a version of a video undergoes, and their application."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Self, cast, get_args

import numpy as np
from pydantic import BaseModel, Field, field_validator, model_validator

from aura.augment.colour import Brightness, Contrast, Hue, Saturation
from aura.augment.geometry import Affine, HorizontalFlip, Rotation
from aura.augment.operation import Frame, Operation
from aura.augment.temporal import FrameDrop, FrameDuplicate
from aura.augment.texture import GaussianBlur, GaussianNoise
from aura.fingerprint import fingerprint

OperationName = Literal[
    "horizontal_flip",
    "rotation",
    "affine",
    "brightness",
    "contrast",
    "saturation",
    "hue",
    "gaussian_blur",
    "gaussian_noise",
    "frame_drop",
    "frame_duplicate",
]

OPERATION_NAMES: tuple[OperationName, ...] = get_args(OperationName)
"""All operations in the order in which they are applied: first what happens in front of the
camera, then its blur and noise, then what is done to the finished frames."""

OPERATIONS: dict[OperationName, type[Operation]] = {
    "horizontal_flip": HorizontalFlip,
    "rotation": Rotation,
    "affine": Affine,
    "brightness": Brightness,
    "contrast": Contrast,
    "saturation": Saturation,
    "hue": Hue,
    "gaussian_blur": GaussianBlur,
    "gaussian_noise": GaussianNoise,
    "frame_drop": FrameDrop,
    "frame_duplicate": FrameDuplicate,
}


class AugmentConfig(BaseModel, extra="forbid", frozen=True):
    """How many changed versions of each training video are made, and what may happen to them."""

    n_versions: int = Field(
        default=1, ge=0, le=10, description="Changed versions of each video; 0: none."
    )
    operations: tuple[OperationName, ...] = Field(
        default=OPERATION_NAMES, min_length=1, description="Operations to draw from."
    )
    n_operations: int = Field(
        default=2, ge=1, description="Different operations that one version undergoes."
    )
    crf_lowest: int = Field(
        default=18,
        ge=0,
        le=51,
        description="Least compression of a version: x264's constant rate factor.",
    )
    crf_highest: int = Field(default=32, ge=0, le=51, description="Most compression of a version.")
    seed: int = Field(default=42, ge=0, description="Changes all that is drawn.")

    @field_validator("operations")
    @classmethod
    def _in_order_of_application(
        cls, operations: tuple[OperationName, ...]
    ) -> tuple[OperationName, ...]:
        # Equal choices must draw equal operations and have equal fingerprints.
        return tuple(name for name in OPERATION_NAMES if name in operations)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.n_operations > len(self.operations):
            raise ValueError(
                f"n_operations is {self.n_operations}, but operations names only "
                f"{len(self.operations)}: lower the one or add to the other"
            )
        if self.crf_lowest > self.crf_highest:
            raise ValueError(
                f"crf_lowest ({self.crf_lowest}) must not exceed crf_highest ({self.crf_highest})"
            )
        return self


def draw_operations(
    config: AugmentConfig, *, seed_parts: Sequence[str | int]
) -> tuple[Operation, ...]:
    """Return the operations of one version, their parameters drawn.

    Args:
        config: What may be drawn.
        seed_parts: Names the version: the video's id and the version's number. The same parts and
            configuration give the same operations, in any process and any order.

    Returns:
        ``config.n_operations`` different operations in the order of application.

    >>> config = AugmentConfig(operations=("horizontal_flip",), n_operations=1)
    >>> describe(draw_operations(config, seed_parts=("clip-1", 0)))
    '[{"name": "horizontal_flip"}]'
    """
    rng = _generator(config, seed_parts, purpose="choice")
    chosen = rng.permutation(len(config.operations))[: config.n_operations]
    names = [config.operations[i] for i in sorted(chosen.tolist())]
    # A generator for each, so that what one draws does not depend on what else is drawn.
    return tuple(
        OPERATIONS[name].draw(_generator(config, seed_parts, purpose=name)) for name in names
    )


def draw_crf(config: AugmentConfig, *, seed_parts: Sequence[str | int]) -> int:
    """Return the constant rate factor with which one version is encoded, drawn like the rest."""
    rng = _generator(config, seed_parts, purpose="crf")
    return int(rng.integers(config.crf_lowest, config.crf_highest + 1))


def apply(operations: Sequence[Operation], frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield the frames of one version, one by one, in constant memory.

    Args:
        operations: Applied first to last; none leaves the frames as they are.
        frames: ``uint8 [H, W, 3]``, RGB, all of one size; they are not changed in place.
    """
    stream = iter(frames)
    for operation in operations:
        stream = operation.apply(stream)
    return stream


def keeps_timing(operations: Sequence[Operation]) -> bool:
    """Return whether a video's sound still fits after these operations."""
    return all(operation.keeps_timing for operation in operations)


def describe(operations: Sequence[Operation]) -> str:
    """Return the operations' names and parameters as JSON, in the order of application."""
    described = [
        # Every operation is a dataclass, which a protocol cannot say.
        {"name": operation.name, **dataclasses.asdict(cast(Any, operation))}
        for operation in operations
    ]
    return json.dumps(described)


def _generator(
    config: AugmentConfig, seed_parts: Sequence[str | int], *, purpose: str
) -> np.random.Generator:
    return np.random.default_rng(int(fingerprint(purpose, config.seed, *seed_parts), 16))
