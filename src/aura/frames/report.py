"""``extraction_report.json``: what was asked for, what there is, and what is missing and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from aura.engine import StageResult
from aura.frames.source import FrameSource
from aura.stages import FrameConfig
from aura.stages.frame_names import CLASS_FOLDERS
from aura.tables import Failure
from aura.versions import all_versions


@dataclass(frozen=True, slots=True)
class Timing:
    """When an extraction ran and how long; rates count the videos it did itself."""

    started: str
    finished: str
    elapsed_s: float
    n_workers: int | None


def extraction_report(
    source: FrameSource,
    videos: pl.DataFrame,
    result: StageResult,
    *,
    config: FrameConfig,
    timing: Timing,
) -> dict[str, Any]:
    """Return the report as JSON can hold it.

    Args:
        source: What was listed.
        videos: Those of its videos that were wanted.
        result: What the stage left.
        config: How frames were chosen and stored.
        timing: When and how long.
    """
    failures = (*source.failures, *result.failures)
    frames = result.frame.filter(pl.col("file") != "")
    n_wanted = len(videos) + len(source.failures)
    n_done = len(videos) - len(result.failures)
    return {
        "source": str(source.root),
        "out": str(result.folder),
        "settings": config.model_dump(mode="json"),
        "n_videos": n_wanted,
        "n_extracted": n_done,
        "n_failed": len(failures),
        "success_rate": round(n_done / n_wanted, 4) if n_wanted else None,
        "n_frames": len(frames),
        "size_bytes": int(frames["size_bytes"].sum()),
        "classes": _classes(videos, frames, result.failures),
        "resolutions": _resolutions(frames),
        "incomplete": _incomplete(result.frame, config),
        "failures": [asdict(failure) for failure in failures],
        "left_out": _counts([entry.kind for entry in source.left_out]),
        "notes": list(source.notes),
        "timings": _timings(timing, result, frames),
        "versions": all_versions(),
    }


def _classes(
    videos: pl.DataFrame, frames: pl.DataFrame, failures: Sequence[Failure]
) -> dict[str, dict[str, int]]:
    failed = {failure.video_id for failure in failures}
    made = frames.group_by("parent_id").agg(
        pl.len().alias("n_frames"), pl.col("size_bytes").sum().alias("n_bytes")
    )
    joined = videos.join(made, left_on="video_id", right_on="parent_id", how="left")
    counts: dict[str, dict[str, int]] = {}
    for label, name in CLASS_FOLDERS.items():
        own = joined.filter(pl.col("label").eq_missing(pl.lit(label, dtype=pl.Int64)))
        if len(own):
            counts[name] = {
                "videos": len(own),
                "failed": int(own["video_id"].is_in(list(failed)).sum()),
                "frames": int(own["n_frames"].sum()),
                "bytes": int(own["n_bytes"].sum()),
            }
    return counts


def _resolutions(frames: pl.DataFrame) -> dict[str, int]:
    sizes = frames.select(pl.format("{}x{}", "width", "height")).to_series()
    return _counts(sizes.to_list())


def _counts(values: Sequence[str]) -> dict[str, int]:
    table = pl.Series("value", values, dtype=pl.String).value_counts(sort=True)
    return dict(table.sort(["count", "value"], descending=[True, False]).iter_rows())


def _incomplete(rows: pl.DataFrame, config: FrameConfig) -> list[dict[str, Any]]:
    """Return the videos with fewer frames than asked for: too short, or damaged in places."""
    found: list[dict[str, Any]] = []
    for (video_id,), own in rows.group_by("parent_id", maintain_order=True):
        made = int((own["file"] != "").sum())
        wanted = config.per_video if config.fps is None else len(own)
        if made < wanted:
            reasons = own.filter(pl.col("problem") != "")
            found.append(
                {
                    "video_id": video_id,
                    "wanted": wanted,
                    "made": made,
                    "reasons": [
                        f"frame {index}: {problem}"
                        for index, problem in reasons.select("frame_index", "problem").iter_rows()
                    ]
                    or [f"the video has {len(own)} frames"],
                }
            )
    return found


def _timings(timing: Timing, result: StageResult, frames: pl.DataFrame) -> Mapping[str, Any]:
    elapsed_s = timing.elapsed_s
    per_second = result.n_run / elapsed_s if elapsed_s > 0 else None
    return {
        "started": timing.started,
        "finished": timing.finished,
        "elapsed_s": round(elapsed_s, 3),
        "workers": timing.n_workers,
        "videos_run": result.n_run,
        "videos_reused": result.n_reused,
        "videos_per_s": None if per_second is None else round(per_second, 3),
        "frames_a_video": round(len(frames) / max(1, frames["parent_id"].n_unique()), 3),
    }
