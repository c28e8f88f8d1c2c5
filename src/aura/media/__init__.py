"""Videos in and out: the only room that touches FFmpeg.

`probe` tells what a file is, `open_video` gives its frames, `read_audio` its sound,
`encode_video` and `VideoWriter` write new files; `aura.media.sampling` chooses frames.
"""

from aura.media.audio import Audio, read_audio
from aura.media.codecs import has_decoder, has_encoder
from aura.media.decode import Video
from aura.media.encode import EncodeConfig, VideoWriter, encode_video
from aura.media.frames import Frame, Frames, MissingFrame
from aura.media.limits import MediaLimits
from aura.media.opening import open_video
from aura.media.probe import VideoInfo, probe
from aura.media.sampling import (
    bursts,
    clips_with_stride,
    indices_at_fractions,
    indices_at_rate,
    jittered_clip,
    jittered_indices,
    uniform_indices,
)

__all__ = [
    "Audio",
    "EncodeConfig",
    "Frame",
    "Frames",
    "MediaLimits",
    "MissingFrame",
    "Video",
    "VideoInfo",
    "VideoWriter",
    "bursts",
    "clips_with_stride",
    "encode_video",
    "has_decoder",
    "has_encoder",
    "indices_at_fractions",
    "indices_at_rate",
    "jittered_clip",
    "jittered_indices",
    "open_video",
    "probe",
    "read_audio",
    "uniform_indices",
]
