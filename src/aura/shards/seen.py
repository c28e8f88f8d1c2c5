"""The ids that were written, in 16 bytes each."""

import hashlib
from collections.abc import Iterable

import numpy as np

_DIGEST_BYTES = 16
_RECENT = 1 << 14


class SeenIds:
    """A set of texts that grows by 16 bytes an element.

    Digests lie in sorted runs of falling length, the last ones in a set; a run is merged with the
    next once they are of like length. Two of ten million ids share a digest with a probability of
    10⁻²⁵.

    >>> seen = SeenIds()
    >>> seen.add("a")
    >>> "a" in seen, "b" in seen, len(seen)
    (True, False, 1)
    """

    def __init__(self) -> None:
        self._recent: set[bytes] = set()
        self._runs: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._recent) + sum(len(run) for run in self._runs)

    def __contains__(self, text: str) -> bool:
        digest = _digest(text)
        return digest in self._recent or any(_holds(run, digest) for run in self._runs)

    def add(self, text: str) -> None:
        """Take in one text that is not yet in."""
        self._recent.add(_digest(text))
        if len(self._recent) >= _RECENT:
            self._runs.append(_sorted(self._recent))
            self._recent = set()
            while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
                later, earlier = self._runs.pop(), self._runs.pop()
                self._runs.append(np.sort(np.concatenate([earlier, later])))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


def _sorted(digests: Iterable[bytes]) -> np.ndarray:
    # NumPy's fixed-width bytes ignore zeros at the end, which changes no comparison of digests of
    # one length.
    return np.sort(np.array(list(digests), dtype=f"S{_DIGEST_BYTES}"))


def _holds(run: np.ndarray, digest: bytes) -> bool:
    wanted = np.array(digest, dtype=run.dtype)
    place = int(np.searchsorted(run, wanted))
    return place < len(run) and bool(run[place] == wanted)
