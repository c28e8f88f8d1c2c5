"""What the first bytes of a packet tell: where decoding can start, and what it can leave out."""

from collections.abc import Iterator

_H264_IDR, _H264_SLICE = 5, 1
_HEVC_RANDOM_ACCESS = range(16, 24)
_HEVC_PICTURE = range(32)
_VOP_START, _VOP_KINDS = b"\x00\x00\x01\xb6", "IPBS"
_LONGEST_UNCODED_VOP = 8
"""Bytes of a header that says no more than that the picture before is shown again."""

SEEKABLE = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores", "ffv1", "dnxhd", "vp6f"}
)
"""Codecs whose key frames wipe the decoder's memory, or, for H.264 and HEVC, tell when they do.

GIF is absent (its pictures are patches on the one before, whatever their flags say), and so are
the older codecs, for which nobody has shown it here."""

DROPPABLE = frozenset({"h264", "hevc", "mpeg4"})
"""Codecs that mark pictures no other picture needs, so that those can be left undecoded.

HEVC marks them within one temporal layer: see `temporal_layer`. VP8 and VP9 hand on, even from a
picture that no other is predicted from, what they learnt about probabilities, motion or segments.
For AV1 it would be exact, but the decoder in use takes the wish only when it is opened."""


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
    if codec == "vp6f":
        return packet[0] & 0x80 == 0
    if codec == "vp8":
        return packet[0] & 1 == 0
    return True


def is_shown(codec: str, packet: bytes) -> bool:
    r"""Whether a packet's picture is displayed; VP8 has pictures that only others refer to.

    >>> is_shown("vp8", b"\x10\x02\x00"), is_shown("vp8", b"\x00\x02\x00")
    (True, False)
    """
    return codec != "vp8" or packet[0] & 0x10 != 0


def temporal_layer(packet: bytes, *, extradata: bytes | None) -> int:
    """Return the temporal layer of an HEVC picture, from 0.

    A picture marked as unused for reference may still be referred to from higher layers, so it can
    be left out only where it lies in the highest one.
    """
    for unit in _units(packet, length_bytes=_length_bytes("hevc", extradata)):
        if (unit[0] >> 1) & 63 in _HEVC_PICTURE and len(unit) == 2:
            return max(0, (unit[1] & 7) - 1)
    return 0


def vop_kind(packet: bytes) -> str:
    r"""Return how the one picture of an MPEG-4 packet is coded: "I", "P", "B" or "S".

    Empty where the packet holds not exactly one picture, as in "packed" AVI files, or one that
    is not coded.

    >>> vop_kind(b"\x00\x00\x01\xb6\x96" + bytes(8)), vop_kind(b"\x7f")
    ('B', '')
    """
    at = packet.find(_VOP_START)
    if at < 0 or packet.find(_VOP_START, at + 4) >= 0:
        return ""
    if len(packet) - at <= _LONGEST_UNCODED_VOP:
        return ""
    return _VOP_KINDS[packet[at + 4] >> 6]


def _length_bytes(codec: str, extradata: bytes | None) -> int:
    """Return how many bytes give a unit's length, or 0 where start codes separate the units."""
    at = {"h264": 4, "hevc": 21}[codec]
    if not extradata or len(extradata) <= at or extradata[0] != 1:
        return 0
    return (extradata[at] & 3) + 1


def _units(packet: bytes, *, length_bytes: int) -> Iterator[bytes]:
    """Yield the beginnings of a packet's NAL units, one or two bytes each."""
    at = 0
    if length_bytes:
        while at + length_bytes < len(packet):
            length = int.from_bytes(packet[at : at + length_bytes], "big")
            at += length_bytes
            yield packet[at : at + 2]
            at += length
        return
    while (at := packet.find(b"\x00\x00\x01", at)) >= 0 and at + 3 < len(packet):
        at += 3
        yield packet[at : at + 2]
