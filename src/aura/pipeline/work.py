"""What a run has at hand and what it has made so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from aura.config import Config
from aura.datasets import ListedVideo
from aura.engine import Executor, Item, Stage, StageResult, run_stage
from aura.errors import TooManyFailures
from aura.progress import Progress
from aura.tables import FAILURES, LEFT_OUT, Failure, LeftOut
from aura.training import ModelFolds

FAILURES_FILE = "failures.parquet"
LEFT_OUT_FILE = "left_out.parquet"
VIDEOS_FILE = "videos.parquet"


@dataclass
class Work:
    """One run under way: each step reads what earlier ones left here and adds its own."""

    data: Path
    folder: Path
    config: Config
    executor: Executor
    progress: Progress
    held_out: tuple[ListedVideo, ...] = ()
    videos: pl.DataFrame = field(default_factory=pl.DataFrame)
    results: dict[str, StageResult] = field(default_factory=dict[str, StageResult])
    failures: list[Failure] = field(default_factory=list[Failure])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    folds: list[ModelFolds] = field(default_factory=list[ModelFolds])
    n_listed: int = 0
    n_leaks: int = 0
    near_duplicates: bool = False
    _failed: set[str] = field(default_factory=set[str])

    def run_stage(self, stage: Stage, items: list[Item], *, folder: str, table: str) -> StageResult:
        """Run a stage over ``items``, keep its result and record its failures."""
        result = run_stage(
            stage,
            items,
            folder=self.folder / folder,
            table=table,
            executor=self.executor,
            progress=self.progress,
        )
        self.results[stage.name] = result
        self.record_failures(result.failures)
        return result

    def record_failures(self, failures: Iterable[Failure]) -> None:
        """Add failures, and stop the run when there are too many.

        Raises:
            TooManyFailures: The share of failed videos exceeds ``engine.max_failed_share``.
        """
        for failure in failures:
            self.failures.append(failure)
            self._failed.add(failure.video_id)
        n_failed = len(self.failed_ids)
        limit = self.config.engine.max_failed_share
        if n_failed > limit * self.n_listed:
            first = self.failures[0]
            raise TooManyFailures(
                f"{n_failed} of {self.n_listed} videos failed, more than the {limit:.0%} that "
                f"engine.max_failed_share allows. First: {first.path}: {first.reason}. "
                f"All are listed in {self.folder / FAILURES_FILE}"
            )

    def write_failures(self, path: Path | None = None) -> None:
        """Write down all failures so far, however the run goes on."""
        FAILURES.write(FAILURES.from_rows(self.failures), path or self.folder / FAILURES_FILE)

    def write_left_out(self, path: Path | None = None) -> None:
        """Write down what the data set has or names that is no video to work with."""
        LEFT_OUT.write(LEFT_OUT.from_rows(self.left_out), path or self.folder / LEFT_OUT_FILE)

    @property
    def failed_ids(self) -> set[str]:
        """The originals that failed somewhere; they take no part in training."""
        return {video_id for video_id in self._failed if "~" not in video_id}

    def is_out(self, video_id: str) -> bool:
        """Say whether a video, or the original of a version, has failed somewhere."""
        return not self._failed.isdisjoint({video_id, video_id.partition("~")[0]})

    def originals(self) -> list[Item]:
        """Return the manifest's videos as items, those that failed left out."""
        return [
            Item(video_id, Path(path), sha256)
            for video_id, path, sha256 in self.videos.select(
                "video_id", "path", "sha256"
            ).iter_rows()
            if not self.is_out(video_id)
        ]

    def made_by(self, step: str) -> list[Item]:
        """Return the files a step made as items, those of failed videos left out."""
        result = self.results[step]
        return [
            Item(video_id, result.folder / file, result.keys[video_id])
            for video_id, file in result.frame.select("video_id", "file").iter_rows()
            if not self.is_out(video_id)
        ]
