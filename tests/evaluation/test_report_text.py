import dataclasses

import polars as pl
import pytest

from aura.evaluation import gather_report
from aura.evaluation.report_text import limits, outcome


@pytest.fixture
def report_of(make_videos, make_predictions, run_facts):
    def report(*, skill=1.5, shortcut_skill=0.0, shortcut_seed=9, n=80, keep=None, shortcut=True):
        videos = make_videos(n)
        predictions = make_predictions(videos, model="m", skill=skill)
        if keep is not None:
            predictions = predictions.filter(keep)
        baseline = make_predictions(
            videos, model="container:x", skill=shortcut_skill, seed=shortcut_seed
        )
        return gather_report(
            "t",
            run_facts,
            videos=videos,
            predictions=predictions,
            shortcut_predictions=baseline if shortcut else None,
            n_bootstrap=200,
        )

    return report


def test_it_says_what_was_trained_on_what(report_of):
    first = outcome(report_of())[0]
    assert "1 model (m) was trained and judged on 80 videos: 40 real and 40 fake" in first
    assert "40 groups" in first
    assert "4 folds" in first


def test_it_says_the_auc_in_cases_of_a_hundred(report_of):
    data = report_of()
    assert f"in {100 * data.best.overall.auc:.0f} of 100 cases" in outcome(data)[1]
    assert "95% interval" in outcome(data)[1]
    assert "nothing has been shown" not in outcome(data)[1]


def test_a_model_that_guesses_is_not_praised(report_of):
    assert "nothing has been shown to work" in outcome(report_of(skill=0.0))[1]


@pytest.mark.parametrize(
    ("skill", "shortcut_skill", "says"),
    [(2.0, 0.0, "is better than this shortcut"), (0.0, 2.0, "is worse than this shortcut")],
)
def test_it_says_whether_the_shortcut_is_beaten(report_of, skill, shortcut_skill, says):
    assert says in outcome(report_of(skill=skill, shortcut_skill=shortcut_skill))[2]


def test_a_model_that_only_repeats_the_shortcut_is_not_praised(report_of):
    # The same seed and skill: the model's scores are the shortcut's.
    data = report_of(skill=1.0, shortcut_skill=1.0, shortcut_seed=0)
    assert "cannot be told apart from this shortcut" in outcome(data)[2]


def test_an_unmeasured_shortcut_is_admitted(report_of):
    assert "was not measured" in outcome(report_of(shortcut=False))[2]


def test_one_class_is_not_a_result(report_of):
    data = report_of(keep=pl.col("label") == 1)
    assert "cannot be said, because the judged videos are all fake" in outcome(data)[1]
    assert limits(data)


def test_few_groups_and_perfect_order_are_cautioned_against(report_of):
    words = " ".join(limits(report_of(skill=9.0, n=16)))
    assert "With 8 groups the intervals are rough" in words
    assert "not certainty" in words
    assert "sign of a leak" in words


def test_picking_the_best_of_several_is_admitted(report_data):
    assert any("best of 2 models" in sentence for sentence in limits(report_data))


def test_failures_are_counted_in_videos(report_data):
    failures = pl.DataFrame(
        {
            "video_id": ["a", "a"],
            "path": ["/a", "/a"],
            "stage": ["frames", "features"],
            "reason": ["x", "y"],
        }
    )
    data = dataclasses.replace(report_data, failures=failures)
    assert any(sentence.startswith("1 video could not be used") for sentence in limits(data))


def test_a_run_that_was_allowed_to_leak_says_so_first(report_data):
    leaking = dataclasses.replace(report_data, n_leaks=3)
    assert limits(leaking)[0].startswith("This run was allowed to leak")
    assert "3 ties between videos cross folds" in limits(leaking)[0]
