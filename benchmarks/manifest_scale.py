"""How ``aura data audit`` and ``aura data split`` scale: ten thousand to a million videos.

    python -m benchmarks.manifest_scale

Writes ``manifest_scale.json`` and ``manifest_scale.md``. Each command runs in a process of its
own, with everything it loads and reads counted. Measure on a machine that does nothing else.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.tables import VIDEOS
from aura.versions import all_versions
from benchmarks.machine import machine_facts
from benchmarks.manifest_rows import synthetic_manifest
from benchmarks.process_tree import MEMORY_KIND, measure

_RESULTS = Path(__file__).parent / "results"
_MIB = 1 << 20
_TARGET_VIDEOS, _LIMIT_S, _LIMIT_BYTES = 1_000_000, 60, 4 << 30
"""What so many videos may take, audited and split."""

_COMMANDS = {
    "audit, folds dealt out by row": ("data", "audit", "--json", "-q"),
    "split": ("data", "split", "-q"),
    "audit, folds of whole groups": ("data", "audit", "--json", "-q"),
}
"""The commands in their order, on one manifest; the first finds leaks, the last finds none."""

# An audit that finds something ends with 1, which is no failure of the measurement.
_CHILD = (
    "import sys; from aura.cli import main\n"
    "try: main()\n"
    "except SystemExit as end: sys.exit(0 if end.code in (None, 0, 1) else end.code)"
)


@dataclass(frozen=True, slots=True)
class Timing:
    """One command on one manifest; ``found`` is what the audit said, empty for a split."""

    n_videos: int
    command: str
    wall_s: float
    peak_bytes: int
    found: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=_RESULTS, help="folder for the results")
    parser.add_argument(
        "--videos", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="table sizes"
    )
    options = parser.parse_args(arguments)
    machine = machine_facts()
    timings: list[Timing] = []
    with tempfile.TemporaryDirectory() as folder:
        for n in sorted(set(options.videos)):
            timings.extend(_measured(n, Path(folder)))
    result = {
        "machine": machine,
        "versions": all_versions(),
        "memory_kind": MEMORY_KIND,
        "timings": [asdict(one) for one in timings],
    }
    write_text(options.out / "manifest_scale.json", json.dumps(result, indent=1) + "\n")
    write_text(options.out / "manifest_scale.md", to_markdown(result))
    print(options.out / "manifest_scale.md")


def _measured(n: int, folder: Path) -> list[Timing]:
    manifest = folder / f"videos_{n}.parquet"
    VIDEOS.write(synthetic_manifest(n), manifest)
    timings: list[Timing] = []
    for name, (group, command, *options) in _COMMANDS.items():
        printed = folder / "printed.txt"
        run = measure(
            [sys.executable, "-c", _CHILD, group, command, str(manifest), *options],
            stdout=printed,
            interval_s=0.05,
        )
        peak = max((sample.total_bytes for sample in run.memory), default=0)
        found = json.loads(printed.read_text())["verdict"] if command == "audit" else ""
        timings.append(Timing(n, name, run.wall_s, peak, found))
        print(f"{n} videos, {name}: {run.wall_s:.1f} s, {peak / _MIB:.0f} MiB", file=sys.stderr)
    return timings


def to_markdown(result: dict[str, Any]) -> str:
    """Return the page: what the figures say, the figures, and what they were made on."""
    timings = [Timing(**one) for one in result["timings"]]
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    rows = [
        f"| {one.n_videos:,} | {one.command} | {one.wall_s:.1f} | "
        f"{1e6 * one.wall_s / one.n_videos:.0f} | {one.peak_bytes / _MIB:.0f} | {one.found} |"
        for one in timings
    ]
    paragraphs = (
        "# Scaling of `aura data audit` and `aura data split`",
        _reading(timings),
        "\n".join(
            [
                "| videos | command | s | µs a video | peak memory, MiB | what it said |",
                "| ---: | --- | ---: | ---: | ---: | --- |",
                *rows,
            ]
        ),
        "Synthetic manifests (`benchmarks/manifest_rows.py`) with declared groups, persons, exact "
        "copies, near-duplicates and URLs. Each command is a process of its own; start-up, "
        "reading and printing count. The panels of an audit fit at most 20,000 videos and cost "
        "about the same at any size. No video is opened. Peak memory is the "
        f"{result['memory_kind'].upper()}, sampled every 0.05 s or less often.",
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, load average {machine['load_average_before']} before. Versions: "
        f"{versions}. Made by `python -m benchmarks.manifest_scale`.",
    )
    return "\n\n".join(paragraphs) + "\n"


def _reading(timings: Sequence[Timing]) -> str:
    """Return in words what the figures say; nothing in it is fixed beforehand."""
    sizes = sorted({one.n_videos for one in timings})
    largest = [one for one in timings if one.n_videos == sizes[-1]]
    audit = max(one.wall_s for one in largest if "audit" in one.command)
    split = next(one.wall_s for one in largest if one.command == "split")
    peak = max(one.peak_bytes for one in largest)
    sentences = [
        f"{sizes[-1]:,} videos are audited (the slower of two audits) and split in "
        f"{audit + split:.0f} s with at most {peak / _MIB:.0f} MiB."
    ]
    if sizes[-1] >= _TARGET_VIDEOS:
        is_met = audit + split <= _LIMIT_S and peak <= _LIMIT_BYTES
        sentences.append(
            f"The target for {_TARGET_VIDEOS:,}, {_LIMIT_S} s and {_LIMIT_BYTES / _MIB:.0f} MiB, "
            f"is {'met' if is_met else 'MISSED'}."
        )
    if len(sizes) > 1:
        growth = ", ".join(
            f"{one.command} {one.wall_s / _same(timings, one, sizes[0]).wall_s:.1f} times"
            for one in largest
        )
        sentences.append(f"{sizes[-1] / sizes[0]:g} times the videos take: {growth} the time.")
    return " ".join(sentences)


def _same(timings: Sequence[Timing], other: Timing, n_videos: int) -> Timing:
    return next(o for o in timings if o.command == other.command and o.n_videos == n_videos)


if __name__ == "__main__":
    main()
