"""From single runs to medians and the ratios between them."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.phases import PHASES
from benchmarks.scaling_run import RunRecord


def summarise(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return medians for each number of videos and workers, and the ratios between them.

    ``marginal_s`` is what one further video costs between one number of videos and the next; what
    every run costs once, its start above all, cancels out. In linear work it stays the same.
    """
    scales = sorted({record.scale for record in records})
    workers = sorted({record.workers for record in records})
    cells = {
        (scale, n): _medians([r for r in records if (r.scale, r.workers) == (scale, n)])
        for scale in scales
        for n in workers
    }
    few, many = workers[0], workers[-1]
    return {
        "cells": list(cells.values()),
        "speed_up": [_speed_up(cells[scale, few], cells[scale, many]) for scale in scales]
        if few != many
        else [],
        "growth": [_growth([cells[scale, n] for scale in scales]) for n in workers],
        "same_predictions": _same_predictions(records),
    }


def _medians(records: Sequence[RunRecord]) -> dict[str, Any]:
    def median(value: Callable[[RunRecord], float]) -> float:
        return statistics.median(value(record) for record in records)

    first = records[0]
    wall_s = median(lambda r: r.wall_s)
    return {
        "scale": first.scale,
        "n_videos": first.n_videos,
        "workers": first.workers,
        "n_runs": len(records),
        "wall_s": wall_s,
        "wall_s_range": [min(r.wall_s for r in records), max(r.wall_s for r in records)],
        "videos_per_s": first.n_videos / wall_s,
        "s_per_video": wall_s / first.n_videos,
        "phases_s": {name: median(lambda r, n=name: r.phases_s[n]) for name in PHASES},
        "steps_s": {name: median(lambda r, n=name: r.steps_s[n]) for name in first.steps_s},
        "peak_bytes": median(lambda r: r.peak_bytes),
        "peak_bytes_by_phase": {
            name: median(lambda r, n=name: r.peak_bytes_by_phase[n]) for name in PHASES
        },
        "largest_process_rss_bytes": median(lambda r: r.largest_process_rss_bytes),
        "sampler_cpu_share": median(lambda r: r.sampler_cpu_s / r.wall_s),
    }


def _speed_up(few: Mapping[str, Any], many: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n_videos": few["n_videos"],
        "workers": [few["workers"], many["workers"]],
        "stages": few["phases_s"]["stages"] / many["phases_s"]["stages"],
        "whole": few["wall_s"] / many["wall_s"],
    }


def _growth(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how one number of workers fares from the fewest videos to the most."""
    first, last = cells[0], cells[-1]
    return {
        "workers": first["workers"],
        "n_videos": [cell["n_videos"] for cell in cells],
        "s_per_video_ratio": [cell["s_per_video"] / first["s_per_video"] for cell in cells],
        "marginal_s": [
            (more["wall_s"] - less["wall_s"]) / (more["n_videos"] - less["n_videos"])
            for less, more in pairwise(cells)
        ],
        "peak_ratio": last["peak_bytes"] / first["peak_bytes"],
        "peak_ratio_by_phase": {
            name: last["peak_bytes_by_phase"][name] / first["peak_bytes_by_phase"][name]
            for name in PHASES
            if first["peak_bytes_by_phase"][name]
        },
    }


def _same_predictions(records: Sequence[RunRecord]) -> bool:
    """Say whether the same videos always gave the same bytes, whatever the number of workers."""
    by_scale: dict[int, set[str]] = {}
    for record in records:
        by_scale.setdefault(record.scale, set()).add(record.predictions_sha256)
    return all(len(found) == 1 for found in by_scale.values())
