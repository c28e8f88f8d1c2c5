"""Whose turn it is: platforms one after another, and none more often than it should be asked."""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence

from aura.acquire.availability import DISCOURAGING, State
from aura.acquire.corpus_addresses import Address
from aura.acquire.download_config import CorpusDownloadConfig


class Turns:
    """Gives out addresses, each when the pause of its platform is over.

    A platform that refuses several times in a row is left alone; ``left_alone`` says so.

    Args:
        addresses: All that are to be asked, in the order within a platform.
        config: The pauses.
        sleep: Waits.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        config: CorpusDownloadConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.left_alone: list[str] = []
        self._config = config
        self._sleep = sleep
        self._queues: dict[str, deque[Address]] = {}
        for address in addresses:
            self._queues.setdefault(address.platform, deque()).append(address)
        self._ready_at_s = dict.fromkeys(self._queues, 0.0)
        self._refusals = Counter[str]()

    def __iter__(self) -> Iterator[Address]:
        while self._queues:
            platform = min(self._queues, key=lambda name: self._ready_at_s[name])
            wait_s = self._ready_at_s[platform] - time.monotonic()
            if wait_s > 0:
                self._sleep(wait_s)
            yield self._queues[platform].popleft()
            if not self._queues[platform]:
                del self._queues[platform]
            elif self._refusals[platform] >= self._config.give_up_after:
                self.left_alone.append(self._farewell(platform))
                del self._queues[platform]

    def answered(self, address: Address, state: State) -> None:
        """Take note of an answer: its platform rests now."""
        pause_s = _pause_s(address, self._config)
        self._ready_at_s[address.platform] = time.monotonic() + pause_s
        if state in DISCOURAGING:
            self._refusals[address.platform] += 1
        else:
            self._refusals[address.platform] = 0

    def _farewell(self, platform: str) -> str:
        return (
            f"{platform} was left alone after {self._refusals[platform]} refusals in a row, "
            f"{len(self._queues[platform])} addresses before the end; run the same command again "
            "later, perhaps with a larger download.corpus.pause_s"
        )


def _pause_s(address: Address, config: CorpusDownloadConfig) -> float:
    """Return the pause after a video; it varies from one to the next, not from run to run."""
    share = hashlib.blake2b(address.key.encode(), digest_size=1).digest()[0] / 255
    return config.pause_s * (1 + config.pause_jitter * (2 * share - 1))
