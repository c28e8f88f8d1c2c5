"""From which packets decoding can start and give exactly what decoding from the start gives."""

from collections.abc import Iterator

_H264_IDR, _H264_SLICE = 5, 1
_HEVC_RANDOM_ACCESS = range(16, 24)
_HEVC_PICTURE = range(32)

SEEKABLE = frozenset({"h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg", "prores", "ffv1", "dnxhd"})
"""Codecs whose key frames wipe the decoder's memory, or, for H.264 and HEVC, tell when they do.

GIF is absent (its pictures are patches on the one before, whatever their flags say), and so are
VP6 and the older codecs, for which nobody has shown it here."""

DROPPABLE = frozenset({"h264", "mpeg4"})
"""Codecs that mark pictures no other picture needs, so that those can be left undecoded.

HEVC marks them only within one temporal layer, which is not enough. VP9 and AV1 do not say."""


def is_entry(codec: str, packet: bytes, *, extradata: bytes | None) -> bool:
    """Whether decoding may start at a packet that its container calls a key frame.

    H.264 containers also call recovery points key frames, after which pictures may still depend
    on older ones (intra refresh does); only IDR pictures are certain. HEVC key frames are
    certain for every picture displayed after them.
    """
    if codec not in SEEKABLE:
        return False
    if codec == "h264":
        for unit in _units(packet, length_bytes=_length_bytes(codec, extradata)):
            kind = unit[0] & 31
            if kind in (_H264_IDR, _H264_SLICE):
                return kind == _H264_IDR
        return False
    if codec == "hevc":
        for unit in _units(packet, length_bytes=_length_bytes(codec, extradata)):
            kind = (unit[0] >> 1) & 63
            if kind in _HEVC_PICTURE:
                return kind in _HEVC_RANDOM_ACCESS
        return False
    return True


def _length_bytes(codec: str, extradata: bytes | None) -> int:
    """Return how many bytes give a unit's length, or 0 where start codes separate the units."""
    at = {"h264": 4, "hevc": 21}[codec]
    if not extradata or len(extradata) <= at or extradata[0] != 1:
        return 0
    return (extradata[at] & 3) + 1


def _units(packet: bytes, *, length_bytes: int) -> Iterator[bytes]:
    """Yield the beginnings of a packet's NAL units, of at least one byte each."""
    at = 0
    if length_bytes:
        while at + length_bytes < len(packet):
            length = int.from_bytes(packet[at : at + length_bytes], "big")
            at += length_bytes
            yield packet[at : at + 1]
            at += length
        return
    while (at := packet.find(b"\x00\x00\x01", at)) >= 0 and at + 3 < len(packet):
        at += 3
        yield packet[at : at + 1]
