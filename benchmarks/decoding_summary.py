"""From single readings to medians by kind of clip, and to the targets."""

from collections.abc import Mapping, Sequence
from statistics import geometric_mean, median
from typing import Any

from benchmarks.decoding_measure import LIMIT, OURS

_B_FRAMES = "h264 with B-frames"
_MIN_OF_LIMIT = 0.95
_MIN_FULL_SIZE, _MIN_SMALL, _MIN_SHARED = 1.6, 1.8, 1.8
_MIN_DENSE = 0.95
_MAX_GROWTH_KIB = 16 * 1024


def summarise(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the medians and the targets, each with what was measured and whether it is met."""
    groups = _groups(result["rows"])
    return {
        "groups": groups,
        "slower": _slower(result["rows"]),
        "wrong": _wrong(result["rows"]),
        "shared": [_shared(row) for row in result["shared"]],
        "targets": _targets(result, groups),
    }


def _groups(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return for each setting and kind of clip the median of each reader's ratios to ours."""
    keys = sorted({(row["n"], str(row["size"]), row["group"]) for row in rows})
    return [_group(rows, n=n, size=size, group=group) for n, size, group in keys]


def _group(rows: Sequence[Mapping[str, Any]], *, n: int, size: str, group: str) -> dict[str, Any]:
    own = [r for r in rows if (r["n"], str(r["size"]), r["group"]) == (n, size, group)]
    ratios = {}
    for name in own[0]["readers"]:
        readings = [row["readers"][name] for row in own]
        counted = [reading["ratio"] for reading in readings if reading["counts"]]
        ratios[name] = {
            "median": median(counted) if counted else None,
            "mean": geometric_mean(counted) if counted else None,
            "cpu_median": median(r["cpu_ratio"] for r in readings if r["counts"])
            if counted
            else None,
            "n_right": len(counted),
        }
    return {
        "limit_over": {} if LIMIT not in ratios else _of_limit(own),
        "n": n,
        "size": None if size == "None" else size,
        "group": group,
        "n_clips": len(own),
        "aura_ms": 1e3 * median(median(row["readers"][OURS]["wall_s"]) for row in own),
        "ratios": ratios,
    }


def _of_limit(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how many times as long as the limit each reader takes: the most AURA could reach."""
    names = [name for name in rows[0]["readers"] if name not in (OURS, LIMIT)]
    times = {
        name: [
            median(
                theirs / least
                for theirs, least in zip(
                    row["readers"][name]["wall_s"], row["readers"][LIMIT]["wall_s"], strict=True
                )
            )
            for row in rows
            if row["readers"][name]["counts"]
        ]
        for name in names
    }
    return {name: median(values) for name, values in times.items() if values}


def _slower(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the clips on which a reader that gave the right frames was faster than ours."""
    return [
        {"clip": row["clip"], "n": row["n"], "size": row["size"], "reader": name}
        | {"ratio": reading["ratio"], "cpu_ratio": reading["cpu_ratio"]}
        for row in rows
        for name, reading in row["readers"].items()
        if name not in (OURS, LIMIT) and reading["counts"] and reading["ratio"] < 1
    ]


def _wrong(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return who gave other frames than those asked for, or none."""
    return [
        {"clip": row["clip"], "n": row["n"], "reader": name, "verdict": reading["verdict"]}
        for row in rows
        for name, reading in row["readers"].items()
        if not reading["counts"]
    ]


def _shared(row: Mapping[str, Any]) -> dict[str, Any]:
    ours = row["times_s"][OURS]
    return {
        "n": row["n"],
        "size": row["size"],
        "n_workers": row["n_workers"],
        "ratios": {
            name: median(theirs / own for theirs, own in zip(times, ours, strict=True))
            for name, times in row["times_s"].items()
        },
    }


def _targets(
    result: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    targets = []

    def add(what: str, measured: float | None, at_least: float) -> None:
        met = measured is not None and measured >= at_least
        targets.append({"what": what, "measured": measured, "at_least": at_least, "met": met})

    exact = [row["readers"][OURS]["verdict"] for row in result["rows"] if row["size"] is None]
    add(
        "share of readings bit-identical to decoding in order",
        exact.count("identical") / len(exact),
        1.0,
    )
    for group in groups:
        ratios, name = group["ratios"], f"{group['n']} frames, {group['group']}"
        if group["size"] is None:
            add(f"{name}: share of the limit", ratios[LIMIT]["median"], _MIN_OF_LIMIT)
        if group["group"] != _B_FRAMES:
            continue
        floor = _MIN_FULL_SIZE if group["size"] is None else _MIN_SMALL
        against = ["torchcodec exact"] if group["size"] is None else ["torchcodec exact", "decord"]
        for other in against:
            place = "own size" if group["size"] is None else "224x224"
            add(f"{name}, {place}: times {other}", ratios[other]["median"], floor)
    for row in result["shared"]:
        place = "own size" if row["size"] is None else "224x224"
        add(
            f"{row['n']} frames, {place}, one worker a core: times torchcodec exact",
            _shared(row)["ratios"]["torchcodec exact"],
            _MIN_SHARED,
        )
    n_slower = len({(row["clip"], row["n"], str(row["size"])) for row in _slower(result["rows"])})
    add(
        "share of readings that no other reader with the right frames is faster at",
        1 - n_slower / len(result["rows"]),
        1.0,
    )
    add(
        "every frame: times the ffmpeg program, median",
        median(row["ratio"] for row in result["dense"]),
        _MIN_DENSE,
    )
    add(
        "every frame: share of clips bit-identical to the ffmpeg program's",
        sum(row["identical"] for row in result["dense"]) / len(result["dense"]),
        1.0,
    )
    short, long = result["memory"][0], result["memory"][-1]
    add(
        "MiB to spare below 16 MiB more memory for an hour than for a minute",
        (_MAX_GROWTH_KIB - (long["peak_kib"] - short["peak_kib"])) / 1024,
        0.0,
    )
    return targets
