"""The stage that reads one file in every way `aura.media` offers, under hard limits."""

import math
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aura.engine import Item, StageOutput
from aura.engine.stage import Scalar
from aura.errors import AuraError
from aura.media import MediaLimits, open_video, probe, read_audio

WAYS = ("probe", "frames_at", "seconds", "stream", "sound")
READ = "read"
PATCHED = "read, but patched otherwise"
"""Decoders patch some damage without a word, with whatever they decoded before."""

_MOST_STREAMED = 400


@dataclass(frozen=True)
class ReadingStage:
    """Reads a file and tells how each way of reading ended.

    What raises anything but `AuraError`, warns or prints ends as an internal error of the stage.

    Attributes:
        limits: What a file may claim.
        memory_bytes: Address space that reading may take beyond what the process has.
    """

    limits: MediaLimits
    memory_bytes: int
    name: str = "reading"
    version: int = 1

    @property
    def settings(self) -> dict[str, int]:
        return {"memory_bytes": self.memory_bytes}

    @property
    def columns(self) -> Mapping[str, type]:
        outcomes: dict[str, type] = dict.fromkeys(WAYS, str)
        return {"video_id": str, **outcomes, "longest_s": float, "peak_mib": int}

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Return one row: for each way "read" or the error, and the time of the longest."""
        ways: dict[str, Callable[[], str | None]] = {
            "probe": lambda: self._probe(item.path),
            "frames_at": lambda: self._frames(item.path),
            "seconds": lambda: self._seconds(item.path),
            "stream": lambda: self._stream(item.path),
            "sound": lambda: self._sound(item.path),
        }
        with _bounded(self.memory_bytes), _silent(folder), warnings.catch_warnings():
            warnings.simplefilter("error")
            ended = {way: _outcome(read) for way, read in ways.items()}
        row: dict[str, Scalar] = {way: outcome for way, (outcome, _) in ended.items()}
        row["video_id"], row["longest_s"] = item.video_id, max(took for _, took in ended.values())
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return StageOutput(rows=({**row, "peak_mib": peak_mib},))

    def _probe(self, path: Path) -> None:
        info = probe(path, limits=self.limits)
        assert info.n_frames >= 1
        assert info.width >= 1 <= info.height
        assert math.isfinite(info.fps) > 0
        assert math.isfinite(info.duration_s)
        assert 0 < info.duration_s <= self.limits.max_duration_s

    def _frames(self, path: Path) -> None:
        with open_video(path, limits=self.limits) as video:
            n_frames = video.n_frames
            wanted = sorted({0, n_frames // 3, n_frames // 2, n_frames - 1})
            frames = video.frames_at(wanted, max_side=96)
            missing = [gap.index for gap in frames.missing]
            assert sorted([*frames.indices.tolist(), *missing]) == wanted
            assert all(gap.reason for gap in frames.missing)
            assert np.isfinite(frames.pts_seconds).all()

    def _seconds(self, path: Path) -> None:
        with open_video(path, limits=self.limits) as video:
            times_s = [0.0, video.info.duration_s * 0.4]
            video.frames_at(seconds=times_s, size=(32, 32))

    def _stream(self, path: Path) -> str:
        with open_video(path, limits=self.limits) as video:
            n_frames = video.n_frames
            found = video.frames_at([n_frames // 2, n_frames - 1], max_side=64)
            wanted = dict(zip(found.indices.tolist(), found.data, strict=True))
            given: list[int] = []
            same = True
            for frame in video.stream(max_side=64):
                given.append(frame.index)
                same &= np.array_equal(frame.data, wanted.get(frame.index, frame.data))
                if frame.index > _MOST_STREAMED:
                    return READ if same else PATCHED
            lost = {gap.index for gap in video.damage}
            assert given == sorted(set(given)), "frames come out of order"
            assert lost | set(given) == set(range(n_frames)), "a frame is neither given nor lost"
            assert lost.isdisjoint(given), "a frame is given and called lost"
            return READ if same else PATCHED

    def _sound(self, path: Path) -> None:
        sound = read_audio(path, limits=self.limits)
        assert sound is None or np.isfinite(sound.samples).all()


def _outcome(read: Callable[[], str | None]) -> tuple[str, float]:
    """Return how reading ended, and the seconds it took."""
    started = time.monotonic()
    try:
        outcome = read() or READ
    except AuraError as error:
        outcome = f"{type(error).__name__}: {error}"
        assert "\n" not in outcome, outcome
    return outcome, time.monotonic() - started


@contextmanager
def _bounded(memory_bytes: int) -> Iterator[None]:
    """Let the address space grow by no more than so much."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + memory_bytes
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def _silent(folder: Path) -> Iterator[None]:
    """Raise if anything, FFmpeg's C code included, was printed meanwhile."""
    log = folder / "printed"
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for saved, number in zip(kept, (1, 2), strict=True):
            os.dup2(saved, number)
            os.close(saved)
        printed = log.read_text(errors="replace")
        log.unlink()
    if printed:
        raise RuntimeError(f"something was printed: {printed[:500]!r}")
