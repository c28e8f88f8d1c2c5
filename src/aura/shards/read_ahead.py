"""The bytes of samples in a given order, fetched before they are asked for."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from aura.shards.reader import ShardReader, merged_stretches, stretch_of
from aura.shards.rows import SampleRow

Block = NDArray[np.int64]
Fetched = tuple[SampleRow, bytes | memoryview]

_MAX_STRETCH_BYTES = 16 << 20


def read_blocks(reader: ShardReader, blocks: Iterable[Block]) -> Iterator[Fetched]:
    """Yield row and bytes of the samples of blocks, in their order.

    From a disk each sample is read when its turn comes: the system reads ahead by itself. From
    elsewhere a block is fetched while the one before it is used, neighbours by one request; two
    blocks are held in memory.
    """
    if reader.storage.is_local:
        for block in blocks:
            for number in block:
                row = reader.table.row(int(number))
                yield row, reader.storage.read([stretch_of(row)])[0]
        return
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming: Future[list[Fetched]] | None = None
        for block in blocks:
            following = thread.submit(_fetch, reader, block)
            if coming is not None:
                yield from coming.result()
            coming = following
        if coming is not None:
            yield from coming.result()


def _fetch(reader: ShardReader, block: Block) -> list[Fetched]:
    """Return the samples of a block in its order, fetched in the order of shards and offsets."""
    rows = [reader.table.row(int(number)) for number in block]
    order = sorted(range(len(rows)), key=lambda i: (rows[i].shard, rows[i].offset))
    merged = merged_stretches([rows[i] for i in order], max_bytes=_MAX_STRETCH_BYTES)
    contents = reader.storage.read([stretch for stretch, _ in merged])
    fetched: list[Fetched] = [(row, b"") for row in rows]
    places = iter(order)
    for (stretch, count), content in zip(merged, contents, strict=True):
        view = memoryview(content)
        for _ in range(count):
            place = next(places)
            row = rows[place]
            begin = row.offset - stretch.offset
            fetched[place] = (row, view[begin : begin + row.size_bytes])
    return fetched
