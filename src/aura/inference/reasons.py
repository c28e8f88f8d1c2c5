"""Verdicts in plain words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from aura.inference.verdict import TimelinePoint
from aura.training.loaded import LoadedFeatureModel

_N_FEATURES = 3


def explain_decision(
    logits: NDArray[np.float64],
    *,
    threshold: float,
    timeline: Sequence[TimelinePoint],
    fold: int | None,
) -> tuple[str, ...]:
    """Return sentences on who scored the video, how far they agree, and where it stands out.

    Args:
        logits: float64 [K], one a model.
        threshold: Probability from which a model says fake.
        timeline: The windows' scores.
        fold: The video's fold when the run was trained on it.
    """
    probabilities = expit(logits)
    n_fake = int((probabilities >= threshold).sum())
    sentences: list[str] = []
    if fold is not None:
        sentences.append(
            f"this very file is part of the run's data; only the model of its fold {fold}, which "
            "was not trained on it, is asked"
        )
    else:
        sentences.append(
            f"{n_fake} of {len(logits)} models, none of them trained on this file, call it fake "
            f"(probabilities {probabilities.min():.2f} to {probabilities.max():.2f})"
        )
    scored = [point for point in timeline if point.probability is not None]
    if len(scored) > 1:
        highest = max(scored, key=lambda point: point.probability or 0.0)
        sentences.append(
            f"the most suspicious stretch is {highest.start_s:.1f} to {highest.end_s:.1f} s, "
            f"scored {highest.probability:.2f} by itself"
        )
    silent = len(timeline) - len(scored)
    if silent:
        sentences.append(f"{silent} of {len(timeline)} windows have too few usable frames")
    return tuple(sentences)


def explain_features(
    models: Sequence[LoadedFeatureModel], row: NDArray[np.float64]
) -> tuple[str, ...]:
    """Return sentences on the features that moved the score most, averaged over ``models``.

    Args:
        models: At least one.
        row: float64 [D], the video's features.
    """
    added: dict[str, float] = {}
    for model in models:
        for name, value in model.contributions(row).items():
            added[name] = added.get(name, 0.0) + value / len(models)
    ranked = sorted(added.items(), key=lambda entry: -abs(entry[1]))[:_N_FEATURES]
    return tuple(
        f"{name} speaks for {'fake' if value > 0 else 'real'} ({value:+.2f} to the log-odds)"
        for name, value in ranked
    )
