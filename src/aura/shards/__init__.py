"""Clips in tar shards: written whole, found by byte offset, streamed without loss or repetition.

`ShardWriter` writes them, `ShardReader` reads them as arrays. The PyTorch side (`ShardClipDataset`,
`ShardClipIterable`, `ClipLoader`, `collate_clips`) loads when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from aura.shards.config import ShardConfig
from aura.shards.image_codec import ImageEncoding
from aura.shards.reader import ReadSample, ShardReader
from aura.shards.sample import Clip, EncodedSample, encode_sample
from aura.shards.writer import ShardSummary, ShardWriter

if TYPE_CHECKING:
    from aura.shards.collate import collate_clips
    from aura.shards.dataset import ShardClipDataset
    from aura.shards.iterable import ShardClipIterable
    from aura.shards.loader import ClipLoader

_WITH_TORCH = {
    "ClipLoader": "aura.shards.loader",
    "ShardClipDataset": "aura.shards.dataset",
    "ShardClipIterable": "aura.shards.iterable",
    "collate_clips": "aura.shards.collate",
}


def __getattr__(name: str) -> Any:
    if name in _WITH_TORCH:
        from importlib import import_module

        return getattr(import_module(_WITH_TORCH[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Clip",
    "ClipLoader",
    "EncodedSample",
    "ImageEncoding",
    "ReadSample",
    "ShardClipDataset",
    "ShardClipIterable",
    "ShardConfig",
    "ShardReader",
    "ShardSummary",
    "ShardWriter",
    "collate_clips",
    "encode_sample",
]
