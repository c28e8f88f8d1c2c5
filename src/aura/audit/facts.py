"""Which facts of a container give the label away, each by itself, and in what way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from aura.audit.config import AuditConfig
from aura.audit.dividing import IntArray
from aura.audit.findings import Fact
from aura.audit.judging import BoolArray, FloatArray, Scorer, out_of_fold
from aura.evaluation import binary_metrics
from aura.tables import FAKE, REAL

_MAX_BINS = 16
_TYPICAL_SHARE = 0.3
"""A value is called typical of a class when at least this share of its videos has it."""

_SELDOM_SHARE = 0.1
"""Below this share even the most frequent value of a class says nothing about it."""

_ENOUGH_SHARE = 0.6
"""One value stands for a class when at least this share of its videos has it, otherwise two."""

_SHORT_SIDE = pl.min_horizontal("width", "height")
_PIXELS_A_SECOND = pl.col("width") * pl.col("height") * pl.col("fps")


@dataclass(frozen=True, slots=True)
class _Measure:
    """One fact: its name, the columns it needs, its value, and the unit its value has."""

    name: str
    needs: tuple[str, ...]
    value: pl.Expr
    unit: str = ""


_MEASURES = (
    _Measure("frames per second", ("fps",), pl.col("fps").round(2)),
    _Measure("number of frames", ("n_frames",), pl.col("n_frames")),
    _Measure("duration", ("duration_s",), pl.col("duration_s"), " s"),
    _Measure("width", ("width",), pl.col("width"), " px"),
    _Measure("height", ("height",), pl.col("height"), " px"),
    _Measure("shorter side", ("width", "height"), _SHORT_SIDE, " px"),
    _Measure(
        "width to height", ("width", "height"), (pl.col("width") / pl.col("height")).round(3)
    ),
    _Measure(
        "size divisible by 16", ("width", "height"),
        pl.when((pl.col("width") % 16 == 0) & (pl.col("height") % 16 == 0))
        .then(pl.lit("yes")).otherwise(pl.lit("no")),
    ),
    _Measure("bit rate", ("bit_rate_bps",), pl.col("bit_rate_bps") / 1000, " kbit/s"),
    _Measure(
        "bits a pixel", ("bit_rate_bps", "width", "height", "fps"),
        pl.col("bit_rate_bps") / _PIXELS_A_SECOND,
    ),
    _Measure("file size", ("size_bytes",), pl.col("size_bytes") / 1024, " KiB"),
    _Measure("codec", ("codec",), pl.col("codec")),
    _Measure("container", ("container",), pl.col("container")),
    _Measure(
        "sound", ("has_audio",),
        pl.when(pl.col("has_audio")).then(pl.lit("with")).otherwise(pl.lit("without")),
    ),
)  # fmt: skip


def telling_facts(
    videos: pl.DataFrame, folds: IntArray, *, groups: Sequence[str], config: AuditConfig
) -> tuple[Fact, ...]:
    """Return the container's facts, the one that gives most away first.

    Each fact is sorted into at most 16 bins and scored by the share of fakes that its bin has in
    the other folds, so that a fact that helps by memory alone is not called telling.

    Args:
        videos: The videos fitted, with ``label``.
        folds: int64 [N], of whole groups.
        groups: One group name a video.
        config: Seeds and resamples.
    """
    labels = videos["label"].to_numpy()
    facts = [
        _fact(measure, _values(videos, measure), labels, folds, groups, config)
        for measure in _MEASURES
        if set(measure.needs) <= set(videos.columns)
    ]
    return tuple(sorted((f for f in facts if f is not None), key=lambda f: (-f.auc, f.name)))


def _values(videos: pl.DataFrame, measure: _Measure) -> pl.Series:
    """Return a fact of each video, missing where a broken header gives a number without bounds."""
    values = videos.select(value=measure.value)["value"]
    if not values.dtype.is_float():
        return values
    return values.to_frame().select(pl.when(pl.col("value").is_finite()).then("value")).to_series()


def _fact(
    measure: _Measure,
    values: pl.Series,
    labels: IntArray,
    folds: IntArray,
    groups: Sequence[str],
    config: AuditConfig,
) -> Fact | None:
    if values.n_unique() < 2:
        return None
    scores = out_of_fold(_binned_scorer(values, labels), folds)
    metrics = binary_metrics(
        labels, scores, groups, n_bootstrap=config.n_bootstrap, seed=config.seed
    )
    if metrics.auc is None:
        return None
    words = in_words(values, labels, unit=measure.unit)
    return Fact(measure.name, metrics.auc, metrics.auc_low, metrics.auc_high, words)


def _binned_scorer(values: pl.Series, labels: IntArray) -> Scorer:
    """Return a model that knows how many fakes each bin of a value holds."""
    is_number = values.dtype.is_numeric()
    kind = pl.Float64 if is_number else pl.String
    ranks = values.cast(kind).rank("dense").fill_null(0).to_numpy().astype(np.int64)

    def score(train: BoolArray, test: BoolArray) -> FloatArray:
        bins = _bins(ranks, train) if is_number else ranks
        n_bins = int(bins.max()) + 1
        prior = float(np.mean(labels[train]))
        fakes = np.bincount(bins[train], weights=labels[train], minlength=n_bins)
        count = np.bincount(bins[train], minlength=n_bins)
        # Two videos of no opinion keep a bin of one video from being certain.
        return ((fakes + 2 * prior) / (count + 2))[bins[test]]

    return score


def _bins(ranks: IntArray, train: BoolArray) -> IntArray:
    """Return each number's bin: 0 for a missing one, the others by what the rows to learn show."""
    known = np.sort(ranks[train & (ranks > 0)])
    if not len(known):
        return np.zeros_like(ranks)
    edges = np.unique(known)
    if len(edges) > _MAX_BINS:
        edges = np.unique(known[np.arange(_MAX_BINS) * len(known) // _MAX_BINS])
    # A value seen nowhere joins the bin of the nearest one below it.
    place = np.maximum(np.searchsorted(edges, ranks, side="right"), 1)
    return np.where(ranks > 0, place, 0)


def in_words(values: pl.Series, labels: IntArray, *, unit: str = "") -> str:
    """Return what is typical of the fakes and of the genuine videos.

    >>> in_words(pl.Series([8.0, 8.0, 8.0, 24.0, 30.0, 30.0]), np.array([1, 1, 1, 1, 0, 0]))
    'fakes 8 (75%), genuine 30 (100%)'
    """
    by_class = {label: values.filter(pl.Series(labels == label)) for label in (FAKE, REAL)}
    frequent = {label: _frequent(part) for label, part in by_class.items()}
    rarest = min(shares[0][1] for shares in frequent.values())
    if values.dtype.is_numeric() and rarest < _TYPICAL_SHARE:
        medians = {label: _text(_median(part), unit) for label, part in by_class.items()}
        if medians[FAKE] != medians[REAL] or rarest < _SELDOM_SHARE:
            return f"fakes {medians[FAKE]}, genuine {medians[REAL]} (medians)"
    said = {
        label: " or ".join(f"{_text(value, unit)} ({share:.0%})" for value, share in shares)
        for label, shares in frequent.items()
    }
    return f"fakes {said[FAKE]}, genuine {said[REAL]}"


def _frequent(values: pl.Series) -> list[tuple[str | float | None, float]]:
    """Return the most frequent value with its share, and the next where one says too little."""
    counts = values.alias("value").value_counts(name="n")
    top = counts.sort("n", "value", descending=[True, False], nulls_last=True).head(2).rows()
    shares = [(value, n / len(values)) for value, n in top]
    return shares if shares[0][1] < _ENOUGH_SHARE else shares[:1]


def _median(values: pl.Series) -> float | None:
    known = values.drop_nulls()
    return float(np.median(known.to_numpy())) if len(known) else None


def _text(value: str | float | None, unit: str) -> str:
    if value is None:
        return "not given"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:.3g}{unit}"
