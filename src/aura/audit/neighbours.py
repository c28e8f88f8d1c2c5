"""What remembering near-duplicates alone is worth: a video is called what its likeness was."""

import numpy as np
import polars as pl

from aura.audit.dividing import IntArray
from aura.audit.judging import BoolArray, FloatArray, Scorer
from aura.tables import FAKE


def pair_scorer(video_ids: pl.Series, labels: IntArray, *, pairs: pl.DataFrame) -> Scorer:
    """Return a model that knows the label of each video's most similar near-duplicate.

    The score is 1 for a fake and -1 for a genuine one, the mean of several equally similar, and 0
    where no near-duplicate is among the rows to learn from.

    Args:
        video_ids: N ids.
        labels: int64 [N].
        pairs: Columns ``first``, ``second`` (video ids) and ``share``, how similar they are.
    """
    rows = pl.DataFrame({"video_id": video_ids}).with_row_index("row")
    known = (
        pairs.select("share", video_id="first", other="second")
        .join(rows, on="video_id")
        .select("share", one="row", video_id="other")
        .join(rows, on="video_id")
        .select("one", "share", two="row")
    )
    both = pl.concat([known, known.select("share", one="two", two="one").select(known.columns)])
    one, two = both["one"].to_numpy(), both["two"].to_numpy()
    table = both.with_columns(vote=pl.Series(np.where(labels[two] == FAKE, 1.0, -1.0)))

    def score(train: BoolArray, test: BoolArray) -> FloatArray:
        usable = table.filter(pl.Series(test[one] & train[two]))
        nearest = usable.filter(pl.col("share") == pl.col("share").max().over("one"))
        votes = nearest.group_by("one").agg(pl.col("vote").mean())
        scores = np.zeros(len(labels))
        scores[votes["one"].to_numpy()] = votes["vote"].to_numpy()
        return scores[test]

    return score


def cluster_scorer(near_groups: pl.Series, labels: IntArray) -> Scorer:
    """Return a model that knows the labels of the other videos of a near-duplicate group.

    The score is the share of fakes among them less the share of genuine ones; 0 where none is
    among the rows to learn from.

    Args:
        near_groups: The group of each of N videos, missing where it has no near-duplicate.
        labels: int64 [N].
    """
    is_in = near_groups.is_not_null().to_numpy()
    codes = near_groups.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    votes = np.where(labels == FAKE, 1.0, -1.0)

    def score(train: BoolArray, test: BoolArray) -> FloatArray:
        teaching = train & is_in
        size = int(codes.max(initial=0)) + 1
        total = np.bincount(codes[teaching], weights=votes[teaching], minlength=size)
        count = np.bincount(codes[teaching], minlength=size)
        mean = total / np.maximum(count, 1)
        return np.where(is_in[test], mean[codes[test]], 0.0)

    return score
