"""Labels, scores and groups as every metric needs them: checked once, at the door."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aura.errors import DataError
from aura.tables import FAKE, REAL

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScoredVideos:
    """The truth and the scores of N videos.

    Attributes:
        labels: int64 [N], 0 real and 1 fake.
        scores: float64 [N], finite, high means fake.
        groups: int64 [N], from 0 to ``n_groups - 1``; what shares a number was never divided.
        n_groups: How many groups there are.
    """

    labels: IntArray
    scores: FloatArray
    groups: IntArray
    n_groups: int

    @property
    def n_fake(self) -> int:
        """How many videos are fake."""
        return int(np.count_nonzero(self.labels == FAKE))

    @property
    def n_real(self) -> int:
        """How many videos are real."""
        return int(np.count_nonzero(self.labels == REAL))

    @property
    def has_both_classes(self) -> bool:
        """Whether anything that compares the classes is defined."""
        return self.n_fake > 0 and self.n_real > 0


def scored_videos(
    labels: npt.ArrayLike, scores: npt.ArrayLike, *, groups: npt.ArrayLike | None = None
) -> ScoredVideos:
    """Return labels, scores and groups as arrays, or raise on anything a metric cannot take.

    Args:
        labels: N values 0 (real) or 1 (fake).
        scores: N finite numbers, high for fake.
        groups: N names or numbers; without them, each video is a group of its own.

    Raises:
        DataError: A length differs, there is nothing to score, a label is neither 0 nor 1, a
            score is not a finite number, or a group is missing.
    """
    truth = _label_array(labels)
    values = score_array(scores, name="score")
    if len(truth) != len(values):
        raise DataError(
            f"expected one score for each label, got {len(truth)} labels and {len(values)} scores: "
            "join predictions to their videos by video_id"
        )
    if groups is None:
        # Codes that follow the values make resampling independent of the order of the rows.
        codes = np.empty(len(truth), dtype=np.int64)
        codes[np.lexsort((truth, values))] = np.arange(len(truth))
        return ScoredVideos(truth, values, codes, len(truth))
    codes, n_groups = _group_codes(groups)
    if len(codes) != len(truth):
        raise DataError(
            f"expected one group for each video, got {len(codes)} groups and {len(truth)} videos"
        )
    return ScoredVideos(truth, values, codes, n_groups)


def score_array(scores: npt.ArrayLike, *, name: str) -> FloatArray:
    """Return ``scores`` as float64 [N] with N at least 1, all finite; ``name`` is for messages.

    Raises:
        DataError: They are not numbers, not one-dimensional, not finite, or none at all.
    """
    try:
        values = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"expected numbers, one {name} a video: {error}") from error
    if values.ndim != 1 or not len(values):
        raise DataError(f"expected one {name} for each of at least one video, got {values.shape}")
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise DataError(
            f"{name} {int(wrong[0])} is {values[wrong[0]]}, expected a finite number "
            f"({len(wrong)} of {len(values)} are not): a video without a {name} belongs to the "
            "failures, not to the predictions"
        )
    return values


def _label_array(labels: npt.ArrayLike) -> IntArray:
    values = score_array(labels, name="label")
    wrong = np.flatnonzero((values != REAL) & (values != FAKE))
    if len(wrong):
        raise DataError(
            f"label {int(wrong[0])} is {values[wrong[0]]:g}, expected {REAL} (real) or {FAKE} "
            "(fake): leave out videos of any other kind"
        )
    return values.astype(np.int64)


def _group_codes(groups: npt.ArrayLike) -> tuple[IntArray, int]:
    values = np.asarray(groups)
    if values.ndim != 1:
        raise DataError(f"expected one group a video, got an array of shape {values.shape}")
    # A missing value is None in a column of names and NaN, unequal to itself, in one of numbers.
    missing = [row for row, value in enumerate(values.tolist()) if value is None or value != value]
    if missing:
        raise DataError(
            f"group {missing[0]} is missing: give every video a group, its own if it has no kin"
        )
    try:
        names, codes = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise DataError("expected groups to be all names or all numbers, got a mix") from error
    return codes.astype(np.int64), len(names)
