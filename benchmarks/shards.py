"""Shards: reading against raw decoding and the webdataset library, opening, memory, writing.

    python -m benchmarks.shards [--clips DIR] [--samples 60] [--rounds 11] [--rows 10000000]

The rivals take turns, round by round, over the same frames; ratios are medians over rounds of the
processor time of one thread, which a busy machine changes least. Writes ``shards.json`` and
``shards.md``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import torch
import webdataset
from numpy.typing import NDArray

from aura.atomic import write_text
from aura.media import open_video, uniform_indices
from aura.shards import ImageEncoding, ShardClipDataset, ShardClipIterable, ShardWriter
from aura.shards.index import write_index
from aura.shards.rows import BATCH_ROWS, SCHEMA
from aura.shards.tar_format import members_of
from aura.versions import all_versions, versions_of
from benchmarks.machine import machine_facts
from benchmarks.shards_page import to_markdown

_RESULTS = Path(__file__).parent / "results"
_CLIPS = Path(
    os.environ.get("AURA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"), "clips"
)
_SIDE_PX, _LENGTH = 224, 16
_ROWS_A_SHARD = 5000
_WRITTEN_COPIES = 4
"""Enough clips that what a writer does once, at its end, counts as little as in a real folder."""
Clip = NDArray[np.uint8]
Work = Callable[[], None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the results."""
    options = _parse(arguments)
    machine = machine_facts()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    clips = list(_clips(options.clips, n=options.samples))
    with tempfile.TemporaryDirectory(prefix="aura-shards-") as scratch:
        folder = Path(scratch)
        for layout in ("folder", "webdataset"):
            with ShardWriter(
                folder / layout, max_shard_size_bytes=4 << 20, layout=layout
            ) as writer:
                _add(writer, clips)
        reading = _interleaved(_readers(folder), rounds=options.rounds)
        writing = _interleaved(
            _writers(folder / "written", clips[:30] * _WRITTEN_COPIES),
            rounds=min(5, options.rounds),
        )
        result = {
            "machine": machine,
            "versions": all_versions() | versions_of("webdataset", "pyarrow", "pillow"),
            "n_clips": len(clips),
            "n_rounds": options.rounds,
            "reading": reading,
            "writing": writing,
            "opening": _opening(folder / "large", n_rows=options.rows),
            "memory": [_memory(n, folder / f"memory_{n}") for n in options.memory],
        }
    write_text(options.out / "shards.json", json.dumps(result, indent=1) + "\n")
    write_text(options.out / "shards.md", to_markdown(result))
    print(to_markdown(result))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--clips", type=Path, default=_CLIPS, help="folder with real/ and fake/")
    add("--out", type=Path, default=_RESULTS, help="folder for the results")
    add("--samples", type=int, default=60, help="clips of 16 frames")
    add("--rounds", type=int, default=11, help="turns of each rival")
    add("--rows", type=int, default=10_000_000, help="rows of the large index")
    add("--memory", type=int, nargs="*", default=[1000, 10_000], help="samples to write and read")
    return parser.parse_args(arguments)


def _clips(folder: Path, *, n: int) -> Iterator[Clip]:
    """Yield clips of real videos, uint8 [16, 224, 224, 3], cut from their middle."""
    videos = sorted(path for path in folder.glob("*/*") if path.is_file())
    for path in videos[:n]:
        with open_video(path) as video:
            frames = video.frames_at(indices=uniform_indices(video.n_frames, _LENGTH)).data
        side = min(frames.shape[1:3])
        top, left = ((size - side) // 2 for size in frames.shape[1:3])
        square = frames[:, top : top + side, left : left + side]
        if len(square) == _LENGTH:
            yield np.stack(
                [cv2.resize(f, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA) for f in square]
            ).astype(np.uint8)


def _add(writer: ShardWriter, clips: Sequence[Clip]) -> None:
    for number, clip in enumerate(clips):
        metadata = {"fps": 25.0, "video_id": f"v{number}"}
        writer.add_sample(f"v{number:05d}_000000", clip, number % 2, metadata)


def _readers(folder: Path) -> dict[str, Work]:
    """Return the rivals, each of which reads every clip once as a tensor [T, H, W, 3]."""
    ours, stream = ShardClipDataset(folder / "folder"), ShardClipIterable(folder / "folder")
    shards = sorted((folder / "webdataset").glob("*.tar"))
    urls = [path.as_posix() for path in shards]
    images = [
        [np.frombuffer(shard[m.data : m.data + m.size], np.uint8) for m in frames]
        for shard, frames in _frames_of(shards)
    ]
    return {
        "raw": lambda: _raw(images, stacked=False),
        "raw_stacked": lambda: _raw(images, stacked=True),
        "dataset": lambda: _drain(ours),
        "stream": lambda: _drain(stream),
        "webdataset": lambda: _library(urls, "rgb8"),
        "webdataset_opencv": lambda: _library(urls, _opencv_decoder),
    }


def _frames_of(shards: Sequence[Path]) -> Iterator[tuple[bytes, list[Any]]]:
    for path in shards:
        content = path.read_bytes()
        clips: dict[str, list[Any]] = {}
        for member in members_of(content, where=path.name):
            if member.name.endswith(".webp"):
                clips.setdefault(member.name.partition(".")[0], []).append(member)
        for frames in clips.values():
            yield content, frames


def _raw(clips: Sequence[Sequence[NDArray[np.uint8]]], *, stacked: bool) -> None:
    """Decode images that lie in memory, and nothing else."""
    for images in clips:
        frames: list[Any] = [cv2.imdecode(image, cv2.IMREAD_COLOR_RGB) for image in images]
        if stacked:
            torch.from_numpy(np.stack(frames))


def _drain(samples: Any) -> None:
    for sample in samples:
        assert len(sample["data"]) == _LENGTH


def _library(urls: Sequence[str], decoder: Any) -> None:
    """Read with the library as its manual says, and put the frames of a clip together."""
    dataset = webdataset.WebDataset(urls, shardshuffle=False)  # pyright: ignore[reportAttributeAccessIssue]
    for sample in dataset.decode(decoder):
        frames = [sample[name] for name in sorted(sample) if name.endswith(".webp")]
        assert len(torch.from_numpy(np.stack(frames))) == _LENGTH


def _opencv_decoder(key: str, data: bytes) -> Any:
    if not key.endswith(".webp"):
        return None
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def _writers(folder: Path, clips: Sequence[Clip]) -> dict[str, Work]:
    encoding, turns = ImageEncoding(), iter(range(1_000_000))

    def encode() -> None:
        for clip in clips:
            for frame in clip:
                encoding.encode(frame)

    def write() -> None:
        with ShardWriter(folder / str(next(turns)), max_shard_size_bytes=4 << 20) as writer:
            _add(writer, clips)

    return {"encode": encode, "write": write}


def _interleaved(rivals: dict[str, Work], *, rounds: int) -> dict[str, dict[str, Any]]:
    """Return wall and processor seconds of each rival in each round, after one to warm up."""
    for work in rivals.values():
        work()
    times: dict[str, dict[str, list[float]]] = {n: {"wall_s": [], "cpu_s": []} for n in rivals}
    for number in range(rounds):
        names = list(rivals)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            wall, cpu = time.perf_counter(), time.process_time()
            rivals[name]()
            times[name]["cpu_s"].append(time.process_time() - cpu)
            times[name]["wall_s"].append(time.perf_counter() - wall)
    return {
        name: {
            "cpu_s": statistics.median(own["cpu_s"]),
            "wall_s": statistics.median(own["wall_s"]),
            "rounds_cpu_s": [round(t, 4) for t in own["cpu_s"]],
            "rounds_wall_s": [round(t, 4) for t in own["wall_s"]],
        }
        for name, own in times.items()
    }


def _opening(folder: Path, *, n_rows: int) -> dict[str, Any]:
    """Return what opening a large index costs a process of its own, which imports come before."""
    folder.mkdir()
    write_index(folder, "index.csv", lambda: _synthetic(n_rows))
    program = (
        "import json, psutil, sys, time\n"
        "from aura.shards import ShardReader\n"
        "before = psutil.Process().memory_info().rss\n"
        "start = time.perf_counter()\n"
        "reader = ShardReader(sys.argv[1])\n"
        "opened = time.perf_counter()\n"
        "rss_opened = psutil.Process().memory_info().rss\n"
        "rows = [reader.table.row(i * 104729 % len(reader)) for i in range(1000)]\n"
        "done = time.perf_counter()\n"
        "print(json.dumps({'n_rows': len(reader), 'open_s': opened - start,\n"
        "  'row_us': (done - opened) * 1e3, 'rss_bytes': psutil.Process().memory_info().rss,\n"
        "  'rss_before_bytes': before, 'rss_opened_bytes': rss_opened}))\n"
    )
    runs = [_run(program, str(folder)) for _ in range(3)]
    sizes = {
        f"{kind}_bytes": (folder / f"index.{kind}").stat().st_size for kind in ("csv", "arrow")
    }
    best = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return best | sizes


def _synthetic(n_rows: int) -> Iterator[pa.RecordBatch]:
    for begin in range(0, n_rows, BATCH_ROWS):
        numbers = np.arange(begin, min(begin + BATCH_ROWS, n_rows))
        n = len(numbers)
        ids = [f"{number // 8:07d}_{number % 8:06d}" for number in numbers.tolist()]
        columns: dict[str, Any] = {
            "sample_id": ids,
            "shard": [f"shard_{number // _ROWS_A_SHARD:05d}.tar" for number in numbers.tolist()],
            "dir": [f"sample_{one}" for one in ids],
            "num_frames": np.full(n, 16, np.int32),
            "label": (numbers % 2).astype(np.int8),
            "metadata": ['{"fps":25.0,"source":"fake"}'] * n,
            "group_id": [one[:7] for one in ids],
            "split": [None] * n,
            "width": np.full(n, 224, np.int32),
            "height": np.full(n, 224, np.int32),
            "has_mel": np.zeros(n, np.bool_),
            "offset": numbers % _ROWS_A_SHARD * 200_704,
            "size_bytes": np.full(n, 200_704, np.int64),
            "crc32": numbers,
        }
        yield pa.RecordBatch.from_arrays(
            [pa.array(columns[field.name], type=field.type) for field in SCHEMA], schema=SCHEMA
        )


def _memory(n_samples: int, folder: Path) -> dict[str, Any]:
    """Return the most memory that writing and streaming ``n_samples`` small clips took."""
    program = (
        "import json, resource, sys, numpy as np\n"
        "from aura.shards import ShardWriter, ShardClipIterable\n"
        "n, folder = int(sys.argv[1]), sys.argv[2]\n"
        "frames = np.zeros((2, 32, 32, 3), np.uint8)\n"
        "with ShardWriter(folder, max_shard_size_bytes=4 << 20) as writer:\n"
        "    for i in range(n):\n"
        "        writer.add_sample(f'{i // 4}_{i % 4}', frames, i // 4 % 2, {'fps': 25.0})\n"
        "for sample in ShardClipIterable(folder, shuffle=True):\n"
        "    pass\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps({'n_samples': n, 'peak_bytes': peak * 1024}))\n"
    )
    return _run(program, str(n_samples), str(folder))


def _run(program: str, *arguments: str) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout)


if __name__ == "__main__":
    main()
