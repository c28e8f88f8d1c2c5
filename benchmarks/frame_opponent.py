"""The plain way to extract frames: OpenCV and threads, as most scripts do it.

    python -m benchmarks.frame_opponent VIDEOS OUT --workers 4

Reads the same folders, chooses the same three frames, writes the same JPEG quality, skips what it
cannot read, and prints how long the work took and which frames it wrote as JSON.
"""

import argparse
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2

_CLASSES = {"real": "real", "fake": "ai"}
_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".flv", ".gif"}


def main() -> None:
    """Extract, and print what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    start_s = time.perf_counter()
    tasks = [
        (path, options.out / name, name)
        for folder, name in _CLASSES.items()
        for path in sorted((options.videos / folder).rglob("*"))
        if path.suffix.lower() in _SUFFIXES
    ]
    for name in _CLASSES.values():
        (options.out / name).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(options.workers) as pool:
        written = list(pool.map(_extract, tasks))
    record = {
        "work_s": time.perf_counter() - start_s,
        "n_videos": len(tasks),
        "frames": {str(task[0]): frames for task, frames in zip(tasks, written, strict=True)},
    }
    print(json.dumps(record))


def _extract(task: tuple[Path, Path, str]) -> list[dict[str, Any]]:
    """Write the three frames of one video; return the index and file of each."""
    path, folder, category = task
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        return []
    n_frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    digest = hashlib.md5(str(path).encode(), usedforsecurity=False).hexdigest()[:8]
    frames: list[dict[str, Any]] = []
    for number, index in enumerate((n_frames // 3, n_frames // 2, 2 * n_frames // 3), start=1):
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        ok, picture = capture.read()
        if not ok:
            continue
        file = folder / f"{category}_{path.stem}_{digest}_frame_{number:02d}.jpg"
        cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        frames.append({"index": index, "file": str(file)})
    capture.release()
    return frames


if __name__ == "__main__":
    main()
