"""Every frame of a tree read again: what is damaged, what is odd, and what there is."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from aura.frames.checks import BLANK, DUPLICATE, FROZEN, Finding, VideoCheck, check_video
from aura.frames.tree import ExpectedFrame, read_tree
from aura.progress import Progress, Silent

_NAME = "verify"
_QUEUED_PER_THREAD = 4
_OF_THE_PICTURE = frozenset({BLANK, FROZEN, DUPLICATE})


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a tree of frames again brought.

    Where journal or index vouch for every byte, a blank, frozen or repeated picture is what the
    video shows and a remark; where nothing does, it counts as damage.

    Attributes:
        damage: Frames that are missing, cannot be read or are not what was written.
        remarks: Frames to look at.
        unknown: Files in the class folders that are no frames of the tree.
        statistics: Counts and sizes, as JSON can hold them.
    """

    damage: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    unknown: tuple[str, ...]
    statistics: Mapping[str, Any]

    def record(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            **self.statistics,
            "damage": [asdict(finding) for finding in self.damage],
            "remarks": [asdict(finding) for finding in self.remarks],
            "unknown": list(self.unknown),
        }


def verify_frames(
    folder: Path, *, n_threads: int = 1, progress: Progress | None = None
) -> Verification:
    """Read every frame of a tree and return what is wrong with it.

    Frames are decoded one at a time in each thread; what is kept of one is its checksum and size.

    Raises:
        DataError: It is no folder of frames.
    """
    tree, progress = read_tree(folder), progress or Silent()
    progress.start(_NAME, total=len(tree.videos))
    findings: list[Finding] = []
    first: dict[bytes, str] = {}
    statistics = _Statistics()
    for check in _checked(folder, tree.videos.values(), n_threads=n_threads):
        findings += check.findings
        findings += _duplicates(check, first)
        statistics.add(check)
        progress.advance(_NAME)
    progress.finish(_NAME, note=f"{len(findings)} findings" if findings else "")
    odd = [f for f in findings if tree.is_recorded and f.kind in _OF_THE_PICTURE]
    bad = [f for f in findings if not (tree.is_recorded and f.kind in _OF_THE_PICTURE)]
    return Verification(
        damage=tuple(bad),
        remarks=tuple(odd),
        unknown=tree.unknown,
        statistics={
            "folder": str(folder),
            "n_videos": len(tree.videos),
            "n_expected": sum(len(frames) for frames in tree.videos.values()),
            "is_recorded": tree.is_recorded,
            **statistics.record(),
            "findings": dict(sorted(Counter(f.kind for f in findings).items())),
        },
    )


def _checked(
    folder: Path, videos: Iterable[Sequence[ExpectedFrame]], *, n_threads: int
) -> Iterator[VideoCheck]:
    """Yield the check of each video in order; no more than a few wait at a time."""
    waiting = iter(videos)
    with ThreadPoolExecutor(n_threads) as pool:
        pending: deque[Future[VideoCheck]] = deque(
            pool.submit(check_video, folder, frames)
            for frames in islice(waiting, n_threads * _QUEUED_PER_THREAD)
        )
        while pending:
            yield pending.popleft().result()
            for frames in islice(waiting, 1):
                pending.append(pool.submit(check_video, folder, frames))


def _duplicates(check: VideoCheck, first: dict[bytes, str]) -> Iterator[Finding]:
    """Yield a finding for each frame that a frame of an earlier video equals; note the others."""
    new: dict[bytes, str] = {}
    for file, digest in check.digests.items():
        if digest in first:
            yield Finding(file, DUPLICATE, f"the same bytes as {first[digest]} of another video")
        else:
            new.setdefault(digest, file)
    first.update(new)


class _Statistics:
    """Counts that grow with the number of different sizes, not with that of frames."""

    def __init__(self) -> None:
        self._classes: Counter[str] = Counter()
        self._resolutions: Counter[str] = Counter()
        self._bytes: list[int] = []

    def add(self, check: VideoCheck) -> None:
        self._classes.update(file.partition("/")[0] for file in check.digests)
        self._resolutions.update(f"{width}x{height}" for width, height, _ in check.sizes)
        self._bytes += [n_bytes for _, _, n_bytes in check.sizes]

    def record(self) -> dict[str, Any]:
        sizes = np.array(self._bytes or [0])
        return {
            "n_read": len(self._bytes),
            "classes": dict(sorted(self._classes.items())),
            "resolutions": dict(self._resolutions.most_common()),
            "size_bytes": {
                "total": int(sizes.sum()),
                "smallest": int(sizes.min()),
                "median": int(np.median(sizes)),
                "largest": int(sizes.max()),
            },
        }
