"""One shard held against what index and sidecar say of it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aura.errors import ArchiveError, DataError, SampleError
from aura.shards.names import META_KEY
from aura.shards.sample import decode_sample
from aura.shards.scan import StoredSample, map_shard, stored_samples


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong, or to look at.

    Attributes:
        file: The shard, index or sidecar.
        sample: The sample, or empty.
        kind: In a word or two.
        detail: In a sentence.
    """

    file: str
    sample: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the index says of a sample."""

    sample_id: str
    num_frames: int
    label: int
    metadata: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the sidecar says of a sample."""

    offset: int
    size_bytes: int
    crc32: int | None


@dataclass(slots=True)
class ShardCheck:
    """What one shard holds, and what is wrong with it.

    Attributes:
        shard: Its name.
        size_bytes: Its size.
        dirs: The samples that could be decoded.
        digests: Of their frames' files, one number each.
        n_frames: Decoded.
        n_with_sound: Samples with a spectrogram.
        resolutions: How many samples have each.
        damage: What is wrong.
    """

    shard: str
    size_bytes: int = 0
    dirs: list[str] = field(default_factory=list)
    digests: list[int] = field(default_factory=list)
    n_frames: int = 0
    n_with_sound: int = 0
    resolutions: Counter[str] = field(default_factory=Counter)
    damage: list[Finding] = field(default_factory=list)

    def find(self, sample: str, kind: str, detail: str) -> None:
        """Note something wrong."""
        self.damage.append(Finding(self.shard, sample, kind, detail))


def check_shard(
    path: Path, expected: Mapping[str, Expected], *, places: Mapping[str, Place] | None
) -> ShardCheck:
    """Read a shard from begin to end and decode every sample.

    Args:
        path: The shard.
        expected: The samples the index names in it, by folder.
        places: Where its sidecar says they lie; None where there is no sidecar.
    """
    check = ShardCheck(path.name)
    seen: set[str] = set()
    try:
        check.size_bytes = path.stat().st_size
        for stored in stored_samples(map_shard(path), where=path.name):
            seen.add(stored.dir)
            _check_sample(stored, expected.get(stored.dir), check)
            if places is not None:
                _check_place(stored, places.get(stored.dir), check)
    except (ArchiveError, DataError, OSError) as error:
        check.find("", "damaged shard", str(error))
    for folder in sorted(set(expected) - seen):
        check.find(folder, "missing sample", "the index names it, the shard does not hold it")
    return check


def _check_sample(stored: StoredSample, expected: Expected | None, check: ShardCheck) -> None:
    if expected is None:
        check.find(stored.dir, "unknown sample", "the shard holds it, the index does not name it")
    n_frames = stored.num_frames if expected is None else expected.num_frames
    try:
        clip = decode_sample(
            stored.content, folder=stored.dir, num_frames=n_frames, where=check.shard
        )
    except SampleError as error:
        check.find(stored.dir, "damaged sample", str(error))
        return
    finally:
        _check_meta(stored, expected, check)
    check.dirs.append(stored.dir)
    check.digests.append(_frames_digest(stored))
    check.n_frames += len(clip.frames)
    check.n_with_sound += clip.mel is not None
    check.resolutions[f"{clip.frames.shape[2]}x{clip.frames.shape[1]}"] += 1


def _check_meta(stored: StoredSample, expected: Expected | None, check: ShardCheck) -> None:
    """Hold what a sample says about itself against the index."""
    try:
        metadata = stored.metadata()
    except DataError as error:
        check.find(stored.dir, "metadata", str(error))
        return
    ours = metadata.pop(META_KEY, None)
    if expected is None or not isinstance(ours, dict):
        return  # nothing to compare, or another program's sample
    for name in ("sample_id", "label", "num_frames"):
        if ours.get(name) != getattr(expected, name):
            said = getattr(expected, name)
            check.find(stored.dir, name, f"{ours.get(name)!r} in the shard, {said!r} in the index")
    try:
        agrees = json.loads(expected.metadata) == metadata
    except ValueError:
        agrees = False
    if not agrees:
        check.find(stored.dir, "metadata", "other metadata in the index than in the shard")


def _check_place(stored: StoredSample, place: Place | None, check: ShardCheck) -> None:
    found = Place(stored.offset, stored.size_bytes, stored.crc32)
    if place is None:
        return  # not in the index, which is said already
    if (found.offset, found.size_bytes) != (place.offset, place.size_bytes):
        check.find(
            stored.dir,
            "offset",
            f"lies at {found.offset} with {found.size_bytes} bytes; the sidecar says "
            f"{place.offset} and {place.size_bytes}",
        )
    elif place.crc32 is not None and found.crc32 != place.crc32:
        check.find(stored.dir, "checksum", "its bytes are not those that were written")


def _frames_digest(stored: StoredSample) -> int:
    """Return a number that samples with the same image files share."""
    digest = hashlib.blake2b(digest_size=8)
    for content in _frames(stored):
        digest.update(content)
    return int.from_bytes(digest.digest(), "big")


def _frames(stored: StoredSample) -> Iterator[memoryview]:
    for part in sorted(stored.parts):
        if part.startswith("frame_"):
            begin = stored.parts[part].data - stored.offset
            yield stored.content[begin : begin + stored.parts[part].size]
