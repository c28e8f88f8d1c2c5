"""Which videos are worth comparing: those that share some of their frames' bits exactly.

Comparing all pairs of a million videos is out of the question. A frame is therefore filed under
several keys of 32 bits, each made of some of its blocks; copies of a frame differ in few bits and
in some places only, so that one key or another of one frame or another is the same. Frames with
the same key lie together after sorting, and only these are compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.collection import Collection
from aura.duplicates.config import DuplicateConfig
from aura.duplicates.frame_hash import FrameHashes, mirrored
from aura.duplicates.likeness import alike

_QUADRANTS = tuple(row * 4 + column for row in range(3) for column in range(3))
"""The upper left blocks of all squares of two by two blocks."""
_QUADRANTS_IN_MIRROR = tuple(quadrant for quadrant in _QUADRANTS if quadrant % 4 < 2)
"""What the right column would find, the left one finds with the two videos changing places."""
_QUADRANT_BLOCKS = 0b0011_0011
MAX_NEIGHBOURS = 32
"""Frames with the same key that one frame is compared with; more make a chain of neighbours."""
_CHUNK_FRAMES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of videos worth comparing.

    Attributes:
        first: int64 [P], the smaller place of each pair, sorted.
        second: int64 [P], the larger one.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def candidates(
    collection: Collection, config: DuplicateConfig, *, in_mirror: bool = False
) -> Candidates:
    """Return the pairs of videos of which at least one pair of frames is alike.

    Args:
        collection: The fingerprints.
        config: How alike.
        in_mirror: Compare the frames of one video with mirrored ones of the other.
    """
    videos = collection.video_of_frame()
    found = [np.empty(0, dtype=np.int64)]
    for quadrant in _QUADRANTS_IN_MIRROR if in_mirror else _QUADRANTS:
        for one, other in _neighbours(
            _filed(collection.hashes, quadrant=quadrant, in_mirror=in_mirror),
            videos,
            in_mirror=in_mirror,
        ):
            keep = alike(collection, one, other, flipped=in_mirror, config=config)
            mine, theirs = videos[one[keep]], videos[other[keep]]
            smaller = np.minimum(mine, theirs).astype(np.int64)
            found.append(smaller * collection.n_videos + np.maximum(mine, theirs))
        found = [np.unique(np.concatenate(found))]
    first, second = np.divmod(found[0], max(1, collection.n_videos))
    return Candidates(first, second)


def _filed(hashes: FrameHashes, *, quadrant: int, in_mirror: bool) -> NDArray[np.uint64]:
    """Return one word a frame, sorted: its key, its place, and whether it is the mirrored one."""
    words: list[NDArray[np.uint64]] = []
    for start in range(0, len(hashes), _CHUNK_FRAMES):
        part = slice(start, start + _CHUNK_FRAMES)
        plain = FrameHashes(hashes.bits[part], hashes.textured[part])
        words.append(_words(plain, quadrant=quadrant, start=start, flag=0))
        if in_mirror:
            words.append(_words(mirrored(plain), quadrant=quadrant, start=start, flag=1))
    filed = np.concatenate(words) if words else np.empty(0, dtype=np.uint64)
    filed.sort()
    return filed


def _words(hashes: FrameHashes, *, quadrant: int, start: int, flag: int) -> NDArray[np.uint64]:
    """Return the words of those frames whose four blocks are all textured."""
    blocks = np.uint16(_QUADRANT_BLOCKS << quadrant)
    places = np.flatnonzero((hashes.textured & blocks) == blocks)
    key = _quadrant_bits(hashes.bits[places, 0], quadrant) << np.uint64(16)
    key |= _quadrant_bits(hashes.bits[places, 1], quadrant)
    place = (places.astype(np.uint64) + np.uint64(start)) << np.uint64(1)
    return (key << np.uint64(32)) | place | np.uint64(flag)


def _quadrant_bits(words: NDArray[np.uint64], quadrant: int) -> NDArray[np.uint64]:
    """Return the bits of four blocks and four coefficients, 16 each."""
    bits = (words >> np.uint64(quadrant)) & np.uint64(0x0033_0033_0033_0033)
    bits = (bits | (bits >> np.uint64(2))) & np.uint64(0x000F_000F_000F_000F)
    gathered = bits | (bits >> np.uint64(12)) | (bits >> np.uint64(24)) | (bits >> np.uint64(36))
    return gathered & np.uint64(0xFFFF)


def _neighbours(
    filed: NDArray[np.uint64], videos: NDArray[np.uint32], *, in_mirror: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of frames of different videos that share a key, at most a chunk at once.

    In the mirror, one frame of each pair is upright and the other one is not.
    """
    filed = _with_company(filed)
    keys = (filed >> np.uint64(32)).astype(np.uint32)
    places = ((filed & np.uint64(0xFFFF_FFFF)) >> np.uint64(1)).astype(np.int64)
    flags = (filed & np.uint64(1)).astype(np.bool_)
    # One frame of a video stands for all those with the same key: most scenes stand still a while.
    is_new = np.ones(len(keys), dtype=np.bool_)
    is_new[1:] = (keys[1:] != keys[:-1]) | (flags[1:] != flags[:-1])
    is_new[1:] |= videos[places[1:]] != videos[places[:-1]]
    keys, places, flags = keys[is_new], places[is_new], flags[is_new]
    at = np.flatnonzero(keys[1:] == keys[:-1])
    for step in range(1, MAX_NEIGHBOURS + 1):
        at = at[at < len(keys) - step]
        at = at[keys[at] == keys[at + step]]
        for start in range(0, len(at), _CHUNK_FRAMES):
            part = at[start : start + _CHUNK_FRAMES]
            one, other = places[part], places[part + step]
            wanted = videos[one] != videos[other]
            if in_mirror:
                wanted &= flags[part] != flags[part + step]
            yield one[wanted], other[wanted]


def _with_company(filed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the sorted words whose key occurs more than once, mostly a small part of them."""
    keys = (filed >> np.uint64(32)).astype(np.uint32)
    is_next_equal = keys[1:] == keys[:-1]
    has_company = np.zeros(len(filed), dtype=np.bool_)
    has_company[1:] |= is_next_equal
    has_company[:-1] |= is_next_equal
    return filed[has_company]
