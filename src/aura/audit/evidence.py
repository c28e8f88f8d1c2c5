"""What cheap models can be shown of the videos: container facts, likenesses, measured features."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np
import polars as pl

from aura.audit.config import AuditConfig
from aura.audit.dividing import drawn_groups
from aura.audit.findings import CONTAINER, FEATURES, NEIGHBOURS
from aura.audit.judging import NEAREST, BoolArray, Evidence, FloatArray, matrix_scorers
from aura.audit.neighbours import cluster_scorer, pair_scorer
from aura.audit.words import count
from aura.errors import TableError
from aura.evaluation.shortcuts import container_facts
from aura.tables import Video

VERSION_MARK = "~"
"""What stands between the id of a video and that of a version made of it."""

_NO_FEATURES = frozenset(field.name for field in fields(Video))


def container_evidence(videos: pl.DataFrame, *, source: str | None, seed: int) -> Evidence:
    """Return what the containers say as evidence.

    Args:
        videos: The videos to fit, with ``label`` and ``group``.
        source: The column to leave out by, or None.
        seed: Fixes what the trees draw.
    """
    labels = videos["label"].to_numpy()

    def facts_known_to(train: BoolArray) -> FloatArray:
        return container_facts(videos, known=videos.filter(pl.Series(train)))[0]

    scorers = matrix_scorers(facts_known_to, labels, seed=seed)
    return Evidence(CONTAINER, labels, videos["group"].to_list(), _sources(videos, source), scorers)


def likeness_evidence(
    videos: pl.DataFrame, *, pairs: pl.DataFrame | None, source: str | None
) -> Evidence | None:
    """Return near-duplicates as evidence, or None where none are known.

    Args:
        videos: The videos to fit, with ``label``, ``group`` and perhaps ``near_group``.
        pairs: Columns ``first``, ``second`` and ``share``; without them ``near_group`` is used.
        source: The column to leave out by, or None.
    """
    labels = videos["label"].to_numpy()
    if pairs is not None:
        scorer = pair_scorer(videos["video_id"], labels, pairs=pairs)
    elif "near_group" in videos.columns and videos["near_group"].null_count() < videos.height:
        scorer = cluster_scorer(videos["near_group"], labels)
    else:
        return None
    groups = videos["group"].to_list()
    return Evidence(NEIGHBOURS, labels, groups, _sources(videos, source), {NEAREST: scorer})


def feature_evidence(
    features: pl.DataFrame,
    videos: pl.DataFrame,
    *,
    source: str | None,
    config: AuditConfig,
    notes: list[str],
) -> Evidence:
    """Return a table of measured features as evidence, versions of a video in its group.

    Args:
        features: A table with ``video_id`` and columns of numbers. A row of an augmented version
            bears the id of its video, ``~`` and a name.
        videos: The videos with ``label`` and ``group``.
        source: The column of ``videos`` to leave out by, or None.
        config: How many rows to fit, and the seed.
        notes: Takes a sentence for each thing a reader must know.

    Raises:
        TableError: There is no ``video_id``, no column of numbers, or no row of a known video.
    """
    if "video_id" not in features.columns:
        raise TableError(
            f"a table of features needs the column video_id; it has {', '.join(features.columns)}"
        )
    names = [
        name
        for name, kind in features.schema.items()
        if name not in _NO_FEATURES and (kind.is_numeric() or kind == pl.Boolean)
    ]
    if not names:
        raise TableError("a table of features needs columns of numbers beside video_id")
    parent = pl.col("video_id").cast(pl.String).str.split(VERSION_MARK).list.first()
    known = videos.select("video_id", "label", "group", *_column(source)).rename(
        {"video_id": "parent"}
    )
    of_videos = features.select("video_id", *names).with_columns(parent=parent)
    rows = of_videos.join(known, on="parent", how="inner", maintain_order="left")
    n_unknown = of_videos.height - rows.height
    if not rows.height:
        raise TableError("no row of the table of features belongs to a video of the manifest")
    rows = rows.filter(
        pl.Series(drawn_groups(rows["group"].to_list(), limit=config.max_fitted, seed=config.seed))
    )
    notes.extend(_feature_notes(rows, n_features=len(names), n_unknown=n_unknown))
    labels = rows["label"].to_numpy()
    matrix = rows.select(pl.col(names).cast(pl.Float64)).fill_null(float("nan")).to_numpy()
    matrix = np.where(np.isfinite(matrix), matrix, np.nan)
    return Evidence(
        FEATURES,
        labels,
        rows["group"].to_list(),
        _sources(rows, source),
        matrix_scorers(lambda _: matrix, labels, seed=config.seed),
    )


def _feature_notes(rows: pl.DataFrame, *, n_features: int, n_unknown: int) -> Iterator[str]:
    n_versions = rows.filter(pl.col("video_id") != pl.col("parent")).height
    yield (
        f"The table of features holds {count(n_features, 'number')} a row; "
        f"{count(rows.height, 'row')} of {count(rows['parent'].n_unique(), 'video')} were fitted, "
        f"{n_versions:,} of them augmented versions."
    )
    if n_unknown:
        yield f"{count(n_unknown, 'row')} of it without a video in the manifest, not used."


def _column(source: str | None) -> list[str]:
    return [] if source is None else [source]


def _sources(table: pl.DataFrame, source: str | None) -> Sequence[str | None]:
    if source is None:
        return ["all"] * table.height
    return table[source].cast(pl.String).to_list()
