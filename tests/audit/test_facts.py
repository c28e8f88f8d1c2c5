import numpy as np
import polars as pl
import pytest

from aura.audit.dividing import group_folds
from aura.audit.facts import in_words, telling_facts


def facts_of(videos, quick):
    groups = videos["group_id"].to_list()
    folds = group_folds(videos["label"].to_numpy(), groups, n_folds=4, seed=0)
    found = telling_facts(videos, folds, groups=groups, config=quick)
    return {one.name: one for one in found}


def test_the_fact_that_gives_the_label_away_comes_first_with_its_values(make_videos, quick):
    rates = {1: 8.0, 0: 30.0}
    videos = make_videos(80, lambda n: {"fps": rates[n % 2], "width": 320 + 16 * (n // 2 % 7)})
    facts = facts_of(videos, quick)
    best = next(iter(facts.values()))
    assert best.auc == 1.0
    assert facts["frames per second"].auc == 1.0
    assert facts["frames per second"].words == "fakes 8 (100%), genuine 30 (100%)"
    assert facts["width"].auc < 0.6


def test_a_fact_that_only_helps_to_remember_groups_is_not_telling(make_videos, quick):
    # Each group has a bit rate and a label of its own: telling by rows, useless on other groups.
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(60) % 2)
    videos = make_videos(
        120, lambda n: {"label": int(labels[n // 2]), "bit_rate_bps": 1000 * (n // 2) + 7}
    )
    assert facts_of(videos, quick)["bit rate"].auc == pytest.approx(0.5, abs=0.2)


def test_a_rise_and_fall_is_seen(make_videos, quick):
    # Fakes in the middle, genuine ones at both ends: no line separates them.
    videos = make_videos(
        200, lambda n: {"duration_s": 50.0 + n % 40 / 10 if n % 2 else 100.0 * (n // 2 % 2)}
    )
    assert facts_of(videos, quick)["duration"].auc > 0.95


def test_what_is_the_same_everywhere_is_no_fact(make_videos, quick):
    facts = facts_of(make_videos(40), quick)
    assert "codec" not in facts
    assert "frames per second" not in facts
    assert "file size" not in facts


def test_missing_values_are_a_value_of_their_own(make_videos, quick):
    videos = make_videos(80, lambda n: {"bit_rate_bps": None if n % 2 else 5000 + n // 2})
    assert facts_of(videos, quick)["bit rate"].auc == 1.0


def test_names_and_numbers_are_put_into_words():
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    codecs = pl.Series(["av1", "av1", "vp9", "vp9", "h264", "h264", "h264", None])
    assert in_words(codecs, labels) == "fakes av1 (50%) or vp9 (50%), genuine h264 (75%)"
    spread = pl.Series([1.0, 2.0, 3.0, 4.0, 1500.0, 2500.0, 3500.0, 4500.0])
    assert in_words(spread, labels, unit=" s") == "fakes 2.5 s, genuine 3,000 s (medians)"
    same = pl.Series([1, 5, 5, 9, 9, 1, 1, 5, 7, 9], dtype=pl.Int64)
    even = np.array([1] * 5 + [0] * 5)
    assert in_words(same, even) == "fakes 5 (40%) or 9 (40%), genuine 1 (40%) or 5 (20%)"
    nothing = pl.Series([None, None, None, None, 1, 2, 3, 4], dtype=pl.Int64)
    assert in_words(nothing, labels) == "fakes not given, genuine 2.5 (medians)"
