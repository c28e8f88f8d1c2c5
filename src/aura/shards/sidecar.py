"""The sidecar of an index: where each sample's bytes lie, ready to be mapped into memory."""

from collections.abc import Iterator

import pyarrow as pa

from aura.errors import DataError
from aura.shards.index import checksum
from aura.shards.names import sidecar_name
from aura.shards.rows import open_rows
from aura.shards.storage import LocalStorage, RemoteStorage

_CHUNK_BYTES = 1 << 22


def matching_sidecar(
    storage: LocalStorage | RemoteStorage, index_filename: str
) -> tuple[pa.RecordBatch, ...] | None:
    """Return the rows of the sidecar made from this very index; None where there is none.

    Raises:
        DataError: The index or the sidecar cannot be read.
    """
    name = sidecar_name(index_filename)
    if not storage.exists(name):
        return None
    batches, facts = open_sidecar(storage, name)
    size, crc = checksum(index_chunks(storage, index_filename))
    wanted = {"csv_size_bytes": str(size), "csv_crc32": str(crc)}
    return batches if facts == wanted else None


def open_sidecar(
    storage: LocalStorage | RemoteStorage, name: str
) -> tuple[tuple[pa.RecordBatch, ...], dict[str, str]]:
    """Return the rows of a sidecar, and what it says about its index.

    Raises:
        DataError: It cannot be read.
    """
    where = storage.where(name)
    if isinstance(storage, RemoteStorage):
        return open_rows(pa.BufferReader(storage.read_file(name)), where=where)
    try:
        source = pa.memory_map(where)
    except OSError as error:
        raise DataError(f"{where}: cannot be read: {error}") from error
    return open_rows(source, where=where)


def index_chunks(storage: LocalStorage | RemoteStorage, name: str) -> Iterator[bytes]:
    """Yield the bytes of an index.

    Raises:
        DataError: It cannot be read.
    """
    if isinstance(storage, RemoteStorage):
        yield storage.read_file(name)
        return
    try:
        with (storage.folder / name).open("rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise DataError(
            f"{storage.where(name)}: cannot be read: {error.strerror}; ShardWriter.close writes "
            "an index, and aura shards verify tells what is wrong with a folder"
        ) from error
