"""Container facts: what the file says of itself, not what its frames show.

These cues tell data sets apart as readily as fakes, so they are a group of their own that a model
can be trained without.
"""

from typing import Protocol

import numpy as np

from aura.features.definition import Feature

FEATURES = (
    Feature(
        "codec_bits_per_pixel",
        "codec",
        "log10(bit rate / (width height frame rate)), at least -6",
        "container",
    ),
    Feature("codec_fps", "codec", "frames a second", "container"),
    Feature("codec_duration", "codec", "log10(seconds), at least -3", "container"),
    Feature("codec_pixels", "codec", "log2(width height)", "container"),
    Feature("codec_aspect", "codec", "log2(width / height)", "container"),
    Feature(
        "codec_macroblock_size", "codec", "1 if 16 divides width and height, else 0", "container"
    ),
    Feature("codec_has_audio", "codec", "1 if there is a sound track, else 0", "container"),
)

_MIN_BITS_PER_PIXEL = 1e-6
_MIN_DURATION_S = 1e-3
_MACROBLOCK_PX = 16


class ContainerFacts(Protocol):
    """What the codec group reads of a video; `aura.media.VideoInfo` has it all."""

    @property
    def width(self) -> int:
        """Pixels, as displayed."""
        ...

    @property
    def height(self) -> int:
        """Pixels, as displayed."""
        ...

    @property
    def fps(self) -> float:
        """Frames a second."""
        ...

    @property
    def duration_s(self) -> float:
        """Seconds."""
        ...

    @property
    def bit_rate_bps(self) -> float:
        """Bits a second of the whole file."""
        ...

    @property
    def has_audio(self) -> bool:
        """Whether there is a sound track."""
        ...


def measure(info: ContainerFacts) -> dict[str, float]:
    """Return the codec features of one file."""
    pixels_per_second = info.width * info.height * info.fps
    bits_per_pixel = info.bit_rate_bps / pixels_per_second if pixels_per_second > 0 else 0.0
    whole_macroblocks = info.width % _MACROBLOCK_PX == 0 and info.height % _MACROBLOCK_PX == 0
    return {
        "codec_bits_per_pixel": float(np.log10(max(bits_per_pixel, _MIN_BITS_PER_PIXEL))),
        "codec_fps": float(info.fps),
        "codec_duration": float(np.log10(max(info.duration_s, _MIN_DURATION_S))),
        "codec_pixels": float(np.log2(info.width * info.height)),
        "codec_aspect": float(np.log2(info.width / info.height)),
        "codec_macroblock_size": float(whole_macroblocks),
        "codec_has_audio": float(info.has_audio),
    }
