"""The settings of verdicts."""

from pydantic import BaseModel, Field


class DetectorConfig(BaseModel, extra="forbid", frozen=True):
    """Which of a run's models speaks, and how it puts it."""

    model: str = Field(
        default="auto",
        description="Name of the model that gives the verdicts; auto takes the one with the "
        "highest out-of-fold AUC.",
    )
    threshold: float = Field(
        default=0.5, gt=0, lt=1, description="Probability from which the decision is fake."
    )
    window_s: float = Field(default=2.0, gt=0, description="Length of the timeline's windows.")
    max_windows: int = Field(
        default=12, ge=1, description="Longer videos get longer windows, not more of them."
    )
