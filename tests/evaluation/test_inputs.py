import numpy as np
import polars as pl
import pytest

from aura.errors import DataError
from aura.evaluation.inputs import scored_videos


@pytest.mark.parametrize(
    ("labels", "scores", "groups", "says"),
    [
        ([0, 1], [0.5], None, "2 labels and 1 scores"),
        ([], [], None, "at least one"),
        ([0, 2], [0.1, 0.2], None, "label 1 is 2"),
        ([0, -1], [0.1, 0.2], None, "label 1 is -1"),
        ([0, 0.5], [0.1, 0.2], None, "label 1 is 0.5"),
        ([0, 1], [0.1, float("nan")], None, "score 1 is nan"),
        ([0, 1], [0.1, float("inf")], None, "score 1 is inf"),
        ([0, None], [0.1, 0.2], None, "label"),
        (["real", "fake"], [0.1, 0.2], None, "expected numbers"),
        ([0, 1], [[0.1], [0.2]], None, "(2, 1)"),
        ([0, 1], [0.1, 0.2], ["a"], "1 groups and 2 videos"),
        ([0, 1], [0.1, 0.2], ["a", None], "group 1 is missing"),
        ([0, 1], [0.1, 0.2], [1.0, float("nan")], "group 1 is missing"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_place(labels, scores, groups, says):
    with pytest.raises(DataError) as caught:
        scored_videos(labels, scores, groups=groups)
    assert says in str(caught.value)


def test_mixed_groups_are_refused():
    with pytest.raises(DataError, match="mix"):
        scored_videos([0, 1], [0.1, 0.2], groups=np.array(["a", 3], dtype=object))


def test_columns_of_a_table_are_taken_as_they_are():
    videos = scored_videos(
        pl.Series([0, 1, 1]), pl.Series([0.1, 0.2, 0.3]), groups=pl.Series(["a", "b", "a"])
    )
    assert videos.labels.tolist() == [0, 1, 1]
    assert videos.groups.tolist() == [0, 1, 0]
    assert (videos.n_groups, videos.n_fake, videos.n_real) == (2, 2, 1)


def test_booleans_are_labels():
    assert scored_videos([True, False], [0.1, 0.2]).labels.tolist() == [1, 0]


def test_inputs_are_not_changed():
    labels, scores = np.array([0, 1]), np.array([0.1, 0.2])
    scored_videos(labels, scores)
    assert labels.tolist() == [0, 1]
    assert scores.tolist() == [0.1, 0.2]
