"""What samples, shards and the members of a shard are called."""

import re
import unicodedata
from pathlib import PurePath

from aura.errors import DataError
from aura.shards.config import Layout

SHARD_SUFFIX = ".tar"
SIDECAR_SUFFIX = ".arrow"
META_KEY = "aura"
"""Key of ``meta.json`` under which the sample's id, label and number of frames stand."""

_MAX_ID_BYTES = 200
"""With prefix, frame number and suffix still a file name that every system takes."""

_SEPARATORS = {"folder": "/", "webdataset": "."}
_DIR_PREFIX = "sample_"


def shard_name(prefix: str, number: int) -> str:
    """Return the file name of a shard.

    >>> shard_name("shard", 7)
    'shard_00007.tar'
    """
    return f"{prefix}_{number:05d}{SHARD_SUFFIX}"


def shard_number(name: str, *, prefix: str) -> int | None:
    """Return the number in a shard's file name; None where it is no shard's.

    >>> shard_number("shard_00007.tar", prefix="shard"), shard_number("x.tar", prefix="shard")
    (7, None)
    """
    found = re.fullmatch(rf"{re.escape(prefix)}_(\d{{5,}})\.tar", name)
    return int(found[1]) if found else None


def is_plain_name(name: str) -> bool:
    """Say whether ``name`` is that of a file in the folder itself, and leads nowhere else.

    >>> is_plain_name("shard_00000.tar"), is_plain_name("../shard_00000.tar")
    (True, False)
    """
    return name not in ("", ".", "..") and not set(name) & set("/\\\0:")


def sidecar_name(index_filename: str) -> str:
    """Return the name of the file of byte offsets beside an index.

    >>> sidecar_name("index_train.csv")
    'index_train.arrow'
    """
    return PurePath(index_filename).stem + SIDECAR_SUFFIX


def split_filename(index_filename: str, split: str) -> str:
    """Return the name of the index of one split.

    >>> split_filename("index.csv", "train")
    'index_train.csv'
    """
    path = PurePath(index_filename)
    return f"{path.stem}_{split}{path.suffix}"


def check_sample_id(sample_id: str) -> str:
    """Return ``sample_id`` if it can name a folder in a shard, whoever unpacks it.

    Raises:
        DataError: It is empty or too long, or holds what paths and tables give a meaning to.
    """
    if not isinstance(sample_id, str) or not sample_id:
        raise DataError(f"a sample_id is a text with at least one character, not {sample_id!r}")
    strange = sorted(
        {c for c in sample_id if c in "/\\" or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    )
    if strange:
        raise DataError(
            f"sample_id {sample_id!r} holds {', '.join(map(repr, strange))}; slashes, control "
            "characters and broken characters cannot stand in one: replace them"
        )
    if set(sample_id) == {"."}:
        raise DataError(f"sample_id {sample_id!r} means a folder of its own; choose another")
    n_bytes = len(sample_id.encode())
    if n_bytes > _MAX_ID_BYTES:
        raise DataError(
            f"sample_id {sample_id[:40]!r}… has {n_bytes} bytes as UTF-8, at most {_MAX_ID_BYTES} "
            "are possible: shorten it, for example by a hash"
        )
    return sample_id


def sample_dir(sample_id: str, layout: Layout) -> str:
    """Return what the names of a sample's members begin with, without the separator.

    The webdataset library ends a sample's key at the first dot, so dots are escaped there.

    >>> sample_dir("a.mp4_3", "folder"), sample_dir("a.mp4_3", "webdataset")
    ('sample_a.mp4_3', 'sample_a%2Emp4_3')
    """
    if layout == "webdataset":
        sample_id = sample_id.replace("%", "%25").replace(".", "%2E")
    return _DIR_PREFIX + sample_id


def member_name(folder: str, part: str, layout: Layout) -> str:
    """Return the name of one member of a sample.

    >>> member_name("sample_a", "meta.json", "folder")
    'sample_a/meta.json'
    """
    return f"{folder}{_SEPARATORS[layout]}{part}"


def split_member(name: str) -> tuple[str, str]:
    """Return a member's sample and its part; the part is empty where the name has none.

    >>> split_member("sample_a/frame_000.webp"), split_member("sample_a.frame_000.webp")
    (('sample_a', 'frame_000.webp'), ('sample_a', 'frame_000.webp'))
    """
    folder, _, part = name.partition("/" if "/" in name else ".")
    return folder, part


def fallback_group(sample_id: str) -> str:
    """Return the group of a clip whose metadata name none: what precedes its last underscore.

    Clips are called ``<video>_<clip>``, and those of one video must stay together.

    >>> fallback_group("000001_000000")
    '000001'
    """
    return sample_id.rpartition("_")[0] or sample_id
