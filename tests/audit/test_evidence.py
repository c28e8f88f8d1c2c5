import numpy as np
import polars as pl
import pytest

from aura.audit.evidence import feature_evidence, likeness_evidence
from aura.errors import TableError


@pytest.fixture
def videos(make_videos):
    return make_videos(8).with_columns(group=pl.col("group_id"))


def evidence(features, videos, quick, notes=None, **changes):
    return feature_evidence(
        features, videos, source=None, config=quick.model_copy(update=changes),
        notes=[] if notes is None else notes,
    )  # fmt: skip


def test_versions_join_the_group_and_the_label_of_their_video(videos, quick):
    features = pl.DataFrame(
        {"video_id": ["v0001", "v0001~aug0", "v0002~aug1", "gone", "gone~aug0"],
         "noise": [1.0, 2.0, 3.0, 4.0, 5.0]}
    )  # fmt: skip
    notes = []
    found = evidence(features, videos, quick, notes)
    assert found.groups == ["g000", "g000", "g001"]
    assert found.labels.tolist() == [1, 1, 0]
    assert "1 number a row; 3 rows of 2 videos were fitted, 2 of them augmented" in notes[0]
    assert notes[1].startswith("2 rows of it without a video in the manifest")


def test_a_label_among_the_columns_is_not_learned_from(make_videos, quick):
    videos = make_videos(40).with_columns(group=pl.col("group_id"))
    rng = np.random.default_rng(0)
    features = videos.select("video_id", "label", "fold").with_columns(
        noise=pl.Series(rng.normal(size=40))
    )
    found = evidence(features, videos, quick)
    train = np.arange(40) < 30
    scores = found.scorers["logistic regression"](train, ~train)
    truth = found.labels[~train]
    assert scores[truth == 1].min() < scores[truth == 0].max()


def test_values_that_are_no_numbers_do_not_stop_the_fit(videos, quick):
    features = videos.select("video_id").with_columns(
        x=pl.Series([1.0, float("inf"), None, 2.0, float("nan"), 1.0, 2.0, 0.0]),
        empty=pl.lit(None, pl.Float64),
    )
    found = evidence(features, videos, quick)
    for scorer in found.scorers.values():
        assert np.isfinite(scorer(np.arange(8) < 6, np.arange(8) >= 6)).all()


def test_no_more_rows_than_allowed_are_fitted(make_videos, quick):
    videos = make_videos(60).with_columns(group=pl.col("group_id"))
    features = pl.concat(
        videos.select(pl.col("video_id") + f"~aug{k}").with_columns(x=pl.lit(1.0)) for k in range(5)
    )
    assert len(evidence(features, videos, quick, max_fitted=100).labels) == 100


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (pl.DataFrame({"id": ["v0001"], "x": [1.0]}), "needs the column video_id; it has id, x"),
        (pl.DataFrame({"video_id": ["v0001"], "x": ["a"]}), "needs columns of numbers"),
        (pl.DataFrame({"video_id": ["other"], "x": [1.0]}), "no row of the table of features"),
    ],
)
def test_a_table_that_is_none_of_features_is_refused(features, said, videos, quick):
    with pytest.raises(TableError, match=said):
        evidence(features, videos, quick)


def test_no_likenesses_are_no_evidence(videos):
    assert likeness_evidence(videos, pairs=None, source=None) is None
    empty = videos.with_columns(near_group=pl.lit(None, pl.String))
    assert likeness_evidence(empty, pairs=None, source=None) is None
    known = videos.with_columns(near_group=pl.col("group_id"))
    assert likeness_evidence(known, pairs=None, source=None) is not None
