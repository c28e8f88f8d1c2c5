"""Timing of readers: interleaved, in pairs, everything on one thread."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from benchmarks.decoding_clips import Pictures, reference, verdict, wanted
from benchmarks.decoding_readers import Clip, Reader

LIMIT = "limit"
OURS = "aura"
_MOST_APART_WHEN_SCALED = 8.0


@dataclass(frozen=True)
class Reading:
    """How one reader did on one clip.

    Attributes:
        wall_s: Time of each round.
        cpu_s: Processor time of each round.
        verdict: What its frames were, or why there were none.
    """

    wall_s: list[float]
    cpu_s: list[float]
    verdict: str

    @property
    def counts(self) -> bool:
        """Whether it gave the frames it was asked for."""
        return self.verdict in ("identical", "close", "scaled", "none")


def measure_clip(
    clip: Clip,
    readers: Mapping[str, Reader],
    *,
    n: int,
    size: tuple[int, int] | None,
    rounds: int,
) -> dict[str, Reading]:
    """Time every reader on one clip; the first round warms up and is looked at, not timed."""
    indices = wanted(clip, n)
    truth = reference(clip, indices)
    if size is not None:
        truth = np.stack([_scaled(picture, size) for picture in truth])
    verdicts = {name: _tried(read, clip, indices, size, truth) for name, read in readers.items()}
    walls: dict[str, list[float]] = {name: [] for name in readers}
    processors: dict[str, list[float]] = {name: [] for name in readers}
    names = [name for name, said in verdicts.items() if not said.startswith("failed")]
    for number in range(rounds):
        # Each round begins with another reader, so that none is always first.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            wall, processor = time.perf_counter(), time.process_time()
            readers[name](clip, indices, size)
            processors[name].append(round(time.process_time() - processor, 6))
            walls[name].append(round(time.perf_counter() - wall, 6))
    return {name: Reading(walls[name], processors[name], verdicts[name]) for name in readers}


def ratio(reading: Reading, ours: Reading, *, of_cpu: bool = False) -> float | None:
    """Return how many times as long as ours a reader takes: the median of the rounds' pairs."""
    times = (reading.cpu_s, ours.cpu_s) if of_cpu else (reading.wall_s, ours.wall_s)
    if not times[0]:
        return None
    return median(theirs / own for theirs, own in zip(*times, strict=True))


def _scaled(picture: Pictures, size: tuple[int, int]) -> Pictures:
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _tried(
    read: Reader,
    clip: Clip,
    indices: Sequence[int],
    size: tuple[int, int] | None,
    truth: Pictures,
) -> str:
    try:
        given = read(clip, indices, size)
    except Exception as error:  # noqa: BLE001  whatever an opponent raises is its result
        # Its message would name paths of the machine.
        return f"failed: {type(error).__name__}"
    if given.size == 0:
        return "none"
    if size is None:
        return verdict(given, truth)
    if given.shape != truth.shape:
        return f"another shape: {list(given.shape)}"
    # Each reader scales by its own filter; this tells another frame, not another filter.
    apart = float(np.abs(given.astype(np.int16) - truth).mean(axis=(1, 2, 3)).max())
    return "scaled" if apart < _MOST_APART_WHEN_SCALED else f"other frames: {apart:.1f} away"
