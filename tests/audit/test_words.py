import dataclasses

import pytest

from aura.audit import run_audit
from aura.audit.words import (
    giveaways,
    inflation_sentences,
    leak_sentences,
    shortcut_sentences,
    uniform_columns,
    verdict,
)
from aura.evaluation import AucDifference


@pytest.fixture(scope="module")
def telling(make_videos, quick):
    """An audit of a table whose frame rate and platform give every label away."""

    def change(n: int) -> dict[str, object]:
        fake = n % 2
        return {"fps": 8.0 if fake else 30.0, "platform": "y" if fake else "z", "method": "swap"}

    return run_audit(make_videos(120, change), config=quick)


def test_what_gives_the_label_away_is_named_with_its_values(telling):
    said = " ".join(shortcut_sentences(telling))
    assert "reaches an AUC of 1.000" in said
    assert "frames per second – fakes 8 (100%), genuine 30 (100%)" in said


def test_single_values_that_tell_the_label_are_listed_and_the_method_is_not(telling):
    listed = giveaways(telling)
    assert "Platform: y – 60 of 60 fake" in listed
    assert "Frames per second, about: 30 – 0 of 60 fake" in listed
    assert not any("Method" in one for one in listed)
    assert "Method: swap" in uniform_columns(telling)


def test_inflation_is_put_into_words_by_its_interval(telling):
    def said(value: float, low: float, high: float) -> str:
        one = dataclasses.replace(
            telling.judgements[0], inflation=AucDifference(value, low, high, 120, 60)
        )
        return inflation_sentences(dataclasses.replace(telling, judgements=(one,)))[0]

    assert "would flatter it by 0.300 (0.200 to 0.400)" in said(0.3, 0.2, 0.4)
    assert "little or not at all" in said(0.3, -0.1, 0.6)
    assert "would mislead it" in said(-0.3, -0.4, -0.2)


def test_a_clean_table_is_told_whether_near_duplicates_are_known(telling):
    assert "--near-duplicates looks" in leak_sentences(telling)[0]
    known = dataclasses.replace(telling, n_mixed_near_groups=0)
    assert "that the table names were looked at" in leak_sentences(known)[0]
    looked = dataclasses.replace(known, n_looked_at=118)
    assert "looked for in 118 of 120 videos" in leak_sentences(looked)[0]


def test_a_group_in_two_places_is_never_called_fit(telling):
    divided = dataclasses.replace(telling.leaks, groups=("g000",))
    audit = dataclasses.replace(telling, leaks=divided)
    assert not audit.is_clean
    assert verdict(audit).startswith("Not fit for training")
    assert "1 group of 60 lies in more than one place" in leak_sentences(audit)[0]
