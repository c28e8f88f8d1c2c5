"""What the rows of the Fake Video Corpus amount to: videos, cascades that belong together, facts.

Pure functions over metadata rows; no file is needed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aura.datasets.fvc_metadata import FvcRow


@dataclass(frozen=True, slots=True)
class FvcVideo:
    """One video of the corpus and the rows that name it, in their order."""

    key: str
    rows: tuple[FvcRow, ...]
    group: str

    @property
    def cascades(self) -> tuple[str, ...]:
        """Return the cascades its rows put it in, in their natural order."""
        return tuple(sorted({row.cascade for row in self.rows if row.cascade}, key=_natural))


@dataclass(frozen=True, slots=True)
class CorpusSummary:
    """Counts of the metadata, each over rows unless its name says otherwise.

    Attributes:
        n_rows: Rows by file.
        labels: Rows by label word.
        labels_by_file: Rows by file and label word.
        platforms_by_file: Rows by file and platform; an address not understood counts as other.
        labels_by_platform: Rows by platform and label word.
        n_videos: Different videos.
        n_cascades: Different cascades.
        n_groups: Cascades left when those that share a video are one.
        merged: The cascades that are one, each family in natural order.
        conflicts: The rows of each video that rows label differently.
        n_real_in_fake_cascades: Rows labelled real in cascades whose id begins with f.
    """

    n_rows: Mapping[str, int]
    labels: Mapping[str, int]
    labels_by_file: Mapping[str, Mapping[str, int]]
    platforms_by_file: Mapping[str, Mapping[str, int]]
    labels_by_platform: Mapping[str, Mapping[str, int]]
    n_videos: int
    n_cascades: int
    n_groups: int
    merged: tuple[tuple[str, ...], ...]
    conflicts: tuple[tuple[FvcRow, ...], ...]
    n_real_in_fake_cascades: int


def corpus_videos(rows: Sequence[FvcRow]) -> tuple[FvcVideo, ...]:
    """Return the videos the rows name, in the order of their first rows.

    Rows whose addresses lead to one video are one video, and all cascades it is in are one group,
    which bears the name of the first of them in natural order. A video without a cascade is a
    group of its own, without a name.
    """
    by_key: dict[str, list[FvcRow]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    group_of = _groups(rows)
    return tuple(
        FvcVideo(key, tuple(own), group_of.get(next((r.cascade for r in own if r.cascade), ""), ""))
        for key, own in by_key.items()
    )


def corpus_summary(rows: Sequence[FvcRow]) -> CorpusSummary:
    """Return the facts of the corpus."""
    videos = corpus_videos(rows)
    families: dict[str, set[str]] = {}
    for cascade, group in _groups(rows).items():
        families.setdefault(group, set()).add(cascade)
    return CorpusSummary(
        n_rows=Counter(row.file for row in rows),
        labels=Counter(_word(row) for row in rows),
        labels_by_file=_counts((row.file, _word(row)) for row in rows),
        platforms_by_file=_counts((row.file, _platform(row)) for row in rows),
        labels_by_platform=_counts((_platform(row), _word(row)) for row in rows),
        n_videos=len(videos),
        n_cascades=len({row.cascade for row in rows if row.cascade}),
        n_groups=len(families),
        merged=tuple(
            tuple(sorted(family, key=_natural))
            for _, family in sorted(families.items(), key=lambda item: _natural(item[0]))
            if len(family) > 1
        ),
        conflicts=tuple(
            video.rows for video in videos if len({_word(row) for row in video.rows}) > 1
        ),
        n_real_in_fake_cascades=sum(
            _word(row) == "real" and row.cascade.startswith("f") for row in rows
        ),
    )


def _groups(rows: Sequence[FvcRow]) -> dict[str, str]:
    """Return the group of each cascade: the first of those it is tied to, itself included."""
    parent = {row.cascade: row.cascade for row in rows if row.cascade}

    def first(cascade: str) -> str:
        while parent[cascade] != cascade:
            cascade = parent[cascade]
        return cascade

    cascade_of: dict[str, str] = {}
    for row in rows:
        if row.cascade:
            ends = (first(row.cascade), first(cascade_of.setdefault(row.key, row.cascade)))
            low, high = sorted(ends, key=_natural)
            parent[high] = low
    return {cascade: first(cascade) for cascade in parent}


def _counts(pairs: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for outer, inner in pairs:
        counts.setdefault(outer, Counter())[inner] += 1
    return counts


def _word(row: FvcRow) -> str:
    return (row.word or "").strip().casefold()


def _platform(row: FvcRow) -> str:
    return "other" if row.video is None else row.video.platform


def _natural(name: str) -> tuple[str, int, str]:
    """Sort f9 before f10.

    >>> sorted(["f10", "r1", "f9"], key=_natural)
    ['f9', 'f10', 'r1']
    """
    parts = re.fullmatch(r"(\D*)(\d+)", name)
    return (parts[1], int(parts[2]), name) if parts else (name, -1, name)
