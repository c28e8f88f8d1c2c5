"""One clip: from arrays to the stretch of tar that holds it, and back."""

import io
import json
import math
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aura.errors import ArchiveError, DataError, SampleError
from aura.shards.config import Layout
from aura.shards.image_codec import IMAGE_SUFFIXES, ImageEncoding, decode_images
from aura.shards.names import (
    META_KEY,
    check_sample_id,
    member_name,
    sample_dir,
    split_member,
)
from aura.shards.tar_format import member_bytes, members_of
from aura.tables import FAKE, REAL

_MEL_SUFFIX, _MEL_NPY, _MEL_JSON = "audio_mel.f16", "audio_mel.npy", "audio_mel.json"


@dataclass(frozen=True, slots=True)
class EncodedSample:
    """A clip ready to be appended to a shard; made in any process, and small enough to be sent.

    Attributes:
        sample_id: Unique in a folder of shards.
        dir: What its members' names begin with.
        label: 0 real, 1 fake.
        num_frames: Frames of the clip.
        width: Of its frames, in pixels.
        height: Of its frames, in pixels.
        has_mel: Whether it has a mel spectrogram.
        metadata: As JSON.
        content: Whole members of a tar.
    """

    sample_id: str
    dir: str
    label: int
    num_frames: int
    width: int
    height: int
    has_mel: bool
    metadata: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Clip:
    """What a stored sample decodes to.

    Attributes:
        frames: uint8 [T, H, W, 3], RGB.
        mel: float16 [n_mels, time], or None without sound.
    """

    frames: NDArray[np.uint8]
    mel: NDArray[np.float16] | None


def encode_sample(
    sample_id: str,
    frames_rgb: NDArray[np.uint8],
    *,
    label: int,
    sample_metadata: Mapping[str, Any] | None = None,
    mel_clip: ArrayLike | None = None,
    encoding: ImageEncoding | None = None,
    layout: Layout = "folder",
    threads: Executor | None = None,
) -> EncodedSample:
    """Return a clip as the bytes a shard holds of it; equal arguments give equal bytes.

    Args:
        sample_id: A name that can stand in a path.
        frames_rgb: uint8 [T, H, W, 3], RGB.
        label: 0 real, 1 fake.
        sample_metadata: What JSON can hold.
        mel_clip: Floats [n_mels, time]; stored as float16.
        encoding: How frames become images; WebP at quality 90 by default.
        layout: How members are named.
        threads: Encodes several frames at once.

    Raises:
        DataError: A value is not as said.
    """
    encoding = encoding or ImageEncoding()
    folder = sample_dir(check_sample_id(sample_id), layout)
    frames = _checked_frames(frames_rgb, sample_id)
    truth = _checked_label(label, sample_id)
    metadata = metadata_json(sample_metadata or {}, where=f"sample {sample_id!r}")
    images = (threads.map if threads else map)(encoding.encode, frames)
    parts = {f"frame_{n:03d}.{encoding.suffix}": image for n, image in enumerate(images)}
    mel = None if mel_clip is None else _checked_mel(mel_clip, sample_id)
    facts = {"sample_id": sample_id, "label": truth, "num_frames": len(frames)}
    parts |= _meta_parts(metadata, facts, layout)
    if mel is not None:
        parts |= _mel_parts(mel, layout)
    return EncodedSample(
        sample_id=sample_id,
        dir=folder,
        label=truth,
        num_frames=len(frames),
        width=frames.shape[2],
        height=frames.shape[1],
        has_mel=mel is not None,
        metadata=metadata,
        content=b"".join(
            member_bytes(member_name(folder, part, layout), content)
            for part, content in parts.items()
        ),
    )


def metadata_json(metadata: Mapping[str, Any], *, where: str) -> str:
    """Return metadata as JSON, keys in their order; NumPy's numbers become Python's.

    Raises:
        DataError: JSON cannot hold it, or it uses the key that is ours.

    >>> metadata_json({"fps": 25.0, "source": "fake"}, where="here")
    '{"fps":25.0,"source":"fake"}'
    """
    if META_KEY in metadata:
        raise DataError(f"{where}: the key {META_KEY!r} of its metadata is ours; rename it")
    try:
        text = json.dumps(
            dict(metadata),
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
            default=_plain,
        )
        text.encode()
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}: its metadata cannot be stored as JSON: {error}") from error
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows: {value!r}")


def decode_sample(
    content: bytes | memoryview,
    *,
    folder: str,
    num_frames: int,
    where: str,
    is_checked: bool = False,
) -> Clip:
    """Return the clip in a stretch of tar.

    Args:
        content: The members of one sample.
        folder: What their names begin with.
        num_frames: Frames there must be.
        where: What it is, for messages.
        is_checked: Whether a checksum over ``content`` was found to hold.

    Raises:
        SampleError: It is not whole, or of another sample.
    """
    view = memoryview(content)
    frames: dict[int, memoryview] = {}
    others: dict[str, memoryview] = {}
    try:
        for member in members_of(view, where=where, check_headers=not is_checked):
            owner, part = split_member(member.name)
            if owner != folder:
                raise SampleError(f"{where}: {member.name} lies there, expected {folder}")
            data = view[member.data : member.data + member.size]
            stem, _, suffix = part.partition(".")
            if stem.startswith("frame_") and suffix in IMAGE_SUFFIXES and stem[6:].isdecimal():
                frames[int(stem[6:])] = data
            else:
                others[part] = data
    except ArchiveError as error:
        raise SampleError(str(error)) from error
    if sorted(frames) != list(range(num_frames)):
        raise SampleError(f"{where}: has {len(frames)} frames, expected {num_frames}")
    images = [frames[number] for number in range(num_frames)]
    return Clip(decode_images(images, where=where), _read_mel(others, where=where))


def _checked_frames(frames: NDArray[np.uint8], sample_id: str) -> NDArray[np.uint8]:
    array = np.asarray(frames)
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[3] != 3 or 0 in array.shape:
        raise DataError(
            f"sample {sample_id!r}: expected frames uint8 [T, H, W, 3] with at least one frame, "
            f"got {array.dtype} {list(array.shape)}"
        )
    return np.ascontiguousarray(array)


def _checked_label(label: int, sample_id: str) -> int:
    if isinstance(label, bool | int | np.integer) and int(label) in (REAL, FAKE):
        return int(label)
    raise DataError(f"sample {sample_id!r}: label is {REAL} (real) or {FAKE} (fake), not {label!r}")


def _checked_mel(mel: ArrayLike, sample_id: str) -> NDArray[np.float16]:
    array = np.asarray(mel)
    if array.dtype.kind != "f" or array.ndim != 2 or 0 in array.shape:
        raise DataError(
            f"sample {sample_id!r}: expected a mel spectrogram of floats [n_mels, time], got "
            f"{array.dtype} {list(array.shape)}; without sound, mel_clip is None"
        )
    with np.errstate(over="ignore"):
        half = np.ascontiguousarray(array, dtype="<f2")
    if np.isinf(half).any() and not np.isinf(array).any():
        raise DataError(
            f"sample {sample_id!r}: its mel spectrogram reaches {np.abs(array).max():g}, float16 "
            "ends at 65504; take logarithms or scale it"
        )
    return half


def _meta_parts(metadata: str, facts: Mapping[str, Any], layout: Layout) -> dict[str, bytes]:
    """Return the members for metadata; as they were given, with our facts under one key."""
    both = json.loads(metadata) | {META_KEY: dict(facts)}
    content = json.dumps(both, ensure_ascii=False, separators=(",", ":")).encode()
    if layout == "webdataset":
        return {"json": content, "cls": str(facts["label"]).encode()}
    return {"meta.json": content}


def _mel_parts(mel: NDArray[np.float16], layout: Layout) -> dict[str, bytes]:
    if layout == "webdataset":
        stream = io.BytesIO()
        np.lib.format.write_array(stream, mel, version=(1, 0), allow_pickle=False)
        return {_MEL_NPY: stream.getvalue()}
    facts = {"shape": list(mel.shape), "dtype": "float16", "byte_order": "little"}
    return {
        _MEL_SUFFIX: mel.tobytes(),
        _MEL_JSON: json.dumps(facts, separators=(",", ":")).encode(),
    }


def _read_mel(parts: Mapping[str, memoryview], *, where: str) -> NDArray[np.float16] | None:
    """Return the spectrogram among the members of a sample.

    Raises:
        SampleError: There is one that cannot be read.
    """
    try:
        if _MEL_NPY in parts:
            mel = np.lib.format.read_array(io.BytesIO(parts[_MEL_NPY]), allow_pickle=False)
            return np.ascontiguousarray(mel, dtype=np.float16)
        if _MEL_SUFFIX not in parts:
            return None
        shape = json.loads(bytes(parts[_MEL_JSON]))["shape"]
        mel = np.frombuffer(parts[_MEL_SUFFIX], dtype="<f2")
        if len(shape) != 2 or math.prod(shape) != mel.size:
            raise SampleError(f"{where}: {mel.size} values of sound, expected {shape}")
        return mel.reshape(shape).astype(np.float16)  # a copy, which may be written to
    except (KeyError, TypeError, ValueError) as error:
        raise SampleError(f"{where}: its mel spectrogram cannot be read: {error}") from error
