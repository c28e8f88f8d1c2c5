"""Grouping many fingerprints, each number in a process of its own.

    python -m benchmarks.near_duplicate_scale FILE

measures one file that `plant_file` wrote and prints what it found as JSON.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from aura.duplicates import near_groups

_SEED = 20


def plant_file(folder: Path, n_videos: int) -> Path:
    """Return a file of made-up fingerprints, which is kept for the next time."""
    path = folder / f"fingerprints-{n_videos}.parquet"
    if not path.exists():
        from benchmarks.near_duplicate_collection import plant

        folder.mkdir(parents=True, exist_ok=True)
        planted = plant(n_videos, seed=_SEED)
        table = pl.DataFrame(
            {
                "video_id": planted.video_ids,
                "fingerprint": planted.fingerprints,
                "cluster": planted.cluster,
            }
        )
        table.write_parquet(path)
    return path


def measure_file(path: Path) -> dict[str, Any]:
    """Return what grouping a file took and gave, measured in a new process."""
    command = [sys.executable, "-m", "benchmarks.near_duplicate_scale", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def measure_here(path: Path) -> dict[str, Any]:
    """Return what grouping a file takes and gives in this process."""
    table = pl.read_parquet(path)
    ids, texts = table["video_id"].to_list(), table["fingerprint"].to_list()
    clusters = table["cluster"].to_numpy()
    del table
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    groups = near_groups(ids, texts)
    took = {"wall_s": time.perf_counter() - wall_s, "cpu_s": time.process_time() - cpu_s}
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    found = _judge(groups, clusters)
    return {"n_videos": len(ids)} | took | {"peak_bytes": peak_bytes} | found


def _judge(groups: list[str | None], clusters: np.ndarray) -> dict[str, Any]:
    """Return how many copies were tied, and how many groups hold more than one footage."""
    table = pl.DataFrame({"group": groups, "cluster": clusters})
    sizes = table.with_columns(n=pl.len().over("cluster"))
    copies = sizes.filter(pl.col("n") > 1)
    whole = copies.group_by("cluster").agg(
        (pl.col("group").n_unique() == 1) & pl.col("group").is_not_null().all()
    )
    found = table.filter(pl.col("group").is_not_null()).group_by("group")
    mixed = found.agg(pl.col("cluster").n_unique().alias("n")).filter(pl.col("n") > 1)
    return {
        "n_copies": len(copies),
        "copies_tied": copies["group"].is_not_null().mean(),
        "clusters_whole": whole["group"].mean(),
        "n_groups": found.len().height,
        "n_groups_mixed": mixed.height,
    }


if __name__ == "__main__":
    print(json.dumps(measure_here(Path(sys.argv[1]))))
