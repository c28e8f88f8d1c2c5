"""The samples of a shard, found by walking through it from begin to end."""

import json
import mmap
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aura.errors import ArchiveError, DataError
from aura.shards.names import META_KEY, split_member
from aura.shards.sample import EncodedSample, decode_sample
from aura.shards.tar_format import Member, members_of

_FRAME = "frame_"
_SOUND = ("audio_mel.f16", "audio_mel.npy")
_META = ("meta.json", "json")


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample as it lies in a shard.

    Attributes:
        dir: What its members' names begin with.
        parts: Its members, by what follows.
        offset: Where they begin in the shard.
        content: All of them; a part of the mapped shard.
    """

    dir: str
    parts: dict[str, Member]
    offset: int
    content: memoryview

    @property
    def size_bytes(self) -> int:
        """How far its members reach."""
        return len(self.content)

    @property
    def crc32(self) -> int:
        """Checksum over its members."""
        return zlib.crc32(self.content)

    @property
    def num_frames(self) -> int:
        """How many frames it has."""
        return sum(part.startswith(_FRAME) for part in self.parts)

    @property
    def has_mel(self) -> bool:
        """Whether it has a mel spectrogram."""
        return any(part in self.parts for part in _SOUND)

    def metadata(self) -> dict[str, object]:
        """Return what its ``meta.json`` holds; empty where it has none.

        Raises:
            DataError: It is no JSON object.
        """
        for part in _META:
            if part in self.parts:
                member = self.parts[part]
                begin = member.data - self.offset
                try:
                    found = json.loads(bytes(self.content[begin : begin + member.size]))
                except ValueError as error:
                    raise DataError(f"{self.dir}: {part} is no JSON: {error}") from error
                if not isinstance(found, dict):
                    raise DataError(f"{self.dir}: {part} holds no object")
                return found
        return {}


def map_shard(path: Path) -> memoryview:
    """Return the bytes of a shard, mapped into memory for as long as anything refers to them.

    Raises:
        DataError: It cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise DataError(f"{path}: cannot be read: {error}") from error


def stored_samples(content: memoryview, *, where: str) -> Iterator[StoredSample]:
    """Yield the samples of a shard in their order.

    Args:
        content: The whole shard.
        where: What it is, for messages.

    Raises:
        ArchiveError: It is damaged or cut off.
        DataError: The members of a sample do not lie together.
    """
    parts: dict[str, Member] = {}
    current, begin, end = "", 0, 0
    done: set[str] = set()
    for member in members_of(content, where=where, require_end=True):
        folder, part = split_member(member.name)
        if folder != current:
            if parts:
                done.add(current)
                yield StoredSample(current, parts, begin, content[begin:end])
            if folder in done:
                raise DataError(
                    f"{where}: the members of {folder} do not lie together; write the shard anew"
                )
            current, begin, parts = folder, member.start, {}
        if part in parts:
            raise DataError(f"{where}: {member.name} lies there twice")
        parts[part] = member
        end = member.end
    if parts:
        yield StoredSample(current, parts, begin, content[begin:end])


def encoded_samples(path: Path) -> Iterator[EncodedSample]:
    """Yield the samples of a shard that we wrote, ready to be appended to another.

    Raises:
        ArchiveError: The shard is damaged, or another program's.
    """
    for stored in stored_samples(map_shard(path), where=str(path)):
        yield _encoded(stored, where=str(path))


def _encoded(stored: StoredSample, *, where: str) -> EncodedSample:
    metadata = stored.metadata()
    ours = metadata.pop(META_KEY, None)
    if not isinstance(ours, dict) or set(ours) != {"sample_id", "label", "num_frames"}:
        raise ArchiveError(
            f"{where}: {stored.dir} does not say which sample it is; it was not written by AURA"
        )
    clip = decode_sample(
        stored.content, folder=stored.dir, num_frames=ours["num_frames"], where=where
    )
    return EncodedSample(
        sample_id=ours["sample_id"],
        dir=stored.dir,
        label=ours["label"],
        num_frames=ours["num_frames"],
        width=clip.frames.shape[2],
        height=clip.frames.shape[1],
        has_mel=stored.has_mel,
        metadata=json.dumps(metadata, ensure_ascii=False, separators=(",", ":")),
        content=bytes(stored.content),
    )
