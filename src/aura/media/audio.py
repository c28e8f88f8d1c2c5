"""The sound of a media file as one channel of numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from aura.errors import LimitError, MediaError, UsageError
from aura.media.container import OpenMedia, audio_streams, open_media, packets_of, translated
from aura.media.limits import MediaLimits


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """One channel of sound.

    Attributes:
        samples: float32 [n], within -1 to 1.
        rate_hz: Samples a second.
    """

    samples: NDArray[np.float32]
    rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32 or self.samples.ndim != 1:
            raise ValueError(
                "samples are float32 [n], one channel, not "
                f"{self.samples.dtype} {list(self.samples.shape)}"
            )
        if self.rate_hz < 1:
            raise ValueError(f"rate_hz is a positive number of samples, not {self.rate_hz!r}")

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return len(self.samples) / self.rate_hz

    def __repr__(self) -> str:
        return f"Audio({self.duration_s:.3f} s at {self.rate_hz} Hz)"


def read_audio(
    path: str | Path, *, rate_hz: int = 16_000, limits: MediaLimits | None = None
) -> Audio | None:
    """Return the first audio stream of a file, mixed to one channel; None if it has none.

    Damaged stretches are left out, as players do; the result is then shorter.

    Args:
        path: A local media file; see `aura.media.probe`.
        rate_hz: Samples a second to convert to.
        limits: What it may claim of this machine.

    Raises:
        MediaError: The file cannot be read, or none of its sound can be decoded.
        LimitError: It exceeds ``limits``.
        UsageError: ``rate_hz`` is not positive.
    """
    if rate_hz < 1:
        raise UsageError(f"rate_hz is a positive number of samples a second, not {rate_hz!r}")
    path, limits = Path(path), limits or MediaLimits()
    with open_media(path, limits=limits) as media:
        stream = next((s for s in audio_streams(media) if s.codec_context), None)
        if stream is None:
            return None
        pieces: list[NDArray[np.float32]] = []
        n_samples = 0
        with translated(path, "read"):
            for piece in _pieces(media, stream, rate_hz=rate_hz):
                pieces.append(piece)
                n_samples += len(piece)
                _check_length(path, n_samples, rate_hz=rate_hz, limits=limits)
    if not pieces:
        raise MediaError(f"{str(path)!r} has an audio stream of which nothing can be decoded")
    samples = np.clip(np.concatenate(pieces), -1.0, 1.0).astype(np.float32, copy=False)
    return Audio(samples, rate_hz)


def _pieces(
    media: OpenMedia, stream: AudioStream, *, rate_hz: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of a stream, one channel at a rate, packet by packet."""
    resampler = AudioResampler(format="fltp", layout="mono", rate=rate_hz)
    for packet in packets_of(media, stream):
        media.deadline.check()
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            for part in resampler.resample(frame):
                yield part.to_ndarray()[0]
    for part in resampler.resample(None):
        yield part.to_ndarray()[0]


def _check_length(path: Path, n_samples: int, *, rate_hz: int, limits: MediaLimits) -> None:
    if n_samples > limits.max_duration_s * rate_hz:
        raise LimitError(
            f"{str(path)!r} has sound for more than the limit of "
            f"{limits.max_duration_s:.0f} s (max_duration_s)"
        )
    if n_samples * np.dtype(np.float32).itemsize > limits.max_result_bytes:
        raise LimitError(
            f"the sound of {str(path)!r} takes more than the limit of "
            f"{limits.max_result_bytes} bytes (max_result_bytes); ask for a lower rate_hz"
        )
