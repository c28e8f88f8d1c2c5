"""The audit's page: one HTML file that needs no other, and the same figures as JSON beside it."""

from pathlib import Path

from aura.atomic import write_text
from aura.audit.figures import draw_facts, draw_judgements
from aura.audit.findings import Audit, Judgement
from aura.audit.record import audit_text
from aura.audit.words import (
    giveaways,
    inflation_sentences,
    interval,
    kind_word,
    leak_sentences,
    place_sentences,
    remarks,
    score_words,
    shortcut_headline,
    shortcut_sentences,
    uniform_columns,
    verdict,
    worst_inflation,
)
from aura.evaluation.drawing import plain
from aura.evaluation.page import Cell, FigureBlock, Table, page_environment, style_sheet

_FOLDER = Path(__file__).parent
_N_FACTS_SHOWN = 10


def write_audit(audit: Audit, out: Path, *, title: str = "Audit") -> Path:
    """Write the page to ``out`` and its figures beside it; equal audits give equal bytes.

    Args:
        audit: What was found.
        out: The page, ending in .html.
        title: The page's heading.

    Returns:
        Where the JSON lies.
    """
    beside = out.with_suffix(".json")
    write_text(beside, audit_text(audit))
    write_text(out, render_audit(audit, title=title))
    return beside


def render_audit(audit: Audit, *, title: str = "Audit") -> str:
    """Return the audit as one HTML document."""
    environment = page_environment(_FOLDER)
    environment.filters.update(kind=kind_word, plain=plain)
    return environment.get_template("audit.html.j2").render(
        audit=audit,
        title=title,
        css=style_sheet(_FOLDER / "audit.css"),
        verdict=verdict(audit),
        summary=_summary(audit),
        leak_sentences=leak_sentences(audit),
        place_sentences=place_sentences(audit),
        shortcut_sentences=shortcut_sentences(audit),
        inflation_sentences=inflation_sentences(audit),
        remarks=remarks(audit),
        giveaways=giveaways(audit),
        uniform=uniform_columns(audit),
        shortcut=shortcut_headline(audit),
        shortcut_interval=_headline_interval(audit),
        inflated=worst_inflation(audit.judgements),
        judgements=_judgements_block(audit),
        facts=_facts_block(audit),
    )


def _summary(audit: Audit) -> tuple[str, ...]:
    """Return what is found, said at length further down the page."""
    worst = inflation_sentences(audit)[:1]
    leaks, shortcut = leak_sentences(audit), shortcut_sentences(audit)[:2]
    return (*place_sentences(audit), *leaks, *shortcut, *worst)


def _headline_interval(audit: Audit) -> str:
    score = shortcut_headline(audit)
    return "see below" if score.auc is None else interval(score.low, score.high)


def _judgements_block(audit: Audit) -> FigureBlock:
    header = ("Evidence", "Model", "Rows split", "Whole groups", "Sources left out", "Flattered by")
    rows = tuple(
        (
            one.evidence,
            one.model,
            score_words(one.by_row),
            score_words(one.by_group),
            score_words(one.by_source),
            _flattery(one),
        )
        for one in audit.judgements
    )
    drawing = draw_judgements(audit.judgements, name="judgements")
    return FigureBlock("AUC by the way the rows are divided", drawing, Table(header, rows))


def _flattery(one: Judgement) -> Cell:
    if one.inflation is None:
        return None
    low, high = one.inflation.low, one.inflation.high
    return f"{one.inflation.value:+.3f} [{interval(low, high)}]"


def _facts_block(audit: Audit) -> FigureBlock:
    shown = audit.facts[:_N_FACTS_SHOWN]
    rows = tuple((fact.name, fact.auc, interval(fact.low, fact.high), fact.words) for fact in shown)
    table = Table(("Fact alone", "AUC", "95% interval", "Typical values"), rows)
    note = "" if shown else "No fact differs between videos, or groups are too few to judge one."
    return FigureBlock(
        "How far each fact alone tells the label", draw_facts(shown, name="facts"), table, note
    )
