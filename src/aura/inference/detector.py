"""The one path from a file to a verdict."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.special import expit

from aura.atomic import write_text
from aura.errors import DataError, InsufficientEvidence, UsageError
from aura.fingerprint import fingerprint, sha256_of
from aura.inference.config import DetectorConfig
from aura.inference.preprocess import (
    FeaturePreprocessor,
    preprocessor_for,
)
from aura.inference.reasons import (
    explain_decision,
    explain_features,
    explain_no_skill,
    explain_unfamiliar,
)
from aura.inference.verdict import Decision, TimelinePoint, Verdict
from aura.media import MediaLimits, Video, open_video
from aura.training.checkpoint import FoldModel, load_fold_models
from aura.training.loaded import LoadedFeatureModel, LoadedFrameModel, LoadedModel

DETECTOR_FILE = "detector.json"
TRAINING_FOLDER = "training"
_GUESSING = 0.5


class Skill(BaseModel):
    """How well a model told fakes from genuine videos it had not seen, in its own run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    auc: float | None
    low: float | None
    high: float | None

    @property
    def is_shown(self) -> bool:
        """Whether the whole interval lies above guessing."""
        return self.low is not None and self.low > _GUESSING


class DetectorFacts(BaseModel):
    """What ``detector.json`` holds: who speaks for a run, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = 1
    model: str
    chosen_by: str
    skill: dict[str, Skill]
    settings: DetectorConfig
    limits: MediaLimits = Field(default_factory=MediaLimits)

    def save(self, run: Path) -> None:
        """Write the facts into a run's folder."""
        write_text(run / DETECTOR_FILE, json.dumps(self.model_dump(mode="json"), indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class _Scores:
    """The fold models' logits for one input, float64 [K], and what speaks for them."""

    logits: NDArray[np.float64]
    row: NDArray[np.float64] | None

    @property
    def probability(self) -> float:
        return float(expit(self.logits.mean()))


class Detector:
    """Gives verdicts with the fold models of a run.

    A video the run does not know is scored by all fold models, whose logits are averaged. One that
    the run was trained on is scored only by the model of its own fold, which never saw it.
    """

    def __init__(
        self, folds: Mapping[int, FoldModel], *, facts: DetectorFacts, where: str = "detector"
    ) -> None:
        if not folds:
            raise DataError(f"{where}: no trained model")
        recipes = {fold.model.recipe.fingerprint() for fold in folds.values()}
        if len(recipes) > 1:
            raise DataError(f"{where}: its folds were trained on differently made inputs")
        first = next(iter(folds.values())).model
        self._folds = folds
        self._facts = facts
        self._preprocessor = preprocessor_for(first.recipe, where=where)
        self._fold_of = {key: number for number, fold in folds.items() for key in fold.judged}
        self.model_name = first.name

    @classmethod
    def load(cls, reference: str | Path, *, device: str = "cpu") -> Self:
        """Return the detector of a run.

        Args:
            reference: A run's folder, or ``RUN/training/<model>`` for one certain model of it.
            device: Where networks compute, in torch's words.

        Raises:
            UsageError: There is no such folder.
            DataError: The folder holds no finished run, or one this AURA cannot follow.
        """
        folder = Path(reference)
        if not folder.is_dir():
            raise UsageError(f"{reference}: expected the folder of a run (aura run --out RUN)")
        folder = folder.resolve()
        of_model = folder.parent.name == TRAINING_FOLDER
        run = folder.parents[1] if of_model else folder
        facts = _read_facts(run)
        name = folder.name if of_model else facts.model
        folds = load_fold_models(run / TRAINING_FOLDER / name, device=device)
        return cls(folds, facts=facts, where=str(reference))

    @property
    def fingerprint(self) -> str:
        """Names the models, their weights, their recipe and the settings of the verdict."""
        return fingerprint(
            self.model_name,
            [[number, fold.fingerprint] for number, fold in self._folds.items()],
            self._facts.model_dump(mode="json"),
        )

    def predict(self, path: str | Path) -> Verdict:
        """Return the verdict on one video.

        Raises:
            MediaError: The file is not a video that can be opened.
        """
        path = Path(path)
        with open_video(path, limits=self._facts.limits) as video:
            sha256 = sha256_of(path)
            fold = self._fold_of.get(sha256)
            whole = range(video.n_frames)
            try:
                scores = self._scores(video, whole, fold=fold)
            except InsufficientEvidence as error:
                return self._verdict(path, sha256, scores=None, timeline=(), reasons=(str(error),))
            timeline = self._timeline(video, whole, fold=fold, score=scores)
        reasons = explain_decision(
            scores.logits, threshold=self._facts.settings.threshold, timeline=timeline, fold=fold
        )
        if scores.row is not None:
            reasons += explain_unfamiliar(self._feature_models(fold), scores.row)
            reasons += explain_features(self._feature_models(fold), scores.row)
        skill = self._facts.skill.get(self.model_name)
        if skill is not None and not skill.is_shown:
            reasons += explain_no_skill(skill.auc, skill.low, skill.high)
        return self._verdict(path, sha256, scores=scores, timeline=timeline, reasons=reasons)

    def _verdict(
        self,
        path: Path,
        sha256: str,
        *,
        scores: _Scores | None,
        timeline: tuple[TimelinePoint, ...],
        reasons: tuple[str, ...],
    ) -> Verdict:
        if scores is None:
            decision = Decision.INSUFFICIENT
        elif scores.probability >= self._facts.settings.threshold:
            decision = Decision.FAKE
        else:
            decision = Decision.REAL
        return Verdict(
            path=str(path),
            sha256=sha256,
            decision=decision,
            probability=None if scores is None else scores.probability,
            timeline=timeline,
            reasons=reasons,
            model=self.model_name,
            detector=self.fingerprint,
        )

    def _speaking(self, fold: int | None) -> tuple[LoadedModel, ...]:
        """Return the models that may judge a video that ``fold`` was tested on."""
        if fold is not None:
            return (self._folds[fold].model,)
        return tuple(fold.model for fold in self._folds.values())

    def _feature_models(self, fold: int | None) -> tuple[LoadedFeatureModel, ...]:
        return tuple(m for m in self._speaking(fold) if isinstance(m, LoadedFeatureModel))

    def _scores(self, video: Video, within: range, *, fold: int | None) -> _Scores:
        if isinstance(self._preprocessor, FeaturePreprocessor):
            row = self._preprocessor.row(video, within)
            names = self._preprocessor.recipe.names
            logits = [m.logits(row[None], names)[0] for m in self._feature_models(fold)]
            return _Scores(np.array(logits), row)
        clip = self._preprocessor.clip(video, within)
        models = self._speaking(fold)
        logits = [m.logits([clip])[0] for m in models if isinstance(m, LoadedFrameModel)]
        return _Scores(np.array(logits), None)

    def _timeline(
        self, video: Video, whole: range, *, fold: int | None, score: _Scores
    ) -> tuple[TimelinePoint, ...]:
        info, settings = video.info, self._facts.settings
        n_windows = int(info.duration_s // settings.window_s)
        n_windows = max(1, min(n_windows, settings.max_windows))
        if n_windows == 1:
            return (TimelinePoint(0.0, info.duration_s, score.probability),)
        edges = np.linspace(0, len(whole), n_windows + 1).astype(int).tolist()
        frame_s = info.duration_s / len(whole)
        points: list[TimelinePoint] = []
        for start, stop in itertools.pairwise(edges):
            try:
                probability = self._scores(video, range(start, stop), fold=fold).probability
            except InsufficientEvidence:
                # The point itself says that this window gives no score.
                probability = None
            points.append(TimelinePoint(start * frame_s, stop * frame_s, probability))
        return tuple(points)


def _read_facts(run: Path) -> DetectorFacts:
    path = run / DETECTOR_FILE
    try:
        return DetectorFacts.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise DataError(
            f"{run}: holds no finished run ({DETECTOR_FILE} is absent or damaged); "
            "finish it with aura run"
        ) from error
