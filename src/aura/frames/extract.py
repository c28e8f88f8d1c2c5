"""Frames of every video into one tree, and the account of it."""

import errno
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from aura.atomic import write_text
from aura.engine import Executor, Item, Outcome, run_stage
from aura.engine.journal import Entry
from aura.engine.stage import item_fingerprint, stage_fingerprint
from aura.errors import DataError
from aura.frames import output
from aura.frames.disk import estimated_bytes, free_bytes, require_space
from aura.frames.index import frame_index, write_index
from aura.frames.report import Timing, extraction_report
from aura.frames.selection import select_videos
from aura.frames.source import FrameSource
from aura.frames.watch import ProgressFile, RunLog, WatchedExecutor, disk_full, now
from aura.media import MediaLimits
from aura.progress import Progress, Silent
from aura.stages import FrameConfig, FrameStage
from aura.stages.frame_names import CLASS_FOLDERS, frame_stem
from aura.stages.scan import file_key


@dataclass(frozen=True, slots=True)
class ExtractionPlan:
    """What to extract and where to.

    Attributes:
        source: The videos.
        out: The folder; made where missing.
        config: Which frames, and how they are stored.
        limits: What a video may at most be.
        max_videos: How many of each class; see `select_videos`.
        resume: Whether to keep what an earlier extraction left and still holds.
        check_space: Whether to refuse when the disk seems too small.
        n_workers: For the report.
    """

    source: FrameSource
    out: Path
    config: FrameConfig = field(default_factory=FrameConfig)
    limits: MediaLimits = field(default_factory=MediaLimits)
    max_videos: int | None = None
    resume: bool = True
    check_space: bool = True
    n_workers: int | None = None


def extract_frames(
    plan: ExtractionPlan, executor: Executor, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Bring the folder up to date with the plan and return the report, which lies there too.

    Frames whose video, settings and libraries are unchanged are kept; frames of videos that are
    no longer wanted go. A video that cannot be read is listed in the report, the others go on.

    Raises:
        DataError: No video is wanted, or two would share a name.
        UsageError: The folder holds other work, or another extraction is writing to it.
        AccessError: The disk is too small, or full.
    """
    videos = select_videos(plan.source.videos, plan.max_videos)
    if videos.is_empty():
        reasons = "; ".join(f"{f.path}: {f.reason}" for f in plan.source.failures[:3])
        raise DataError(
            f"{plan.source.root}: no usable video is listed; {reasons or 'it is empty'}"
        )
    items = _items(videos)
    stage = FrameStage(plan.config, limits=plan.limits)
    with output.opened(plan.out):
        if not plan.resume:
            output.forget(plan.out)
        recorded = output.claim(plan.out, plan.source.videos["video_id"].to_list())
        kept = _kept(recorded, items, stage=stage, time_limit_s=executor.time_limit_s)
        if plan.check_space:
            todo = [item.path for item in items if item.video_id not in kept]
            require_space(plan.out, estimated_bytes(todo, plan.config, limits=plan.limits))
        for label in videos["label"].unique().to_list():
            (plan.out / CLASS_FOLDERS[label]).mkdir(exist_ok=True)
        watch = ProgressFile(plan.out / output.PROGRESS, progress or Silent())
        watch.n_failed = sum(entry.failure is not None for entry in kept.values())
        log = RunLog(plan.out / output.LOG)
        n_unwanted = len(recorded.keys() - {item.video_id for item in items})
        if n_unwanted:
            log.info(f"frames of {n_unwanted} videos that are not wanted any more are removed")
        with _recorded(plan.out, watch, log):
            watched = WatchedExecutor(executor, plan.out, _note_failures(watch, log))
            return _run(plan, videos, items, stage=stage, executor=watched, watch=watch, log=log)


def _kept(
    recorded: Mapping[str, Entry], items: list[Item], *, stage: FrameStage, time_limit_s: float
) -> dict[str, Entry]:
    """Return what need not be done again, as far as the journal tells."""
    mark = stage_fingerprint(stage)
    return {
        item.video_id: entry
        for item in items
        if (entry := recorded.get(item.video_id)) is not None
        and entry.fingerprint == item_fingerprint(mark, item)
        and entry.holds(time_limit_s=time_limit_s)
    }


def _run(
    plan: ExtractionPlan,
    videos: pl.DataFrame,
    items: list[Item],
    *,
    stage: FrameStage,
    executor: Executor,
    watch: ProgressFile,
    log: RunLog,
) -> dict[str, Any]:
    """Run the stage and write index and report."""
    started = now()
    log.info(f"{len(items)} videos of {plan.source.root}, settings {plan.config!r}")
    for failure in plan.source.failures:
        log.failure(f"{failure.path}: {failure.reason}")
    result = run_stage(
        stage,
        items,
        folder=plan.out,
        table=output.TABLE,
        executor=executor,
        progress=watch,
    )
    write_index(frame_index(result.frame, videos), plan.out / output.INDEX)
    timing = Timing(started, now(), watch.elapsed_s, plan.n_workers)
    report = extraction_report(plan.source, videos, result, config=plan.config, timing=timing)
    write_text(plan.out / output.REPORT, json.dumps(report, indent=2) + "\n")
    log.info(f"{report['n_frames']} frames of {report['n_extracted']} videos")
    return report


@contextmanager
def _recorded(folder: Path, watch: ProgressFile, log: RunLog) -> Iterator[None]:
    """Leave the progress file and the log saying how the block ended.

    Raises:
        AccessError: The block ended for want of space.
    """
    watch.write("running")
    try:
        yield
    except BaseException as error:
        with suppress(OSError):  # on a full disk the account of it may not find room either
            log.failure(f"stopped: {error or type(error).__name__}")
            watch.write("stopped")
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(folder, free=free_bytes(folder)) from error
        raise
    watch.write("done")


def _items(videos: pl.DataFrame) -> list[Item]:
    """Return the videos as the stage meets them.

    Raises:
        DataError: The frames of two of them would bear the same names.
    """
    items: list[Item] = []
    stems: dict[str, str] = {}
    for video_id, name, label in videos.select("video_id", "path", "label").iter_rows():
        path = Path(name)
        stem = frame_stem(video_id, path.stem, label=label)
        if stem.casefold() in stems:
            raise DataError(
                f"{path} and {stems[stem.casefold()]} would have frames of the same names "
                f"({stem}); rename one of the videos"
            )
        stems[stem.casefold()] = name
        items.append(
            Item(video_id, path, file_key(path), facts={"label": label, "name": path.stem})
        )
    return items


def _note_failures(watch: ProgressFile, log: RunLog) -> Callable[[Outcome], None]:
    def seen(outcome: Outcome) -> None:
        if outcome.output is None:
            watch.n_failed += 1
            log.failure(f"{outcome.task.item.path}: {outcome.reason}")

    return seen
