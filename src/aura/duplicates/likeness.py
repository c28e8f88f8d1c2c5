"""When two frames show the same.

Two pictures that have nothing to do with each other differ in half of the bits compared, give or
take the square root of their number halved. Two frames are alike where they differ in so few that
the difference lies a number of such standard deviations below chance. So frames of which little
can be compared must agree more closely than frames full of texture.

Chance is not the only opponent: portraits before one studio wall resemble each other. Of pairs of
different people in 252 such portraits, 0.4% are alike at 8.5 deviations and 19% at 6.5; of 180,000
pairs of portraits from the news, none and 3. Hence the stricter limit where nothing moves and all
frames of a video say the same once more; where something moves, several different frames have to
agree, and moments that lie up to half a sampling step apart differ by themselves.
"""

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.collection import Collection
from aura.duplicates.config import DuplicateConfig
from aura.duplicates.frame_hash import (
    BITS_PER_BLOCK,
    MIN_BLOCKS,
    N_BLOCKS,
    FrameHashes,
    distances,
    mirrored,
)

_COMPRESSION_SHARE = 0.05
"""Part of the bits that compression alone may flip, however few are compared."""


def allowed_bits(sigmas: float) -> NDArray[np.int16]:
    """Return in how many bits two frames may differ, by the number of blocks compared.

    Args:
        sigmas: How far below chance, in standard deviations.

    Returns:
        int16 [17]; -1 where so few blocks cannot show it.

    >>> allowed_bits(8.5).tolist()
    [-1, -1, -1, -1, -1, -1, 2, 2, 3, 3, 4, 4, 6, 8, 11, 13, 15]
    """
    n_blocks = np.arange(N_BLOCKS + 1)
    n_bits = BITS_PER_BLOCK * n_blocks
    below_chance = n_bits / 2 - sigmas * np.sqrt(n_bits) / 2
    most = np.floor(np.maximum(below_chance, _COMPRESSION_SHARE * n_bits))
    return np.where(n_blocks < MIN_BLOCKS, -1, most).astype(np.int16)


def limits_by_movement(config: DuplicateConfig) -> NDArray[np.int16]:
    """Return `allowed_bits` for pairs of still frames and for others, int16 [2, 17]."""
    return np.stack([allowed_bits(config.still_sigmas), allowed_bits(config.moving_sigmas)])


def alike(
    collection: Collection,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    *,
    flipped: bool,
    config: DuplicateConfig,
) -> NDArray[np.bool_]:
    """Return whether frames show the same; shapes broadcast against each other.

    Args:
        collection: The fingerprints.
        one: Places of frames in the collection.
        other: Places of the frames to compare them with.
        flipped: Mirror the other frames.
        config: How alike.
    """
    return bits_to_spare(collection, one, other, flipped=flipped, config=config) >= 0


def bits_to_spare(
    collection: Collection,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    *,
    flipped: bool,
    config: DuplicateConfig,
) -> NDArray[np.int16]:
    """Return how many more bits of frames might differ for them to be alike, int16.

    It is negative where they are not. See `alike` for the arguments.
    """
    hashes = collection.hashes
    theirs = FrameHashes(hashes.bits[other], hashes.textured[other])
    if flipped:
        theirs = mirrored(theirs)
    differing, n_blocks = distances(
        (hashes.bits[one], theirs.bits), (hashes.textured[one], theirs.textured)
    )
    is_moving = (collection.moving[one] | collection.moving[other]).astype(np.intp)
    return limits_by_movement(config)[is_moving, n_blocks] - differing.astype(np.int16)
