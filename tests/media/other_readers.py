"""Two readers that share no line with `aura.media`: torchcodec, and the ``ffmpeg`` program."""

import importlib.util
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray


def with_torchcodec(path: Path, indices: Sequence[int]) -> NDArray[np.uint8]:
    """Return frames as torchcodec's exact mode gives them, uint8 [N, H, W, 3]."""
    if importlib.util.find_spec("torchcodec") is None:
        pytest.skip("torchcodec is not installed")
    try:
        from torchcodec.decoders import VideoDecoder  # heavy, so not before it is asked for
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"torchcodec finds no FFmpeg libraries it can use: {error!r:.60}")
    # Left to itself, it takes the largest of several video streams; everyone else the first.
    with av.open(str(path)) as container:
        first = container.streams.video[0].index
    decoder = VideoDecoder(str(path), seek_mode="exact", dimension_order="NHWC", stream_index=first)
    return decoder.get_frames_at(list(indices)).data.numpy()


def write_with_program(source: Path, path: Path, *, arguments: str) -> bool:
    """Have the ``ffmpeg`` program make one file of another; return whether it could."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    command = [program, "-nostdin", "-v", "error", "-i", str(source), *shlex.split(arguments)]
    return not subprocess.run([*command, str(path)], capture_output=True, check=False).returncode


def with_program(
    path: Path, indices: Sequence[int], *, height: int, width: int
) -> NDArray[np.uint8]:
    """Return frames as the ``ffmpeg`` program gives them, decoding from the start."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    chosen = "+".join(f"eq(n\\,{index})" for index in sorted(set(indices)))
    command = [program, "-nostdin", "-v", "error", "-i", str(path), "-map", "0:V:0"]
    command += ["-vf", f"select={chosen}", "-frames:v", str(len(set(indices)))]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
    rows = sorted(set(indices))
    return frames[[rows.index(index) for index in indices]]
