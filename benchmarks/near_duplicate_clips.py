"""How many versions of real clips are found, how many pairs are false, and what a clip costs."""

import csv
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean, median
from typing import Any

from aura.duplicates import DuplicateConfig, fingerprint_video, near_duplicate_pairs
from aura.media import open_video, probe, uniform_indices
from benchmarks.near_duplicate_versions import VERSIONS

ORIGINAL = "as it is"
SAME_BY_EYE = frozenset(
    {
        frozenset(
            {
                "fake/gen_turbowan2_2-i2v-a14b_astronaut.mp4",
                "fake/gen_wan2_1-i2v-14b_astronaut.mp4",
            }
        )
    }
)
"""Clips that the table puts into different groups and that begin with one and the same picture:
two generators were given the same still image to animate."""

Name = tuple[str, str]
"""A clip, and the version of it."""


def read_groups(table: Path) -> dict[str, str]:
    """Return the group of each clip; clips of one group may share footage."""
    with table.open(newline="", encoding="utf-8") as stream:
        return {row["file"]: row["group"] for row in csv.DictReader(stream)}


def fingerprints_of(paths: Mapping[Name, Path]) -> dict[Name, str]:
    """Return the fingerprint of every file."""
    config = DuplicateConfig()
    return {name: fingerprint_video(path, config).to_text() for name, path in paths.items()}


def judge(texts: Mapping[Name, str], groups: Mapping[str, str]) -> dict[str, Any]:
    """Return recall and precision of each kind of version, and the pairs that are false.

    A clip as it is, and one version of the same clip, should be tied. A clip as it is, and a
    version of a clip of another group, should not. All files are searched together.
    """
    names = list(texts)
    ids = [f"{place:06d}" for place in range(len(names))]
    pairs = near_duplicate_pairs(ids, list(texts.values()))
    tied = {
        frozenset({names[int(first)], names[int(second)]})
        for first, second in pairs.select("first", "second").iter_rows()
    }
    clips = sorted(groups)
    kinds = [version.name for version in VERSIONS]
    foreign = [pair for pair in tied if len({groups[clip] for clip, _ in pair}) == 2]
    return {
        "n_files": len(names),
        "n_pairs_compared": len(names) * (len(names) - 1) // 2,
        "n_pairs_tied": len(tied),
        "n_pairs_tied_across_groups": len(foreign),
        "clips_tied_across_groups": sorted({tuple(sorted({c for c, _ in p})) for p in foreign}),
        "versions": [_judge_kind(kind, clips, groups, tied) for kind in kinds],
    }


def _judge_kind(
    kind: str, clips: list[str], groups: Mapping[str, str], tied: set[frozenset[Name]]
) -> dict[str, Any]:
    found = [clip for clip in clips if frozenset({(clip, ORIGINAL), (clip, kind)}) in tied]
    false = [
        frozenset({one, other})
        for one in clips
        for other in clips
        if groups[one] != groups[other] and frozenset({(one, ORIGINAL), (other, kind)}) in tied
    ]
    unexplained = [pair for pair in false if pair not in SAME_BY_EYE]
    return {
        "version": kind,
        "recall": len(found) / len(clips),
        "precision": _precision(len(found), len(unexplained)),
        "precision_by_table": _precision(len(found), len(false)),
        "missed": sorted(set(clips) - set(found)),
    }


def _precision(n_right: int, n_wrong: int) -> float | None:
    return n_right / (n_right + n_wrong) if n_right + n_wrong else None


def measure_cost(clips: list[Path]) -> dict[str, float]:
    """Return seconds a clip of taking a fingerprint, and of reading some frames of it."""
    ways: dict[str, Callable[[Path], object]] = {
        "probe": probe,
        "3 frames at 224 pixels": lambda path: _read(path, 3),
        "16 frames at 224 pixels": lambda path: _read(path, 16),
        "fingerprint": lambda path: fingerprint_video(path, DuplicateConfig()),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for path in clips:
        probe(path)  # Once before, so that all ways find the file in the system's cache.
        for way, work in ways.items():
            start_s = time.perf_counter()
            work(path)
            seconds[way].append(time.perf_counter() - start_s)
    figures: dict[str, float] = {}
    for way, taken in seconds.items():
        figures[f"{way}, mean"] = mean(taken)
        figures[f"{way}, median"] = median(taken)
    return figures


def _read(path: Path, n: int) -> object:
    with open_video(path) as video:
        return video.frames_at(uniform_indices(video.n_frames, n), size=(224, 224))
