"""What the catalogue says of a model before anything heavy is loaded."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

ModelKind = Literal["features", "frames"]
"""``features``: a row of named numbers a video; ``frames``: a clip of RGB frames a video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model of the catalogue.

    Attributes:
        name: What `create_model` and configurations call it.
        kind: What it is fed with.
        summary: One sentence on how it decides.
        input: Shape, type and range of its input, in words.
        n_parameters: Trained numbers with the default settings; None where that depends on the
            number of features.
        weights: The accepted values of ``weights``; ``"none"`` starts untrained.
        source: Where the architecture comes from.
        licence: The terms of its code and of each pretrained weight.
        version: Raised when equal settings and data begin to give another model.
    """

    name: str
    kind: ModelKind
    summary: str
    input: str
    n_parameters: int | None
    weights: tuple[str, ...]
    source: str
    licence: str
    version: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON can hold it."""
        return asdict(self) | {"weights": list(self.weights)}
