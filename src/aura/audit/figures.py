"""The audit's figures: AUCs with their intervals on one line each."""

from collections.abc import Sequence
from typing import Any

from aura.audit.findings import Fact, Judgement, Score
from aura.evaluation.drawing import (
    INK,
    MUTED,
    SERIES,
    Drawing,
    finish,
    house_style,
    new_figure,
    plain,
)

_WAYS = (
    ("rows split naively", "s", SERIES[1]),
    ("whole groups", "o", SERIES[0]),
    ("whole sources left out", "D", SERIES[2]),
)


def draw_judgements(judgements: Sequence[Judgement], *, name: str) -> Drawing | None:
    """Return each model's AUC by each way of dividing the rows, or None where there is none."""
    shown = [one for one in judgements if any(score.auc is not None for score in _scores(one))]
    if not shown:
        return None
    with house_style():
        figure = new_figure(1.5 + 0.78 * len(shown))
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            for place, score in enumerate(_scores(one)):
                _, marker, colour = _WAYS[place]
                _dot(axes, score, row + 0.24 * (place - 1), marker=marker, colour=colour)
        _finish_axes(axes, [f"{one.model}\n{one.evidence}" for one in shown])
        for words, marker, colour in _WAYS:
            axes.plot([], [], marker=marker, color=colour, linestyle="none", label=words)
        figure.legend(loc="outside upper left", ncols=2)
        return finish(
            figure,
            name=name,
            title="AUC of cheap models by the way the rows are divided",
            description="; ".join(_judgement_words(one) for one in shown),
        )


def draw_facts(facts: Sequence[Fact], *, name: str) -> Drawing | None:
    """Return how far each fact alone gives the label away, or None where nothing does."""
    if not facts:
        return None
    with house_style():
        figure = new_figure(0.9 + 0.3 * len(facts))
        axes = figure.add_subplot()
        for row, fact in enumerate(facts):
            score = Score(fact.auc, fact.low, fact.high, 0, 0, 0)
            _dot(axes, score, row, marker="o", colour=SERIES[0])
        _finish_axes(axes, [plain(fact.name, max_chars=24) for fact in facts])
        return finish(
            figure,
            name=name,
            title="AUC of single container facts on unseen groups",
            description="; ".join(f"{fact.name}: {fact.auc:.3f}" for fact in facts),
        )


def _scores(one: Judgement) -> tuple[Score, Score, Score]:
    return one.by_row, one.by_group, one.by_source


def _dot(axes: Any, score: Score, row: float, *, marker: str, colour: str) -> None:
    if score.auc is None:
        return
    if score.low is not None and score.high is not None:
        axes.plot([score.low, score.high], [row, row], color=colour, linewidth=1.6)
    axes.plot([score.auc], [row], marker=marker, color=colour, markersize=6, linestyle="none")


def _finish_axes(axes: Any, names: Sequence[str]) -> None:
    axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    low, _ = axes.get_xlim()
    axes.set(xlim=(min(0.4, low), 1.02), ylim=(len(names) - 0.4, -0.6))
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("AUC (dotted: guessing)")


def _judgement_words(one: Judgement) -> str:
    scores = [
        f"{words} {score.auc:.3f}"
        for (words, *_), score in zip(_WAYS, _scores(one), strict=True)
        if score.auc is not None
    ]
    return f"{one.model} over {one.evidence}: {', '.join(scores)}"
