"""What can be set about folds and splits."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from aura.leakage import UNUSED

TRAIN, VAL, TEST = "train", "val", "test"
"""The splits; videos that a scheme leaves out have the split ``unused``."""

SPLITS = (TRAIN, VAL, TEST, UNUSED)


class SplitScheme(StrEnum):
    """How videos are divided into folds."""

    GROUP_K_FOLD = "group-k-fold"
    RATIO = "ratio"
    HASH = "hash"
    LEAVE_ONE_OUT = "leave-one-out"
    GIVEN = "given"
    FFPP_OFFICIAL = "ffpp-official"
    CELEBDF_OFFICIAL = "celebdf-official"
    FAKEAVCELEB_IDENTITY = "fakeavceleb-identity"


Identities = Literal["together", "divided", "ignored"]


class SplitConfig(BaseModel, extra="forbid", frozen=True):
    """How videos are divided into folds and a test split."""

    scheme: SplitScheme = Field(
        default=SplitScheme.GROUP_K_FOLD,
        description="group-k-fold: balanced folds of whole groups; ratio: one division into "
        "train, val and test; hash: folds by a hash of the group's name, which stay when rows are "
        "added; leave-one-out: one fold for each value of the column named in `by`; given: the "
        "columns fold and split of the table; ffpp-official, celebdf-official: the data set's own "
        "lists; fakeavceleb-identity: ratio with no person in two splits.",
    )
    folds: int = Field(
        default=5, ge=2, le=100, description="Number of folds of group-k-fold and hash."
    )
    test: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="Share of the videos kept out of all folds, in whole groups; 0 for none.",
    )
    val: float = Field(
        default=0.1, gt=0, lt=1, description="Share of the videos in the val split of ratio."
    )
    identities: Identities = Field(
        default="together",
        description="together: videos of one person share a group; divided: persons are dealt "
        "to folds, and videos that join persons of two folds are left out (split unused); ignored: "
        "a shared person ties nothing, and is found as a leak.",
    )
    balance: tuple[str, ...] = Field(
        default=("dataset", "method"),
        description="Columns whose values are spread evenly over folds, after the two classes.",
    )
    by: str = Field(
        default="source", description="The column whose values leave-one-out leaves out."
    )
    seed: int = Field(default=42, ge=0, description="Seed of the assignment.")
    allow_leakage: bool = Field(
        default=False,
        description="Go on although ties between videos cross folds; the run and its report "
        "record it.",
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        divides_once = self.scheme in (SplitScheme.RATIO, SplitScheme.FAKEAVCELEB_IDENTITY)
        if divides_once and self.test + self.val >= 1:
            raise ValueError(f"test={self.test} and val={self.val} leave nothing to train on")
        return self
