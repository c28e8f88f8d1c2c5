"""The report's figures.

Figures tell classes and models apart by position, line style or words as well as by colour; the
colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which colour-blind readers
can tell apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from aura.evaluation.calibration import ReliabilityCurve
from aura.evaluation.drawing import (
    FAKE_COLOUR,
    GRID,
    INK,
    MUTED,
    REAL_COLOUR,
    SERIES,
    Drawing,
    finish,
    house_style,
    new_figure,
    plain,
)
from aura.evaluation.inputs import scored_videos
from aura.evaluation.metrics import BinaryMetrics
from aura.evaluation.ranking import roc_curve
from aura.tables import FAKE, REAL

_LINE_STYLES = ("-", "--", "-.", ":")
_HISTOGRAM_BINS = 20


@dataclass(frozen=True, slots=True)
class RocSeries:
    """One line of a ROC figure; a baseline is drawn thinner and grey."""

    name: str
    labels: npt.ArrayLike
    scores: npt.ArrayLike
    metrics: BinaryMetrics
    is_baseline: bool = False


def draw_roc(series: Sequence[RocSeries], *, name: str) -> Drawing:
    """Return the ROC curves of several models, each with its AUC and interval in the legend.

    A series without both classes is left out.
    """
    shown = [one for one in series if one.metrics.auc is not None]
    with house_style():
        figure = new_figure(4.0 + 0.22 * (len(shown) + 1))
        axes = figure.add_subplot()
        n_models = 0
        for one in shown:
            curve = roc_curve(scored_videos(one.labels, one.scores))
            if one.is_baseline:
                look: dict[str, Any] = {"color": MUTED, "linestyle": "--", "linewidth": 1.3}
            else:
                look = _look(n_models)
                n_models += 1
            axes.plot(curve.fpr, curve.tpr, label=_legend_line(one), **look)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)), label="chance")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xlabel("genuine videos called fake")
        axes.set_ylabel("fakes found")
        figure.legend(loc="outside lower left")
        return finish(
            figure,
            name=name,
            title="ROC: fakes found against genuine videos wrongly accused",
            description="; ".join(_legend_line(one) for one in shown)
            or "No model has both classes.",
        )


def draw_confusion(metrics: BinaryMetrics, *, name: str, model: str) -> Drawing:
    """Return a model's verdicts against the truth, shaded by their share of the true class."""
    counts = metrics.confusion
    cells = (
        (REAL, 0, 0, counts.tn, metrics.n_real),
        (REAL, 0, 1, counts.fp, metrics.n_real),
        (FAKE, 1, 0, counts.fn, metrics.n_fake),
        (FAKE, 1, 1, counts.tp, metrics.n_fake),
    )
    with house_style():
        figure = new_figure(2.9)
        axes = figure.add_subplot()
        for truth, row, column, count, whole in cells:
            colour = FAKE_COLOUR if truth == FAKE else REAL_COLOUR
            share = count / whole if whole else 0.0
            # Shaded with an upper limit so that the ink stays legible on it.
            axes.add_patch(_rectangle(column, row, colour=colour, alpha=0.06 + 0.44 * share))
            axes.text(column, row - 0.06, f"{count}", ha="center", va="center", fontsize=20)
            rate = f"{share:.0%} of {whole}" if whole else "none"
            axes.text(column, row + 0.26, rate, ha="center", va="center", fontsize=10)
        axes.set(xlim=(-0.5, 1.5), ylim=(1.5, -0.5))
        axes.set_xticks([0, 1], ["called real", "called fake"])
        axes.set_yticks([0, 1], ["is real", "is fake"])
        axes.tick_params(length=0, labelsize=11)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        return finish(
            figure,
            name=name,
            title=f"Verdicts of {plain(model)} at threshold {metrics.threshold:g}",
            description=(
                f"Of {metrics.n_real} real videos {counts.fp} were called fake; of "
                f"{metrics.n_fake} fake videos {counts.fn} were called real."
            ),
        )


def draw_reliability(curve: ReliabilityCurve, *, name: str, model: str) -> Drawing:
    """Return observed against predicted frequency, over a bar a bin for how many videos it has."""
    filled = curve.counts > 0
    with house_style():
        figure = new_figure(4.3)
        grid = figure.add_gridspec(2, 1, height_ratios=[3, 1])
        axes = figure.add_subplot(grid[0])
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
        axes.plot(
            curve.mean_predicted[filled],
            curve.observed[filled],
            color=SERIES[0],
            marker="o",
            markersize=5,
        )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.03), ylabel="share that is fake")
        axes.tick_params(labelbottom=False)
        bars = figure.add_subplot(grid[1])
        widths = np.diff(curve.edges)
        bars.bar(curve.edges[:-1], curve.counts, width=widths * 0.94, align="edge", color=SERIES[0])
        bars.set(xlim=(-0.02, 1.02), ylabel="videos", xlabel="predicted probability of fake")
        _whole_ticks(bars.yaxis)
        return finish(
            figure,
            name=name,
            title=f"Calibration of {plain(model)}: expected calibration error {curve.ece:.3f}",
            description="A calibrated model lies on the diagonal; bars count videos.",
        )


def draw_scores(
    labels: npt.ArrayLike, probabilities: npt.ArrayLike, *, name: str, model: str, threshold: float
) -> Drawing:
    """Return the distribution of a model's probabilities, fakes above genuine videos."""
    videos = scored_videos(labels, probabilities)
    edges = np.linspace(0, 1, _HISTOGRAM_BINS + 1)
    with house_style():
        figure = new_figure(3.4)
        panels = figure.subplots(2, 1, sharex=True, sharey=True)
        kinds = ((FAKE, "fake", FAKE_COLOUR), (REAL, "real", REAL_COLOUR))
        for axes, (label, word, colour) in zip(panels, kinds, strict=True):
            counts, _ = np.histogram(videos.scores[videos.labels == label], bins=edges)
            axes.bar(edges[:-1], counts, width=np.diff(edges) * 0.92, align="edge", color=colour)
            axes.axvline(threshold, color=INK, linewidth=1, linestyle="--")
            axes.set_ylabel(f"{word} videos")
            _whole_ticks(axes.yaxis)
        panels[1].set(xlim=(-0.02, 1.02), xlabel="probability of fake (dashed: threshold)")
        return finish(
            figure,
            name=name,
            title=f"Scores of {plain(model)}",
            description="Fakes should lie right of the threshold, real videos left of it.",
        )


def draw_balance(table: pl.DataFrame, *, name: str, column: str, word: str) -> Drawing:
    """Return how many real and fake videos each value of a column has, as stacked bars.

    Args:
        table: The columns ``column``, ``real`` and ``fake``, as `class_balance` returns them.
        name: Unlike that of any other drawing on the page.
        column: Which column.
        word: What the column is called in the title.
    """
    names = [plain(str(value), max_chars=22) for value in table[column]]
    real, fake = table["real"].to_numpy(), table["fake"].to_numpy()
    rows = np.arange(len(names))
    with house_style():
        figure = new_figure(1.1 + 0.3 * len(names))
        axes = figure.add_subplot()
        axes.barh(rows, real, color=REAL_COLOUR, height=0.7, label="real")
        axes.barh(rows, fake, left=real, color=FAKE_COLOUR, height=0.7, label="fake")
        longest = max(1, int(np.max(real + fake, initial=0)))
        for row, n_real, n_fake in zip(rows, real, fake, strict=True):
            axes.text(
                n_real + n_fake + 0.015 * longest,
                row,
                f"{n_real} + {n_fake}",
                va="center",
                fontsize=9,
            )
        axes.set(xlim=(0, 1.28 * longest), ylim=(len(names) - 0.4, -0.6))
        axes.set_yticks(rows, names)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        _whole_ticks(axes.xaxis)
        figure.legend(loc="outside upper left", ncols=2)
        return finish(
            figure,
            name=name,
            title=f"Real and fake videos by {word}",
            description="; ".join(
                f"{value}: {n_real} real and {n_fake} fake"
                for value, n_real, n_fake in zip(names, real, fake, strict=True)
            ),
        )


def _legend_line(one: RocSeries) -> str:
    metrics = one.metrics
    line = f"{plain(one.name)}  {metrics.auc:.3f}"
    if metrics.auc_low is not None and metrics.auc_high is not None:
        line += f"  [{metrics.auc_low:.3f} to {metrics.auc_high:.3f}]"
    return line


def _look(number: int) -> dict[str, Any]:
    """Return the colour and line style of the n-th model; pairs repeat after the 12th."""
    return {
        "color": SERIES[number % len(SERIES)],
        "linestyle": _LINE_STYLES[number % len(_LINE_STYLES)],
    }


def _rectangle(column: int, row: int, *, colour: str, alpha: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (column - 0.48, row - 0.48), 0.96, 0.96, facecolor=colour, alpha=alpha, edgecolor=GRID
    )


def _whole_ticks(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
