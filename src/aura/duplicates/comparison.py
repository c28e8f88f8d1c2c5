"""How much of one video is found in another, in the same order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.collection import Collection
from aura.duplicates.config import DuplicateConfig
from aura.duplicates.index import Candidates
from aura.duplicates.likeness import alike

_CHUNK_CELLS = 1 << 21
"""Pairs of frames compared at once; each takes about 60 bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What comparing P pairs of videos gave.

    Attributes:
        n_matched: int64 [P], frames of the one and of the other found in its counterpart in a
            consistent order, the smaller of the two numbers.
        share: float64 [P], part of the one or of the other found, the larger of the two.
        same: bool [P], whether both show the same footage.
    """

    n_matched: NDArray[np.int64]
    share: NDArray[np.float64]
    same: NDArray[np.bool_]


def compare(
    collection: Collection, pairs: Candidates, config: DuplicateConfig, *, in_mirror: bool = False
) -> Comparison:
    """Compare pairs of videos frame by frame.

    Args:
        collection: The fingerprints.
        pairs: Which videos.
        config: When they count as the same.
        in_mirror: Mirror the second of each pair.
    """
    parts = [
        _compare_chunk(collection, chunk, config, in_mirror=in_mirror)
        for chunk in _chunks(collection, pairs)
    ]
    return Comparison(
        np.concatenate([np.empty(0, np.int64), *(part.n_matched for part in parts)]),
        np.concatenate([np.empty(0, np.float64), *(part.share for part in parts)]),
        np.concatenate([np.empty(0, np.bool_), *(part.same for part in parts)]),
    )


def matches(
    collection: Collection,
    pairs: Candidates,
    config: DuplicateConfig,
    *,
    in_mirror: bool = False,
) -> NDArray[np.bool_]:
    """Return which frames of pairs of videos are alike.

    Returns:
        bool [P, A, B] with A and B the most frames that a first and a second video have; False
        beyond the end of a shorter one.
    """
    one, one_exists = _frames(collection, pairs.first)
    other, other_exists = _frames(collection, pairs.second)
    found = alike(collection, one[:, :, None], other[:, None, :], flipped=in_mirror, config=config)
    return found & one_exists[:, :, None] & other_exists[:, None, :]


def in_order(found: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many first frames have a counterpart if counterparts may not go back in time.

    Several frames may share a counterpart: one of two copies may be sampled more densely.

    Args:
        found: bool [P, A, B], which frames are alike.

    Returns:
        int64 [P], 0 to A.

    >>> in_order(np.array([[[0, 1, 0], [1, 0, 0], [0, 1, 1]]], dtype=bool))
    array([2])
    """
    n_pairs, n_first, n_second = found.shape
    best = np.zeros((n_pairs, n_second), dtype=np.int16)
    for frame in range(n_first):
        # best[:, b]: the most frames so far whose last counterpart is b or an earlier one.
        best = np.maximum.accumulate(best + found[:, frame], axis=1)
    return best[:, -1].astype(np.int64) if n_second else np.zeros(n_pairs, np.int64)


def _compare_chunk(
    collection: Collection, pairs: Candidates, config: DuplicateConfig, *, in_mirror: bool
) -> Comparison:
    found = matches(collection, pairs, config, in_mirror=in_mirror)
    in_first, in_second = in_order(found), in_order(found.transpose(0, 2, 1))
    n_first = collection.n_frames[pairs.first]
    n_second = collection.n_frames[pairs.second]
    share = np.maximum(in_first / np.maximum(n_first, 1), in_second / np.maximum(n_second, 1))
    n_matched = np.minimum(in_first, in_second)
    same = (n_matched >= config.min_matched) & (share >= config.min_share)
    fewest = np.minimum(n_first, n_second)
    short = np.flatnonzero((fewest < config.min_matched) & (n_matched == fewest) & (fewest > 0))
    if len(short):
        strict = config.model_copy(update={"moving_sigmas": config.still_sigmas})
        again = Candidates(pairs.first[short], pairs.second[short])
        closely = matches(collection, again, strict, in_mirror=in_mirror)
        n_closely = np.minimum(in_order(closely), in_order(closely.transpose(0, 2, 1)))
        same[short] = n_closely == fewest[short]
    return Comparison(n_matched, share, same)


def _frames(
    collection: Collection, videos: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the places of the frames of videos, int64 [P, A], and which exist, bool [P, A]."""
    n_frames = collection.n_frames[videos]
    steps = np.arange(int(n_frames.max(initial=0)))
    exists = steps < n_frames[:, None]
    return np.where(exists, collection.starts[videos][:, None] + steps, 0), exists


def _chunks(collection: Collection, pairs: Candidates) -> Iterator[Candidates]:
    longest = int(collection.n_frames.max(initial=1))
    size = max(1, _CHUNK_CELLS // longest**2)
    for start in range(0, len(pairs.first), size):
        part = slice(start, start + size)
        yield Candidates(pairs.first[part], pairs.second[part])
