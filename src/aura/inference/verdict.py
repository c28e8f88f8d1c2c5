"""What a detector says about one video."""

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """The three things a verdict may say."""

    FAKE = "fake"
    REAL = "real"
    INSUFFICIENT = "insufficient-evidence"


@dataclass(frozen=True, slots=True)
class TimelinePoint:
    """The score of one window; None where it has too little usable material."""

    start_s: float
    end_s: float
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision about one video and what it rests on.

    Attributes:
        path: The video.
        sha256: Of the video's bytes.
        decision: ``fake``, ``real`` or ``insufficient-evidence``.
        probability: That the video is fake; None without sufficient evidence.
        timeline: The same model's score of each window by itself.
        reasons: Plain sentences.
        model: Name of the model that speaks.
        detector: Fingerprint of the models' weights and recipe.
    """

    path: str
    sha256: str
    decision: Decision
    probability: float | None
    timeline: tuple[TimelinePoint, ...]
    reasons: tuple[str, ...]
    model: str
    detector: str

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the verdict as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=indent, ensure_ascii=False)
