"""What the videos are like, value by value, and which single values all but tell the label."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.audit.config import AuditConfig
from aura.audit.findings import Composition, ValueShare
from aura.tables import FAKE, REAL

NOT_GIVEN = "not given"

_TELLING_SHARE = 0.9
"""A value whose interval lies beyond this share of one label all but tells it."""

_Z_95 = 1.959963984540054
"""97.5% of a normal distribution lie below."""


@dataclass(frozen=True, slots=True)
class _View:
    """One way to sort videos into values.

    Attributes:
        column: Names it in tables.
        title: Names it for readers.
        needs: The columns it is made of.
        value: Gives each video's value: text, or a number with a name in ``names``.
        names: The words for the numbers 0, 1, 2 …, which then keep their order.
        names_label: Whether it speaks of fakes by definition.
    """

    column: str
    title: str
    needs: tuple[str, ...]
    value: pl.Expr
    names: tuple[str, ...] = ()
    names_label: bool = False


def _steps(value: pl.Expr, edges: tuple[float, ...]) -> pl.Expr:
    """Return how many of ``edges`` each value reaches."""
    reached = [(value >= edge).cast(pl.Int64) for edge in edges]
    return pl.when(value.is_finite()).then(pl.sum_horizontal(reached))


_SHORT_SIDE = pl.min_horizontal("width", "height").cast(pl.Float64)
_FPS_EDGES = (7.5, 9.5, 11.5, 13.5, 16.5, 22.5, 24.5, 27.5, 32.5, 45.0, 55.0, 65.0)
_FPS_NAMES = (
    "below 7.5", "8", "10", "12", "15", "20", "24", "25", "30", "40", "50", "60", "above 65",
)  # fmt: skip

_VIEWS = (
    _View("platform", "Platform", ("platform",), pl.col("platform")),
    _View("dataset", "Data set", ("dataset",), pl.col("dataset")),
    _View("source", "Source", ("source",), pl.col("source")),
    _View("method", "Method", ("method",), pl.col("method"), names_label=True),
    _View("codec", "Codec", ("codec",), pl.col("codec")),
    _View("container", "Container", ("container",), pl.col("container")),
    _View(
        "resolution", "Shorter side in pixels", ("width", "height"),
        _steps(_SHORT_SIDE, (240, 360, 480, 720, 1080, 1440)),
        ("below 240", "240 to 359", "360 to 479", "480 to 719", "720 to 1079", "1080 to 1439",
         "1440 and more"),
    ),
    _View(
        "multiple_of_16", "Width and height divisible by 16", ("width", "height"),
        ((pl.col("width") % 16 == 0) & (pl.col("height") % 16 == 0)).cast(pl.Int64),
        ("no", "yes"),
    ),
    _View(
        "fps", "Frames per second, about", ("fps",),
        _steps(pl.col("fps").cast(pl.Float64), _FPS_EDGES), _FPS_NAMES,
    ),
    _View(
        "duration", "Duration in seconds", ("duration_s",),
        _steps(pl.col("duration_s").cast(pl.Float64), (2, 5, 10, 30, 60, 300)),
        ("below 2", "2 to 5", "5 to 10", "10 to 30", "30 to 60", "60 to 300", "300 and more"),
    ),
    _View(
        "audio", "Sound", ("has_audio",), pl.col("has_audio").cast(pl.Int64), ("without", "with")
    ),
)  # fmt: skip


def compositions(videos: pl.DataFrame, *, config: AuditConfig) -> tuple[Composition, ...]:
    """Return the class counts by every column that is there and not empty.

    Args:
        videos: The videos in use, with ``label`` and ``group``.
        config: How many values stand alone, and below how many groups one is marked.
    """
    return tuple(
        _composition(videos, view, config=config)
        for view in _VIEWS
        if set(view.needs) <= set(videos.columns)
        and any(videos[name].null_count() < videos.height for name in view.needs)
    )


def _composition(videos: pl.DataFrame, view: _View, *, config: AuditConfig) -> Composition:
    valued = videos.select("label", "group", value=view.value)
    counts = _counts(valued).sort("total", "value", descending=[True, False], nulls_last=True)
    kept, n_others = counts, 0
    if counts.height > config.max_values:
        kept = counts.head(config.max_values - 1)
        n_others = counts.height - kept.height
    if view.names:
        kept = kept.sort("value", nulls_last=True)
    names = [_name(value, view) for value in kept["value"].to_list()]
    overall = int((videos["label"] == FAKE).sum()) / videos.height
    values = _shares(kept, names, config=config, overall=overall)
    if n_others:
        rest = valued.filter(~_is_among(kept["value"])).with_columns(value=pl.lit(0))
        values += _shares(_counts(rest), [f"{n_others} others"], config=config, overall=None)
    return Composition(view.column, view.title, tuple(values), view.names_label)


def _is_among(values: pl.Series) -> pl.Expr:
    among = pl.col("value").is_in(values.drop_nulls().to_list()).fill_null(value=False)
    return among | pl.col("value").is_null() if values.null_count() else among


def _counts(valued: pl.DataFrame) -> pl.DataFrame:
    return valued.group_by("value").agg(
        real=(pl.col("label") == REAL).sum().cast(pl.Int64),
        fake=(pl.col("label") == FAKE).sum().cast(pl.Int64),
        groups=pl.col("group").n_unique().cast(pl.Int64),
        total=pl.len().cast(pl.Int64),
    )


def _name(value: str | int | None, view: _View) -> str:
    if value is None:
        return NOT_GIVEN
    return view.names[int(value)] if view.names else str(value)


def _shares(
    counts: pl.DataFrame, names: list[str], *, config: AuditConfig, overall: float | None
) -> list[ValueShare]:
    """Return one share a row; without the ``overall`` share of fakes, none tells the label."""
    low, high = wilson_interval(counts["fake"].to_numpy(), counts["total"].to_numpy())
    shares: list[ValueShare] = []
    for row, name, least, most in zip(counts.iter_rows(named=True), names, low, high, strict=True):
        is_few = row["groups"] < config.few_groups
        gives_away = ""
        if overall is not None and not is_few:
            gives_away = _gives_away(float(least), float(most), overall=overall)
        shares.append(
            ValueShare(
                value=name,
                n_real=row["real"],
                n_fake=row["fake"],
                n_groups=row["groups"],
                low=float(least),
                high=float(most),
                is_few=is_few,
                gives_away=gives_away,
            )
        )
    return shares


def _gives_away(low: float, high: float, *, overall: float) -> str:
    """Return the label that a value tells, where nearly all data are not of that label anyway.

    >>> _gives_away(0.93, 0.99, overall=0.5), _gives_away(0.93, 0.99, overall=0.95)
    ('fake', '')
    """
    if low > max(_TELLING_SHARE, overall):
        return "fake"
    return "real" if high < min(1 - _TELLING_SHARE, overall) else ""


def wilson_interval(
    hits: NDArray[np.int64], total: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% interval of each share ``hits`` / ``total``, both int [N], total above 0.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am.
    Stat. Assoc. 22, 1927.

    >>> low, high = wilson_interval(np.array([8]), np.array([10]))
    >>> float(low[0].round(4)), float(high[0].round(4))
    (0.4902, 0.9433)
    """
    share, squared = hits / total, _Z_95**2
    middle = (share + squared / (2 * total)) / (1 + squared / total)
    spread = share * (1 - share) / total + squared / (4 * total**2)
    half = _Z_95 / (1 + squared / total) * np.sqrt(spread)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
