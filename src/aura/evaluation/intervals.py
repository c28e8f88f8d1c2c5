"""How far an AUC may be from what other videos of the same kind would have given.

Videos of one group resemble each other, so a bootstrap that draws single videos promises too
much. Here whole groups are drawn (the cluster bootstrap: Field and Welsh, "Bootstrapping
clustered data", J. R. Stat. Soc. B 69, 2007).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aura.errors import DataError
from aura.evaluation.inputs import FloatArray, IntArray, ScoredVideos, scored_videos
from aura.evaluation.ranking import area_under, roc_curve
from aura.tables import FAKE, REAL

# Resamples are worked on in blocks of about this many cells; 2,000 resamples of 10,000 videos
# then need under 100 MiB.
_CELLS_PER_BLOCK = 1_000_000
# A class in three groups is absent from one resample in twenty, one in two groups from one in
# seven. What so few groups could have been is not to be learned by drawing them again.
_MIN_GROUPS_A_CLASS = 3


@dataclass(frozen=True, slots=True)
class AucDifference:
    """One model's AUC less another's, on the same videos, with its interval.

    ``low`` and ``high`` are None where a class lies in fewer than three groups.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    n_groups: int

    @property
    def verdict(self) -> str:
        """Whether the interval stays on one side of zero: "better", "worse" or "undecided"."""
        if self.low is not None and self.low > 0:
            return "better"
        if self.high is not None and self.high < 0:
            return "worse"
        return "undecided"


def auc_interval(
    videos: ScoredVideos, *, n_bootstrap: int, seed: int, confidence: float
) -> tuple[float, float] | None:
    """Return the percentile interval of the AUC over resampled groups.

    None where it is not defined: a class lies in fewer than three groups, or no resamples were
    asked for.
    """
    aucs = resampled_aucs(videos, [videos.scores], n_bootstrap=n_bootstrap, seed=seed)
    return _percentile_interval(videos, aucs[:, 0], confidence=confidence)


def auc_difference(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    n_bootstrap: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> AucDifference | None:
    """Return how much better ``scores`` order the videos than ``baseline`` does.

    Both are resampled together, so what is hard for both does not blur the difference.

    Args:
        labels: N values 0 (real) or 1 (fake).
        scores: N finite numbers, high for fake.
        baseline: N finite numbers, high for fake.
        groups: N names; without them, each video is a group of its own.
        n_bootstrap: How many times groups are drawn.
        seed: Fixes the draws.
        confidence: Share of the resamples the interval holds, between 0 and 1.

    Returns:
        The difference, or None where a class is absent.

    Raises:
        DataError: The inputs are not what they should be.
    """
    videos = scored_videos(labels, scores, groups=groups)
    other = scored_videos(labels, baseline, groups=groups)
    ours, theirs = area_under(roc_curve(videos)), area_under(roc_curve(other))
    if ours is None or theirs is None:
        return None
    aucs = resampled_aucs(videos, [videos.scores, other.scores], n_bootstrap=n_bootstrap, seed=seed)
    interval = _percentile_interval(videos, aucs[:, 0] - aucs[:, 1], confidence=confidence)
    low, high = interval or (None, None)
    return AucDifference(ours - theirs, low, high, len(videos.labels), videos.n_groups)


def resampled_aucs(
    videos: ScoredVideos, score_sets: Sequence[FloatArray], *, n_bootstrap: int, seed: int
) -> FloatArray:
    """Return the AUC of each score set in each resample of groups.

    Args:
        videos: The truth and the groups.
        score_sets: K arrays float64 [N], judged on the same draws.
        n_bootstrap: B, how many times groups are drawn.
        seed: Fixes the draws.

    Returns:
        float64 [B, K], NaN where a resample lacks a class.

    Raises:
        DataError: ``n_bootstrap`` is negative.
    """
    if n_bootstrap < 0:
        raise DataError(f"expected 0 or more bootstrap resamples, got {n_bootstrap}")
    if not videos.has_both_classes or videos.n_groups < 2:
        return np.full((n_bootstrap, len(score_sets)), np.nan)
    orders = [_PairOrder.of(videos, scores) for scores in score_sets]
    block_rows = max(1, _CELLS_PER_BLOCK // len(videos.labels))
    blocks = [
        np.stack([order.aucs(counts) for order in orders], axis=1)
        for counts in _group_draws(
            videos.n_groups, n_bootstrap=n_bootstrap, block_rows=block_rows, seed=seed
        )
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, len(score_sets)))


@dataclass(frozen=True, slots=True)
class _PairOrder:
    """Everything about one score set that stays the same from resample to resample.

    ``below`` and ``not_above`` count, for each fake, the genuine videos with a lower and with a
    lower or equal score; both index cumulative sums over the genuine videos in rising order.
    """

    fake_groups: IntArray
    real_groups: IntArray
    below: IntArray
    not_above: IntArray

    @classmethod
    def of(cls, videos: ScoredVideos, scores: FloatArray) -> "_PairOrder":
        is_fake, is_real = videos.labels == FAKE, videos.labels == REAL
        order = np.argsort(scores[is_real], kind="stable")
        real_scores = scores[is_real][order]
        return cls(
            fake_groups=videos.groups[is_fake],
            real_groups=videos.groups[is_real][order],
            below=np.searchsorted(real_scores, scores[is_fake], side="left").astype(np.int64),
            not_above=np.searchsorted(real_scores, scores[is_fake], side="right").astype(np.int64),
        )

    def aucs(self, counts: IntArray) -> FloatArray:
        """Return float64 [B], the AUC when group g occurs ``counts[b, g]`` times."""
        fakes = counts[:, self.fake_groups]
        reals = np.zeros((len(counts), len(self.real_groups) + 1), dtype=np.int64)
        np.cumsum(counts[:, self.real_groups], axis=1, out=reals[:, 1:])
        wins = np.einsum("bn,bn->b", fakes, reals[:, self.below] + reals[:, self.not_above])
        n_pairs = fakes.sum(axis=1) * reals[:, -1]
        aucs = np.full(len(counts), np.nan)
        np.divide(wins, 2 * n_pairs, out=aucs, where=n_pairs > 0)
        return aucs


def _group_draws(
    n_groups: int, *, n_bootstrap: int, block_rows: int, seed: int
) -> Iterator[IntArray]:
    """Yield int64 [rows, n_groups]: how often each group was drawn, block by block."""
    rng = np.random.default_rng(seed)
    for start in range(0, n_bootstrap, block_rows):
        rows = min(block_rows, n_bootstrap - start)
        drawn = rng.integers(0, n_groups, size=(rows, n_groups))
        drawn += np.arange(rows)[:, None] * n_groups
        yield np.bincount(drawn.ravel(), minlength=rows * n_groups).reshape(rows, n_groups)


def _percentile_interval(
    videos: ScoredVideos, values: FloatArray, *, confidence: float
) -> tuple[float, float] | None:
    if not 0 < confidence < 1:
        raise DataError(f"expected a confidence between 0 and 1, got {confidence}")
    fewest = min(len(np.unique(videos.groups[videos.labels == c])) for c in (REAL, FAKE))
    defined = values[~np.isnan(values)]
    if fewest < _MIN_GROUPS_A_CLASS or not len(defined):
        return None
    tail = 50 * (1 - confidence)
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)
