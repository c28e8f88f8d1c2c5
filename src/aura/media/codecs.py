"""Which codecs this installation's FFmpeg has."""

from typing import Literal

import av
from av.codec.codec import UnknownCodecError


def has_decoder(name: str) -> bool:
    """Return whether videos or sound of a codec can be read.

    >>> has_decoder("h264"), has_decoder("no such codec")
    (True, False)
    """
    return _has(name, mode="r")


def has_encoder(name: str) -> bool:
    """Return whether an FFmpeg encoder is there.

    >>> has_encoder("aac")
    True
    """
    return _has(name, mode="w")


def _has(name: str, *, mode: Literal["r", "w"]) -> bool:
    try:
        av.Codec(name, mode)
    except UnknownCodecError:
        return False
    return True
