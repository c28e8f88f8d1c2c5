"""Opening a video file for decoding."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from aura.errors import UsageError
from aura.media.container import open_media
from aura.media.decode import Video
from aura.media.limits import MediaLimits


@contextmanager
def open_video(
    path: str | Path,
    *,
    limits: MediaLimits | None = None,
    n_threads: int = 1,
    backend: Literal["ffmpeg", "torchcodec"] = "ffmpeg",
    device: str = "cpu",
) -> Iterator[Video]:
    """Open a local video file for decoding.

    Args:
        path: The file; see `probe`.
        limits: What it may claim of this machine.
        n_threads: Threads that decode. The frames are the same whatever their number.
        backend: What decodes. "ffmpeg" comes with AURA and reads everything AURA reads;
            "torchcodec" is an extra (see `aura.media.torchcodec_backend` for what it promises).
        device: Where torchcodec decodes: "cpu", or "cuda" for NVDEC.

    Raises:
        MediaError: The file cannot be read as a video.
        LimitError: It exceeds ``limits``.
        UsageError: ``n_threads`` is below 1, or the backend does not exist or cannot use the
            device.
        MissingExtraError: The backend is not installed.
    """
    if n_threads < 1:
        raise UsageError(f"n_threads is a count of at least 1, not {n_threads!r}")
    if backend not in ("ffmpeg", "torchcodec"):
        raise UsageError(f'backend is "ffmpeg" or "torchcodec", not {backend!r}')
    if backend == "ffmpeg" and device != "cpu":
        raise UsageError(
            f'the ffmpeg backend decodes on the CPU, not on {device!r}; use backend="torchcodec"'
        )
    limits = limits or MediaLimits()
    with open_media(Path(path), limits=limits, headers_only=True) as media:
        if backend == "ffmpeg":
            yield Video(media, limits=limits, n_threads=n_threads)
            return
        from aura.media.torchcodec_backend import TorchcodecVideo

        yield TorchcodecVideo(media, limits=limits, n_threads=n_threads, device=device)
