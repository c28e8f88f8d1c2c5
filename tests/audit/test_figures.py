from aura.audit.figures import draw_facts, draw_judgements
from aura.audit.findings import Fact, Judgement, Score

_NONE = Score.none("too few groups")


def _score(auc: float, low: float | None, high: float | None) -> Score:
    return Score(auc, low, high, 9, 9, 3)


def judgement(model: str, *scores: Score) -> Judgement:
    by_row, by_group, by_source = scores
    return Judgement(
        evidence="container facts", model=model, by_row=by_row, by_group=by_group,
        by_source=by_source, inflation=None,
    )  # fmt: skip


def test_every_known_score_is_told_to_those_who_cannot_see_it():
    drawn = draw_judgements(
        [
            judgement(
                "trees", Score(0.9, 0.8, 0.95, 9, 9, 3), Score(0.6, None, None, 9, 9, 3), _NONE
            ),
            judgement("nothing", _NONE, _NONE, _NONE),
        ],
        name="x",
    )
    assert drawn is not None
    said = drawn.svg.partition("<desc")[2].partition("</desc>")[0]
    assert "rows split naively 0.900, whole groups 0.600" in said
    assert "sources" not in said
    assert "nothing" not in said


def test_nothing_to_draw_is_no_drawing():
    assert draw_judgements([judgement("nothing", _NONE, _NONE, _NONE)], name="x") is None
    assert draw_facts([], name="x") is None


def test_facts_are_drawn_by_name():
    drawn = draw_facts([Fact("frames <per> second", 0.8, 0.7, 0.9, "")], name="x")
    assert drawn is not None
    assert "frames &lt;per&gt; second: 0.800" in drawn.svg
