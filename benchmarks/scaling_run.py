"""One measured ``aura run`` over a number of generated videos."""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aura.datasets.demo import DEMO_VERSION, DemoConfig, generate_demo
from aura.fingerprint import fingerprint, sha256_of
from benchmarks.phases import peak_bytes, phase_spans, step_spans
from benchmarks.process_tree import CommandFailed, measure

SETTINGS = (
    "split.folds=2",
    "split.test=0",
    "training.epochs=2",
    "training.validation_folds=2",
    "training.accelerator=cpu",
    "evaluation.n_bootstrap=200",
)
"""Small folds and few epochs, so that the work a video costs does not depend on their number."""

VIDEOS_PER_GROUP = 4
SAMPLE_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The figures of one run; memory in bytes, times in seconds."""

    scale: int
    n_videos: int
    workers: int
    repeat: int
    wall_s: float
    phases_s: dict[str, float]
    steps_s: dict[str, float]
    peak_bytes: int
    peak_bytes_by_phase: dict[str, int]
    largest_process_rss_bytes: int
    n_memory_samples: int
    sampler_cpu_s: float
    predictions_sha256: str


def demo_config(n_groups: int) -> DemoConfig:
    """Return the videos to measure on: all of one size and length, whatever their number."""
    return DemoConfig(
        n_groups=n_groups,
        takes_per_group=VIDEOS_PER_GROUP // 2,
        n_held_out=1,
        widths=(128,),
        heights=(96,),
        frame_rates=(24,),
        min_duration_s=1.0,
        max_duration_s=1.0,
    )


def make_videos(cache: Path, *, n_groups: int, workers: int) -> Path:
    """Return the table of the videos, generated unless ``cache`` holds them already."""
    config = demo_config(n_groups)
    name = fingerprint(DEMO_VERSION, config.model_dump(mode="json"))[:12]
    return generate_demo(
        cache / f"{n_groups}_groups_{name}", config=config, workers=workers
    ).absolute()


def measure_run(table: Path, *, scale: int, n_videos: int, workers: int, repeat: int) -> RunRecord:
    """Run ``aura run`` in a process and a folder of its own and return its figures.

    Raises:
        CommandFailed: It did not end well or did not use every video.
    """
    with tempfile.TemporaryDirectory(prefix="aura-benchmark-") as scratch:
        out, stdout = Path(scratch) / "run", Path(scratch) / "stdout.json"
        command = [sys.executable, "-m", "aura", "run", "--json", "--data", str(table)]
        command += ["--out", str(out), f"engine.workers={workers}", *SETTINGS]
        measured = measure(command, stdout=stdout, interval_s=SAMPLE_INTERVAL_S)
        _require_all_used(stdout, n_videos)
        predictions = sha256_of(out / "predictions.parquet")
    steps = step_spans(measured.lines)
    phases = phase_spans(steps, wall_s=measured.wall_s)
    return RunRecord(
        scale=scale,
        n_videos=n_videos,
        workers=workers,
        repeat=repeat,
        wall_s=measured.wall_s,
        phases_s={name: span.duration_s for name, span in phases.items()},
        steps_s={name: span.duration_s for name, span in steps.items()},
        peak_bytes=max(m.total_bytes for m in measured.memory),
        peak_bytes_by_phase={name: peak_bytes(measured, span) for name, span in phases.items()},
        largest_process_rss_bytes=max(m.largest_rss_bytes for m in measured.memory),
        n_memory_samples=len(measured.memory),
        sampler_cpu_s=measured.sampler_cpu_s,
        predictions_sha256=predictions,
    )


def _require_all_used(stdout: Path, n_videos: int) -> None:
    result = json.loads(stdout.read_text(encoding="utf-8"))
    if (result["n_videos"], result["n_failed"]) != (n_videos, 0):
        raise CommandFailed(
            f"the run used {result['n_videos'] - result['n_failed']} of {n_videos} generated "
            "videos; figures of half the work are not reported. Run the command by hand and read "
            "failures.parquet"
        )
