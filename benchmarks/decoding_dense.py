"""Every frame of a video, and how much memory an open one takes."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import NamedTuple

import av
import numpy as np

from aura.media import EncodeConfig, encode_video, open_video, probe

_TO_RGB = ("-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", "rgb24")
_PEAK = """
import sys
from pathlib import Path
from aura.media import open_video
with open_video(sys.argv[1]) as video:
    n = video.n_frames
    video.frames_at([n // 4, n // 2, 3 * n // 4])
status = Path("/proc/self/status").read_text()
print(n, next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
"""


def ffmpeg_program() -> str | None:
    """Return where the program lies, if it is installed."""
    return shutil.which("ffmpeg")


def measure_dense(path: Path, *, rounds: int) -> dict[str, float | int | bool | str]:
    """Time all frames of a file to RGB, by AURA and by the ffmpeg program, one thread each.

    The program's own start is measured, too, and taken off.
    """
    program = ffmpeg_program()
    assert program is not None
    command = [program, "-v", "error", "-nostdin", "-threads", "1", "-i", str(path), *_TO_RGB]
    digest = hashlib.md5(usedforsecurity=False)
    n_frames = 0
    with open_video(path) as video:
        for frame in video.stream():
            digest.update(frame.data.data)
            n_frames += 1
    said = subprocess.run([*command, "-f", "md5", "-"], check=True, capture_output=True, text=True)
    start = [program, "-v", "error", "-version"]
    decode = [*command, "-f", "rawvideo", "-y", "/dev/null"]
    ours: list[_Times] = []
    theirs: list[_Times] = []
    for _ in range(rounds):
        start_times, decode_times = _program_times(start), _program_times(decode)
        theirs.append(
            _Times(decode_times.wall_s - start_times.wall_s, decode_times.cpu_s - start_times.cpu_s)
        )
        ours.append(_our_times(path))
    pairs = list(zip(theirs, ours, strict=True))
    return {
        "clip": path.name,
        "n_frames": n_frames,
        "identical": digest.hexdigest() in said.stdout,
        "aura_s": median(times.wall_s for times in ours),
        "ffmpeg_s": median(times.wall_s for times in theirs),
        "ratio": median(other.wall_s / own.wall_s for other, own in pairs),
        "cpu_ratio": median(other.cpu_s / own.cpu_s for other, own in pairs),
    }


class _Times(NamedTuple):
    wall_s: float
    cpu_s: float


def _our_times(path: Path) -> _Times:
    wall, processor = time.perf_counter(), time.process_time()
    with open_video(path) as video:
        for _frame in video.stream():
            pass
    return _Times(time.perf_counter() - wall, time.process_time() - processor)


def _program_times(command: list[str]) -> _Times:
    wall, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    used = after.children_user - before.children_user
    used += after.children_system - before.children_system
    return _Times(time.perf_counter() - wall, used)


def measure_memory(folder: Path) -> list[dict[str, int]]:
    """Return the peak memory of a process that reads three frames, of a minute and of an hour."""
    rows = []
    for minutes in (1, 60):
        path = folder / f"{minutes}_min.mp4"
        if not path.exists():
            _write_long(path, minutes=minutes)
        said = subprocess.run(
            [sys.executable, "-c", _PEAK, str(path)], check=True, capture_output=True, text=True
        ).stdout.split()
        rows.append({"minutes": minutes, "n_frames": int(said[0]), "peak_kib": int(said[1])})
    return rows


def measure_probe(path: Path, *, rounds: int) -> float:
    """Return how long `probe` takes, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        probe(path)
        times.append(time.perf_counter() - started)
    return median(times)


def _write_long(path: Path, *, minutes: int) -> None:
    """Write a video of 30 frames a second by repeating one of ten seconds, packet by packet."""
    part = path.with_name("part.mp4")
    noise = np.random.default_rng(0).integers(0, 255, (300, 1, 1, 3), dtype=np.uint8)
    frames = np.broadcast_to(noise, (300, 96, 128, 3))
    encode_video(part, frames, fps=30, config=EncodeConfig(gop=60, b_frames=2))
    partial = path.with_suffix(".partial.mp4")
    with av.open(str(part)) as source, av.open(str(partial), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        tick = Fraction(stream.time_base or 1)
        for repeat in range(minutes * 6):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.size and packet.pts is not None and packet.dts is not None:
                    packet.pts += int(10 * repeat / tick)
                    packet.dts += int(10 * repeat / tick)
                    packet.stream = copy
                    target.mux(packet)
    partial.rename(path)
