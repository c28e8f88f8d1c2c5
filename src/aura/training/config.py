"""The settings of training."""

from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue, field_validator

from aura.errors import UsageError
from aura.features.catalogue import Group
from aura.models import model_card


class TrainingConfig(BaseModel, extra="forbid", frozen=True):
    """How models are trained; the networks' settings do not concern the models over features."""

    models: tuple[str, ...] = Field(
        default=("logistic_regression", "naive_cnn"),
        min_length=1,
        description="Names of catalogue models; each is trained on every fold.",
    )
    weights: dict[str, str] = Field(
        default={},
        description="Pretrained weights to start from, by model; untrained where absent.",
    )
    settings: dict[str, dict[str, JsonValue]] = Field(
        default={}, description="Settings of single models, by model name; see `aura models NAME`."
    )
    without_groups: tuple[Group, ...] = Field(
        default=("codec",),
        description="Groups of features that are measured and not learned from; what a container "
        "says tells data sets apart as readily as fakes.",
    )
    seed: int = Field(default=42, ge=0, description="Seed of everything drawn at random.")
    epochs: int = Field(default=12, ge=1, le=10_000, description="Passes over the training videos.")
    batch_size: int = Field(default=8, ge=1, le=4096, description="Clips a step.")
    learning_rate: float = Field(default=2e-3, gt=0, le=1, description="Highest rate of AdamW.")
    weight_decay: float = Field(default=0.01, ge=0, le=1, description="Weight decay of AdamW.")
    warmup: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of all steps in which the rate rises to its highest.",
    )
    final_rate: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Where the cosine ends, as a share of the highest rate.",
    )
    gradient_norm: float = Field(
        default=1.0, gt=0, description="Longer gradients are cut to this norm."
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=0.5, description="Moves the training targets this far from 0 and 1."
    )
    balanced: bool = Field(
        default=True, description="Weigh both classes equally, whatever their numbers."
    )
    flip: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Chance that a training clip is mirrored, all frames alike.",
    )
    select_by: Literal["loss", "auc"] = Field(
        default="loss",
        description="What is watched on the validation videos to choose the best epoch.",
    )
    patience: int = Field(
        default=6,
        ge=1,
        description="Epochs without a better one on validation before training ends.",
    )
    validation_folds: int = Field(
        default=5,
        ge=2,
        le=100,
        description="One of this many grouped parts of the training videos is the networks' "
        "validation part.",
    )
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto",
        description="Where networks are trained; auto takes a GPU where there is one.",
    )
    n_threads: int | None = Field(
        default=1,
        ge=1,
        description="CPU threads of torch; None for one a core. Sums split over threads round "
        "differently: with one thread, equal seeds give equal bytes whatever the number of cores.",
    )

    @field_validator("weights", "settings")
    @classmethod
    def _known_models(cls, by_model: dict[str, Any]) -> dict[str, Any]:
        for name in by_model:
            try:
                model_card(name)
            except UsageError as error:
                raise ValueError(str(error)) from error
        return by_model

    @field_validator("models")
    @classmethod
    def _each_model_once(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(models)) != len(models):
            raise ValueError("a model is named twice")
        return models

    def relevant(self, model: str, *, kind: str) -> dict[str, Any]:
        """Return the settings a model's result depends on, as JSON can hold them."""
        shared = {
            "seed": self.seed,
            "weights": self.weights.get(model, "none"),
            "settings": self.settings.get(model, {}),
        }
        if kind == "features":
            return shared
        elsewhere = {"models", "weights", "settings", "seed", "without_groups"}
        return self.model_dump(mode="json", exclude=elsewhere) | shared
