"""The page of text that the figures of reading are read as."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.decoding_measure import LIMIT, OURS

_METHOD = """\
All readers use one thread, in one process, and take turns in every round; each round is a pair of
every reader with AURA, and a clip's figure is the median of its pairs, a group's the median of its
clips. A figure is how many times as long as AURA a reader takes, opening the file included: above 1
AURA is faster. Only readings with the right frames count: those of decoding from the start with
PyAV, bit for bit or up to rounding. The limit opens the file with PyAV, reads its packets and
decodes those that the frames depend on, known beforehand, and converts nothing; its figure is
AURA's share of the limit. Frames are the centres of equal parts of the clip. In brackets the same
in processor time, which other work on the machine disturbs less."""


def to_markdown(result: Mapping[str, Any]) -> str:
    """Return the page: the targets, the figures, and what they were made on."""
    summary = result["summary"]
    parts = [
        "# Reading frames",
        _METHOD,
        "## Targets",
        _table(
            ["target", "measured", "at least", ""],
            [
                [
                    row["what"],
                    _number(row["measured"]),
                    f"{row['at_least']:g}",
                    "met" if row["met"] else "**missed**",
                ]
                for row in summary["targets"]
            ],
        ),
        "## Single frames",
        *_group_tables(summary["groups"]),
        "## One worker a core",
        _shared_table(summary["shared"]),
        "## Every frame",
        _dense_table(result["dense"]),
        "## Where another reader is faster",
        _slower_table(summary["slower"]),
        "## Who gave other frames",
        _wrong_table(summary["wrong"]),
        "## Memory and probing",
        _memory(result),
        _origin(result),
    ]
    return "\n\n".join(parts) + "\n"


def _group_tables(groups: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for setting in sorted({(group["n"], str(group["size"])) for group in groups}):
        own = [group for group in groups if (group["n"], str(group["size"])) == setting]
        names = [name for name in own[0]["ratios"] if name != OURS]
        names.sort(key=lambda name: name != LIMIT)
        size = "own size" if setting[1] == "None" else "224x224"
        rows = [
            [group["group"], group["n_clips"], f"{group['aura_ms']:.1f}"]
            + [_both(group["ratios"][name]) for name in names]
            for group in own
        ]
        yield f"### {setting[0]} frames, {size}"
        yield _table(["clips", "n", "AURA, ms", *names], rows)
        for group in own:
            if group["limit_over"]:
                most = ", ".join(f"{name} {x:.2f}" for name, x in group["limit_over"].items())
                yield f"The limit itself, {group['group']}: {most}."


def _both(ratio: Mapping[str, Any]) -> str:
    if ratio["median"] is None:
        return "none right"
    return f"{ratio['median']:.2f} ({ratio['cpu_median']:.2f})"


def _shared_table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = [name for name in rows[0]["ratios"] if name != OURS]
    return _table(
        ["frames", "size", "workers", *names],
        [
            [row["n"], "own" if row["size"] is None else "224x224", row["n_workers"]]
            + [f"{row['ratios'][name]:.2f}" for name in names]
            for row in rows
        ],
    )


def _dense_table(rows: Sequence[Mapping[str, Any]]) -> str:
    return _table(
        ["clip", "frames", "AURA, s", "ffmpeg, s", "ratio (processor time)", "same bytes"],
        [
            [
                row["clip"],
                row["n_frames"],
                f"{row['aura_s']:.3f}",
                f"{row['ffmpeg_s']:.3f}",
                f"{row['ratio']:.2f} ({row['cpu_ratio']:.2f})",
                "yes" if row["identical"] else "no",
            ]
            for row in rows
        ],
    )


def _slower_table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "Nowhere."
    return _table(
        ["clip", "frames", "size", "reader", "ratio"],
        [
            [
                row["clip"],
                row["n"],
                "own" if row["size"] is None else "224x224",
                row["reader"],
                f"{row['ratio']:.2f} ({row['cpu_ratio']:.2f})",
            ]
            for row in rows
        ],
    )


def _wrong_table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "Nobody."
    return _table(
        ["clip", "frames", "reader", "what came"],
        [[row["clip"], row["n"], row["reader"], row["verdict"]] for row in rows],
    )


def _memory(result: Mapping[str, Any]) -> str:
    said = ", ".join(
        f"{row['peak_kib'] / 1024:.0f} MiB for {row['minutes']} min ({row['n_frames']} frames)"
        for row in result["memory"]
    )
    times = result["probe_ms"].values()
    return (
        f"Peak memory of a process that opens a video and reads three frames: {said}. "
        f"`probe` takes {median(times):.1f} ms (median; at most {max(times):.1f} ms)."
    )


def _origin(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        f"{result['n_clips']} clips. Machine: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}, load average "
        f"{machine['load_average_before']} before. Versions: {versions}. Made by "
        "`python -m benchmarks.decoding`; all figures are in `decoding.json`."
    )


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
