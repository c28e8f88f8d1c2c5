"""The settings of the audit."""

from pydantic import BaseModel, Field


class AuditConfig(BaseModel, extra="forbid", frozen=True):
    """What an audit looks at and how much of it a page shows."""

    max_fitted: int = Field(
        default=20_000,
        ge=20,
        le=1_000_000,
        description="Most rows the panels fit models on; of more, whole groups are drawn.",
    )
    folds: int = Field(
        default=5, ge=2, le=20, description="Folds of the panels; fewer where groups are few."
    )
    max_sources: int = Field(
        default=15,
        ge=2,
        le=200,
        description="Most folds of leaving sources out; of more sources, several share a fold.",
    )
    n_bootstrap: int = Field(
        default=1000, ge=100, le=100_000, description="Resamples of the groups for intervals."
    )
    few_groups: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="A value found in fewer groups than this is marked: its share says little.",
    )
    max_values: int = Field(
        default=12, ge=2, le=200, description="Values of a column that stand in a row of their own."
    )
    n_pairs_shown: int = Field(
        default=24, ge=0, le=500, description="Leaking pairs shown with a frame of both videos."
    )
    n_listed: int = Field(
        default=50, ge=1, le=100_000, description="Conflicts and faulty files listed one by one."
    )
    seed: int = Field(default=0, ge=0, description="Seed of folds, of drawing and of resampling.")
