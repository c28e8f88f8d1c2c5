"""When two videos show the same, for people who want to see for themselves."""

import numpy as np
from numpy.typing import NDArray

from aura.duplicates.collection import collect
from aura.duplicates.config import DuplicateConfig
from aura.duplicates.fingerprint import from_text
from aura.duplicates.likeness import bits_to_spare

_ONE_MORE = 1000
"""What one more pair of moments is worth, in bits: more than all bits of 64 frames might be."""


def matched_moments(
    first_fingerprint: str, second_fingerprint: str, *, config: DuplicateConfig | None = None
) -> list[tuple[float, float]]:
    """Return when two videos show the same: pairs of seconds in the first and in the second.

    Both rise along the list. Of the longest lists it is the one whose pictures agree best;
    mirrored pictures count where more of them match than upright ones.

    Raises:
        DataError: A text is no fingerprint.
    """
    config = config or DuplicateConfig()
    ways = [
        _chain(_worth(first_fingerprint, second_fingerprint, config, flipped=flipped))
        for flipped in ((False, True) if config.mirrored else (False,))
    ]
    chain = max(ways, key=len)
    first_s, second_s = (from_text(t).times_s for t in (first_fingerprint, second_fingerprint))
    return [(float(first_s[one]), float(second_s[other])) for one, other in chain]


def _worth(first: str, second: str, config: DuplicateConfig, *, flipped: bool) -> NDArray[np.int64]:
    """Return what pairing a frame of one with one of the other is worth, int64 [A, B]."""
    collection = collect([first, second])
    one, other = np.split(np.arange(len(collection.hashes)), [collection.starts[1]])
    spare = bits_to_spare(
        collection, one[:, None], other[None, :], flipped=flipped, config=config
    ).astype(np.int64)
    return np.where(spare >= 0, _ONE_MORE + spare, 0)


def _chain(worth: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the pairs of places, rising in both, that are worth most together."""
    n_first, n_second = worth.shape
    best = np.zeros((n_first + 1, n_second + 1), dtype=np.int64)
    for one in range(n_first - 1, -1, -1):
        for other in range(n_second - 1, -1, -1):
            paired = best[one + 1, other + 1] + worth[one, other]
            best[one, other] = max(paired, best[one + 1, other], best[one, other + 1])
    chain: list[tuple[int, int]] = []
    one = other = 0
    while one < n_first and other < n_second:
        if best[one, other] == best[one + 1, other]:
            one += 1
        elif best[one, other] == best[one, other + 1]:
            other += 1
        else:
            chain.append((one, other))
            one, other = one + 1, other + 1
    return chain
