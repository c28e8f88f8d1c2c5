"""One command, measured from outside: wall time, time of each line on stderr, memory."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

MEMORY_KIND = "pss" if sys.platform == "linux" else "uss"
"""What is summed over processes. The resident size would count shared libraries once for each
process. The proportional set size (PSS) divides them up, so its sum is what the processes occupy;
where a system does not know it, the unique set size (USS) leaves shared pages out. Both shrink
while processes outside the measurement map the same libraries: run nothing with torch beside it."""


MAX_SAMPLER_SHARE = 0.05
"""Share of one core that sampling may take. The kernel walks all pages of a process for its PSS,
11 ms of processor time once torch is loaded: at a fixed 0.1 s that was 13% of a core."""


class CommandFailed(Exception):  # noqa: N818  says what happened, like the errors of aura
    """A measured command did not end well."""


@dataclass(frozen=True, slots=True)
class MemorySample:
    """Memory at one moment: the sum over all processes, and the resident size of the largest."""

    elapsed_s: float
    total_bytes: int
    largest_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of a command.

    Attributes:
        wall_s: From its start to its end.
        lines: When each line arrived on stderr, and the line.
        memory: Samples in the order of time.
        sampler_cpu_s: Processor time this process spent on taking them.
    """

    wall_s: float
    lines: tuple[tuple[float, str], ...]
    memory: tuple[MemorySample, ...]
    sampler_cpu_s: float


def measure(command: Sequence[str], *, stdout: Path, interval_s: float) -> Measurement:
    """Run ``command`` and return its times and its memory.

    Settings of AURA in the environment are not handed on, so that they change no measurement.

    Args:
        command: Program and arguments.
        stdout: Takes what the command prints.
        interval_s: Pause between two samples of memory; longer where sampling would exceed
            `MAX_SAMPLER_SHARE`.

    Raises:
        CommandFailed: Its exit code is not 0.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AURA_")}
    ended = threading.Event()
    with stdout.open("wb") as sink, ThreadPoolExecutor(max_workers=2) as pool:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.PIPE, text=True, env=environment
        )
        lines = pool.submit(_read_lines, process, start)
        memory = pool.submit(_sample_memory, process.pid, start, interval_s, ended=ended)
        try:
            code = process.wait()
            wall_s = time.perf_counter() - start
        finally:
            ended.set()
            process.kill()
    if code != 0:
        last = "\n".join(line for _, line in lines.result()[-5:])
        raise CommandFailed(f"{' '.join(command)}\nended with exit code {code}:\n{last}")
    samples, sampler_cpu_s = memory.result()
    return Measurement(wall_s, tuple(lines.result()), tuple(samples), sampler_cpu_s)


def _read_lines(process: subprocess.Popen[str], start: float) -> list[tuple[float, str]]:
    assert process.stderr is not None
    with process.stderr as stream:
        return [(time.perf_counter() - start, line.rstrip("\n")) for line in stream]


def _sample_memory(
    pid: int, start: float, interval_s: float, *, ended: threading.Event
) -> tuple[list[MemorySample], float]:
    """Return samples taken until ``ended``, and the processor time they cost."""
    samples: list[MemorySample] = []
    cpu_s, pause_s = 0.0, interval_s
    while not ended.wait(pause_s):
        cpu_before_s = time.thread_time()
        sizes = _sizes_of_tree(pid)
        cost_s = time.thread_time() - cpu_before_s
        cpu_s += cost_s
        pause_s = max(interval_s, cost_s / MAX_SAMPLER_SHARE)
        if sizes:
            samples.append(
                MemorySample(
                    elapsed_s=time.perf_counter() - start,
                    total_bytes=sum(total for total, _ in sizes),
                    largest_rss_bytes=max(rss for _, rss in sizes),
                )
            )
    return samples, cpu_s


def _sizes_of_tree(pid: int) -> list[tuple[int, int]]:
    """Return what each process adds to the sum, and its resident size; none when all have gone."""
    sizes: list[tuple[int, int]] = []
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for process in processes:
        try:
            found = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        sizes.append((getattr(found, MEMORY_KIND), found.rss))
    return sizes
