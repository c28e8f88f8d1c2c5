"""The writer of shards: samples in, whole shards and their index out, whatever interrupts it."""

import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import ArrayLike
from pydantic import ValidationError

from aura.errors import ConfigError, DataError, UsageError
from aura.shards.config import MIB, ImageCodec, Layout, ShardConfig
from aura.shards.finish import write_division
from aura.shards.folder import ShardFolder
from aura.shards.image_codec import ImageEncoding
from aura.shards.index import write_index
from aura.shards.names import check_sample_id, sample_dir
from aura.shards.rows import row_of
from aura.shards.sample import EncodedSample, encode_sample
from aura.shards.scan import encoded_samples
from aura.shards.seen import SeenIds
from aura.shards.unfinished import UnfinishedShard


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """What a writer left.

    Attributes:
        n_samples: In all shards, those of earlier, interrupted runs included.
        n_shards: Whole shards.
        undivided: Why there is no training and validation index; empty where there are.
    """

    n_samples: int
    n_shards: int
    undivided: str = ""


class ShardWriter:
    """Writes samples into tar shards one after the other, and at the end their index.

    A shard is whole or absent; index, splits and statistics are written by `close`, and name only
    what is in whole shards. The same samples in the same order give the same bytes, whether they
    come as arrays, encoded elsewhere, or after an interruption. Leaving the ``with`` block by an
    exception closes nothing: whole shards stay, and ``resume=True`` goes on after them.

    Args:
        output_dir: Folder of the shards; made where it is missing.
        shard_prefix: Shards are named ``<prefix>_00000.tar``.
        max_shard_size_bytes: Largest shard; a larger sample has a shard of its own.
        image_codec: ``webp`` or ``jpeg``.
        image_quality: 1 to 100.
        webp_method: Effort of the WebP encoder, 0 (fast) to 6 (small).
        layout: ``folder``, or ``webdataset`` for names which that library groups by itself.
        index_filename: Name of the index.
        val_share: Share of the samples in the validation index, in whole groups.
        seed: Decides between equally good divisions.
        resume: Go on in a folder that holds shards, with the settings they were written with.
        encode_threads: Frames of a sample encoded at once.
        statistics_file: Where the statistics go; by default ``dataset_statistics.json`` in
            ``output_dir``.

    Raises:
        ConfigError: A setting is out of range, or another than that of the shards to go on with.
        DataError: The folder holds shards and ``resume`` is not set, or another writer is at it.
    """

    def __init__(
        self,
        output_dir: str | Path,
        shard_prefix: str = "shard",
        max_shard_size_bytes: int = 1024 * MIB,
        image_codec: ImageCodec = "webp",
        image_quality: int = 90,
        *,
        webp_method: int = 0,
        layout: Layout = "folder",
        index_filename: str = "index.csv",
        val_share: float = 0.2,
        seed: int = 42,
        resume: bool = False,
        encode_threads: int = 1,
        statistics_file: str | Path | None = None,
    ) -> None:
        settings = checked_settings(
            prefix=shard_prefix,
            max_shard_size_bytes=max_shard_size_bytes,
            image_codec=image_codec,
            image_quality=image_quality,
            webp_method=webp_method,
            layout=layout,
            index_filename=index_filename,
        )
        if not 0 <= val_share < 1:
            raise UsageError(f"val_share is at least 0 and less than 1, not {val_share}")
        self.encoding = ImageEncoding(image_codec, image_quality, webp_method)
        self.layout: Layout = layout
        self.output_dir = Path(output_dir)
        self._index_filename = index_filename
        self._val_share, self._seed = val_share, seed
        self._max_bytes = max_shard_size_bytes
        statistics = self.output_dir / "dataset_statistics.json"
        self._statistics = statistics if statistics_file is None else Path(statistics_file)
        self._threads = ThreadPoolExecutor(encode_threads) if encode_threads > 1 else None
        self._shard: UnfinishedShard | None = None
        self._seen = SeenIds()
        self._is_open = True
        self._folder = ShardFolder(self.output_dir, shard_prefix, settings=settings)
        self._folder.claim(resume=resume)
        try:
            for batch in self._folder.batches():
                for sample_id in batch.column("sample_id").to_pylist():
                    self._seen.add(sample_id)
        except BaseException:
            self.abort()
            raise
        self._n_resumed = len(self._seen)

    @classmethod
    def from_config(cls, output_dir: str | Path, config: ShardConfig, **more: Any) -> Self:
        """Return a writer as a configuration says; ``more`` are keyword arguments of the class."""
        return cls(
            output_dir,
            shard_prefix=config.prefix,
            max_shard_size_bytes=config.max_shard_size_mb * MIB,
            image_codec=config.image_codec,
            image_quality=config.image_quality,
            webp_method=config.webp_method,
            layout=config.layout,
            index_filename=config.index_filename,
            **more,
        )

    def __contains__(self, sample_id: str) -> bool:
        """Say whether a sample is written, and so need not come again after an interruption."""
        return sample_id in self._seen

    @property
    def n_resumed(self) -> int:
        """How many samples whole shards held when the writer was opened.

        Samples that come in the order of before can be skipped by this number.
        """
        return self._n_resumed

    def add_sample(
        self,
        sample_id: str,
        frames_rgb: Any,
        label: int,
        sample_metadata: Mapping[str, Any] | None = None,
        mel_clip: ArrayLike | None = None,
    ) -> None:
        """Encode a sample and write it.

        Args:
            sample_id: Unique; what can stand in a path.
            frames_rgb: uint8 [T, H, W, 3], RGB.
            label: 0 real, 1 fake.
            sample_metadata: What JSON can hold. ``group_id`` (else ``video_id``) names what must
                not be divided between splits; ``split`` is kept where it is given.
            mel_clip: Floats [n_mels, time], stored as float16; None without sound.

        Raises:
            DataError: A value is not as said, the id was there before, or the disk refuses.
        """
        self._require_new(sample_id)
        self.add_encoded(
            encode_sample(
                sample_id,
                frames_rgb,
                label=label,
                sample_metadata=sample_metadata,
                mel_clip=mel_clip,
                encoding=self.encoding,
                layout=self.layout,
                threads=self._threads,
            )
        )

    def add_encoded(self, sample: EncodedSample) -> None:
        """Write a sample that `encode_sample` made, here or in another process.

        Raises:
            DataError: It has another layout, the id was there before, or the disk refuses.
        """
        self._require_new(sample.sample_id)
        if sample.dir != sample_dir(sample.sample_id, self.layout):
            raise DataError(
                f"sample {sample.sample_id!r} was encoded for another layout than {self.layout}"
            )
        if self._shard is not None and not self._shard.has_room(
            len(sample.content), max_bytes=self._max_bytes
        ):
            self._finish_shard()
        if self._shard is None:
            self._shard = self._folder.open_next()
        offset = self._shard.append(sample.content)
        crc32 = zlib.crc32(sample.content)
        self._shard.add_row(row_of(sample, shard=self._shard.name, offset=offset, crc32=crc32))
        self._seen.add(sample.sample_id)

    def add_part(self, path: Path) -> None:
        """Write the samples of a shard that we wrote elsewhere, unchanged and in their order.

        Workers that write a small shard a video, and one writer that takes these in a fixed order,
        give the same bytes with any number of workers.

        Raises:
            DataError: The shard is damaged, or a sample cannot be taken.
        """
        for sample in encoded_samples(path):
            self.add_encoded(sample)

    def close(self) -> ShardSummary:
        """Finish the last shard, write index, splits and statistics, and say what is there.

        Raises:
            DataError: The disk refuses.
            LeakageError: The splits that came with the samples divide a group; the index is
                written nevertheless.
        """
        self._require_open()
        try:
            self._finish_shard()
            write_index(self.output_dir, self._index_filename, self._folder.batches)
            undivided = write_division(
                self.output_dir,
                self._index_filename,
                self._folder.batches,
                val_share=self._val_share,
                seed=self._seed,
                statistics_file=self._statistics,
                settings=self._folder.settings,
            )
        finally:
            self.abort()
        return ShardSummary(len(self._seen), self._folder.n_shards, undivided)

    def abort(self) -> None:
        """Let go of the folder and leave the shard that is not whole unwritten."""
        self._is_open = False
        if self._shard is not None:
            self._shard.discard()
            self._shard = None
        if self._threads is not None:
            self._threads.shutdown()
        self._folder.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.abort()
        elif self._is_open:
            self.close()

    def _require_new(self, sample_id: str) -> None:
        self._require_open()
        if check_sample_id(sample_id) in self._seen:
            raise DataError(
                f"{self.output_dir}: sample {sample_id!r} is there already; each sample has an id "
                "of its own (after an interruption, skip what is `in` the writer)"
            )

    def _require_open(self) -> None:
        if not self._is_open:
            raise UsageError(f"{self.output_dir}: the writer is closed; open another")

    def _finish_shard(self) -> None:
        if self._shard is not None:
            self._folder.commit(self._shard)
            self._shard = None


def checked_settings(*, max_shard_size_bytes: int, **settings: Any) -> dict[str, Any]:
    """Return the settings that shards of one folder have in common.

    Raises:
        ConfigError: One is out of range.
    """
    if max_shard_size_bytes < 1:
        raise ConfigError(f"max_shard_size_bytes is at least 1, not {max_shard_size_bytes}")
    try:
        ShardConfig(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).replace("prefix", "shard_prefix")
        raise ConfigError(f"{name}={first['input']!r}: {first['msg']}") from error
    return {**settings, "max_shard_size_bytes": max_shard_size_bytes}
