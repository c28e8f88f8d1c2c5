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
            f"(probabilities {probabilities.min():.2f} to {probabilities.max():.2f}); together "
            f"they give {float(expit(logits.mean())):.2f}, and {threshold:g} or more is called fake"
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


def explain_unfamiliar(
    models: Sequence[LoadedFeatureModel], row: NDArray[np.float64]
) -> tuple[str, ...]:
    """Return a sentence when a video is unlike all that ``models`` were trained on."""
    odd = sorted({name for model in models for name in model.unfamiliar(row)})
    if not odd:
        return ()
    return (
        f"caution: {len(odd)} of {len(row)} features lie beyond anything usual in the training "
        f"videos (such as {odd[0]}), so the score may mean little here",
    )


def explain_no_skill(auc: float | None, low: float | None, high: float | None) -> tuple[str, ...]:
    """Return a sentence for a model that has not been shown to do better than guessing."""
    if auc is None or low is None or high is None:
        return ("caution: how well this model does has not been measured",)
    return (
        f"caution: in its own run this model was not shown to do better than guessing (AUC "
        f"{auc:.2f}, interval {low:.2f} to {high:.2f}; guessing gives 0.50)",
    )


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
        f"{_in_words(name)} speaks for {'fake' if value > 0 else 'real'} "
        f"({value:+.2f} to the log-odds)"
        for name, value in ranked
    )


def _in_words(name: str) -> str:
    """Return a recipe's feature name as a reader meets it; docs/features.md explains each.

    >>> _in_words("scaled.noise_sigma_mean")
    'noise_sigma_mean of the scaled video'
    """
    size, _, feature = name.partition(".")
    return f"{feature} of the {'scaled video' if size == 'scaled' else 'video'}"
