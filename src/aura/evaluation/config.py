"""The settings of evaluation."""

from pydantic import BaseModel, Field


class EvaluationConfig(BaseModel, extra="forbid", frozen=True):
    """How figures are made and what the report shows."""

    n_bootstrap: int = Field(
        default=2000,
        ge=100,
        le=100_000,
        description="Resamples of the groups for confidence intervals.",
    )
    n_mistakes: int = Field(
        default=8, ge=0, le=100, description="Worst mistakes shown with frames."
    )
    seed: int = Field(default=0, ge=0, description="Seed of the resampling.")
