"""The shortcut and the inflation panel: which evidence there is, and cheap models over it."""

from dataclasses import dataclass

import polars as pl

from aura.audit.config import AuditConfig
from aura.audit.dividing import drawn_groups, group_folds, source_column
from aura.audit.evidence import container_evidence, feature_evidence, likeness_evidence
from aura.audit.facts import telling_facts
from aura.audit.findings import Fact, Fitting, Judgement
from aura.audit.judging import Evidence, judge
from aura.errors import DataError
from aura.leakage import group_ids
from aura.progress import Progress

_MANY_JOINED = 0.5
"""Groups are of little use once the largest holds more than this share of all videos."""


@dataclass(frozen=True, slots=True)
class Panels:
    """What the cheap models reach, on what, and which facts give most away."""

    fitting: Fitting
    judgements: tuple[Judgement, ...]
    facts: tuple[Fact, ...]


def fit_panels(
    videos: pl.DataFrame,
    *,
    pairs: pl.DataFrame | None,
    features: pl.DataFrame | None,
    config: AuditConfig,
    progress: Progress,
) -> Panels:
    """Return the panels of the videos in use.

    Args:
        videos: A table of `aura.tables.VIDEOS` with ``group``, all ties merged.
        pairs: Near-duplicates with ``first``, ``second`` and ``share``, or None.
        features: A table with ``video_id``, or ids of versions, and columns of numbers, or None.
        config: How much to fit, and how.
        progress: Told as models are judged.
    """
    notes: list[str] = []
    videos = _with_divisible_groups(videos, notes)
    drawn = drawn_groups(videos["group"].to_list(), limit=config.max_fitted, seed=config.seed)
    sample = videos.filter(pl.Series(drawn))
    source = source_column(sample)
    shown: list[Evidence | None] = [
        container_evidence(sample, source=source, seed=config.seed),
        likeness_evidence(sample, pairs=pairs, source=source),
    ]
    if features is not None:
        shown.append(feature_evidence(features, videos, source=source, config=config, notes=notes))
    judgements: list[Judgement] = []
    for evidence in filter(None, shown):
        progress.advance("audit", note=evidence.name)
        judgements.extend(judge(evidence, config=config))
    progress.advance("audit", note="single facts")
    fitting = Fitting(
        n_rows=sample.height,
        n_groups=sample["group"].n_unique(),
        source_column=source,
        n_sources=sample[source].drop_nulls().n_unique() if source else 0,
        notes=tuple(notes),
    )
    return Panels(fitting, tuple(judgements), _facts(sample, config))


def _with_divisible_groups(videos: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Return ``videos`` with groups that can be divided, without persons where these join all."""
    sizes = videos["group"].value_counts(name="n")["n"]
    if int(sizes.to_numpy().max()) <= _MANY_JOINED * videos.height:
        return videos
    apart = group_ids(videos, identities=False)
    if apart.n_unique() <= len(sizes):
        return videos
    notes.append(
        "Shared persons tie most videos into one group that no fold can divide, so the groups of "
        "the panels below leave persons out: their grouped figures may still profit from faces "
        "seen before."
    )
    return videos.with_columns(group=apart)


def _facts(sample: pl.DataFrame, config: AuditConfig) -> tuple[Fact, ...]:
    groups: list[str] = sample["group"].to_list()
    labels = sample["label"].to_numpy()
    try:
        folds = group_folds(labels, groups, n_folds=config.folds, seed=config.seed)
    except DataError:
        # The container's judgement by group carries the same reason for the page to show.
        return ()
    return telling_facts(sample, folds, groups=groups, config=config)
