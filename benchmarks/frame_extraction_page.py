"""The page of the frame extraction benchmark."""

from collections.abc import Mapping
from typing import Any

_TARGET = 2.5
_NAMES = {"aura": "`aura frames`", "opencv": "OpenCV and threads"}


def to_markdown(result: Mapping[str, Any]) -> str:
    """Return the results as a page."""
    machine, same = result["machine"], result["identity"]
    lines = [
        "# Frame extraction",
        "",
        "Written by `python -m benchmarks.frame_extraction`; do not edit. Three frames a video, "
        "JPEG quality 95, whole commands measured from outside.",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; load "
        f"before: {machine['load_average_before']}.",
        "",
        "| videos | program | workers | runs | whole command, s | times faster | work alone, s | "
        "times faster | processor time, s | times less | peak memory, MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(line) for line in result["summary"]]
    lines += [
        "",
        "Times faster: than the fastest run of the opponent over the same videos. Work alone "
        "leaves out the interpreter's start, imports and the listing of the folder; the start of "
        "our worker processes is part of it. Processor time is that of all processes, imports "
        "included, and hardly depends on what else the machine does. Memory: "
        f"{result['memory_kind']}, all processes together.",
        "",
        "## Identical frames",
        "",
        f"{same['n_exact']} of our {same['n_frames']} frames equal a decoding from start to end "
        f"with PyAV; {same['n_equal']} equal the opponent's, byte for byte; the opponent did not "
        f"write {same['n_missing']}.",
        "",
        *(f"- {line}" for line in same["other_frame"]),
        "",
        "## Reading",
        "",
        *(f"- {line}" for line in _reading(result["summary"])),
        "",
    ]
    return "\n".join(lines)


def _row(line: Mapping[str, Any]) -> str:
    cells = (
        line["n_videos"],
        _NAMES[line["who"]],
        line["workers"],
        line["n_runs"],
        f"{line['wall_s']:.2f}",
        f"{line['wall_ratio']:.2f}",
        f"{line['work_s']:.2f}",
        f"{line['work_ratio']:.2f}",
        f"{line['cpu_s']:.1f}",
        f"{line['cpu_ratio']:.2f}",
        f"{line['peak_bytes'] / 2**20:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _reading(summary: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for n_videos in dict.fromkeys(line["n_videos"] for line in summary):
        ours = sorted(
            (r for r in summary if r["n_videos"] == n_videos and r["who"] == "aura"),
            key=lambda r: r["workers"],
        )
        one, most = ours[0], ours[-1]
        for kind, words in (("wall", "the whole command"), ("work", "the work alone")):
            ratio = most[f"{kind}_ratio"]
            verdict = "meets" if ratio >= _TARGET else "misses"
            lines.append(
                f"{n_videos} videos: {words} is {ratio:.2f} times faster with {most['workers']} "
                f"workers, which {verdict} the target of {_TARGET}"
            )
        gain = one["work_s"] / most["work_s"]
        lines.append(
            f"{n_videos} videos: {most['workers']} workers do the work {gain:.2f} times as fast "
            "as one"
        )
    return lines
