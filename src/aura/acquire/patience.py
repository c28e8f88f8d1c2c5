"""Asking a server again, a bounded number of times and never faster than it wishes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aura.errors import DownloadError

ResultT = TypeVar("ResultT")


class BusyError(Exception):
    """An attempt that failed in a way that may pass.

    Args:
        message: What happened.
        wait_s: How long the server asks to wait; None when it says nothing.
        reached: How far the attempt got. Only one that got further than all before it counts as
            progress: a server that breaks off at the same place each time must not be asked
            for ever.
    """

    def __init__(self, message: str, *, wait_s: float | None = None, reached: int = 0) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.reached = reached


@dataclass(frozen=True)
class Patience:
    """How often, and after which waits, something is asked for again.

    Args:
        attempts: Attempts in a row that bring nothing before giving up.
        first_wait_s: Wait before the second attempt; it doubles from then on.
        max_wait_s: Longest wait; a server that asks for more is given up at once.
        log: Is told of every wait.
        sleep: Waits; tests pass their own.
    """

    attempts: int
    first_wait_s: float
    max_wait_s: float
    log: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def ask(self, attempt: Callable[[], ResultT]) -> ResultT:
        """Return what ``attempt`` returns, calling it again while it raises `BusyError`.

        Raises:
            DownloadError: The attempts are used up, or the server asks for too long a wait.
        """
        barren = furthest = 0
        while True:
            try:
                return attempt()
            except BusyError as busy:
                barren = 1 if busy.reached > furthest else barren + 1
                furthest = max(furthest, busy.reached)
                if barren >= self.attempts:
                    raise DownloadError(
                        f"{busy}; gave up after {barren} attempts without progress. What has "
                        "arrived is kept: run the same command again to go on"
                    ) from busy
                wait_s = self._wait_s(busy, barren)
                self.log(f"{busy}; asking again in {wait_s:.0f} s")
                self.sleep(wait_s)

    def _wait_s(self, busy: BusyError, barren: int) -> float:
        if busy.wait_s is None:
            return min(self.max_wait_s, self.first_wait_s * 2 ** (barren - 1))
        if busy.wait_s > self.max_wait_s:
            raise DownloadError(
                f"{busy}; the server asks to wait {busy.wait_s:.0f} s, more than "
                f"download.kaggle.max_wait_s={self.max_wait_s:.0f}. What has arrived is kept: "
                "run the same command again later"
            ) from busy
        return max(busy.wait_s, self.first_wait_s)
