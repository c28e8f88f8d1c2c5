"""The sound that is written beside frames, encoded anew or copied."""

from collections.abc import Generator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.codec import Codec
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from aura.errors import MediaError
from aura.media.audio import Audio, read_audio
from aura.media.container import audio_streams, open_media, packets_of, translated
from aura.media.limits import MediaLimits

_AVI_ENCODERS = ("libmp3lame", "pcm_s16le")
_ENCODERS = ("aac", "libopus", "libmp3lame", "mp2", "pcm_s16le")
_OPUS_RATE_HZ = 48_000
_KEPT_RATE_HZ = 48_000
_CHUNK_SAMPLES = 1 << 16


class Soundtrack:
    """Packets of sound that go into a container as its frames do, so that both interleave."""

    def __init__(self, container: OutputContainer, packets: Generator[Packet, None, None]) -> None:
        self._container = container
        self._packets = packets
        self._next: Packet | None = next(packets, None)

    def mux_until(self, time_s: float) -> None:
        """Write the packets that sound up to ``time_s``."""
        while self._next is not None:
            packet = self._next
            stamp = packet.dts if packet.dts is not None else packet.pts
            if stamp is not None and stamp * packet.time_base > time_s:
                return
            self._container.mux(packet)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close what the packets come from."""
        self._packets.close()


def encoded_sound(container: OutputContainer, audio: Audio, *, path: Path) -> Soundtrack:
    """Add an audio stream in a codec the container holds, and return its packets to be written.

    Raises:
        MediaError: The container holds no sound.
    """
    allowed = container.supported_codecs
    encoders = _AVI_ENCODERS if container.format.name == "avi" else _ENCODERS
    names = [name for name in encoders if Codec(name, "w").canonical_name in allowed]
    if not names:
        raise MediaError(
            f"{str(path)!r}: {container.format.name} files hold no sound; "
            "choose another suffix or leave the audio out"
        )
    name = names[0]
    rate_hz = _OPUS_RATE_HZ if name == "libopus" else audio.rate_hz
    stream = container.add_stream(name, rate=rate_hz, layout="mono")
    assert isinstance(stream, AudioStream)
    stream.codec_context.flags |= Flags.bitexact
    stream.codec_context.thread_count = 1
    return Soundtrack(container, _encode(stream, audio, rate_hz=rate_hz))


def copied_sound(container: OutputContainer, source: Path, *, path: Path) -> Soundtrack | None:
    """Add the source's audio stream as it is where the container holds its codec.

    Elsewhere it is encoded anew, at 48 kHz and one channel. None if the source has no sound.

    Raises:
        MediaError: The source cannot be read, or the container holds no sound.
    """
    packets = _source_packets(source)
    first = next(packets, None)
    if first is None:
        return None
    codec = first.stream.codec_context
    if codec.codec.canonical_name in container.supported_codecs:
        with suppress(ValueError, av.error.FFmpegError):
            stream = container.add_stream_from_template(first.stream)
            return Soundtrack(container, _assigned(first, packets, stream))
    packets.close()
    audio = read_audio(source, rate_hz=_KEPT_RATE_HZ)
    return None if audio is None else encoded_sound(container, audio, path=path)


def _source_packets(source: Path) -> Generator[Packet, None, None]:
    """Yield the packets of a file's first audio stream; the file stays open meanwhile."""
    with open_media(source, limits=MediaLimits()) as media:
        stream = next((s for s in audio_streams(media) if s.codec_context), None)
        if stream is None:
            return
        with translated(source, "read"):
            for packet in packets_of(media, stream):
                if packet.size and packet.dts is not None and not packet.is_corrupt:
                    yield packet


def _assigned(
    first: Packet, rest: Generator[Packet, None, None], stream: Stream
) -> Generator[Packet, None, None]:
    """Yield packets as packets of another stream."""
    try:
        for packet in chain([first], rest):
            packet.stream = stream
            yield packet
    finally:
        rest.close()


def _encode(stream: AudioStream, audio: Audio, *, rate_hz: int) -> Generator[Packet, None, None]:
    """Yield the packets of an audio encoder, which sets the length of its frames itself."""
    resampler = AudioResampler(format=stream.codec_context.format.name, layout="mono", rate=rate_hz)
    for start in range(0, len(audio.samples), _CHUNK_SAMPLES):
        part = np.ascontiguousarray(audio.samples[start : start + _CHUNK_SAMPLES])
        frame = AudioFrame.from_ndarray(part[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = audio.rate_hz, start
        frame.time_base = Fraction(1, audio.rate_hz)
        for resampled in resampler.resample(frame):
            yield from stream.encode(resampled)
    for resampled in resampler.resample(None):
        yield from stream.encode(resampled)
    yield from stream.encode(None)
