"""From a data set to a manifest, without a run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from aura.config import Config
from aura.datasets.layouts import AUTO, layout_named
from aura.engine import LocalExecutor
from aura.errors import DataError, UsageError
from aura.pipeline import steps
from aura.pipeline.work import Work
from aura.progress import Progress, Silent
from aura.tables import VIDEOS, Failure

_TABLES = (".parquet", ".arrow", ".csv")


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A manifest and what did not make it into it.

    Attributes:
        videos: What was written to ``out``.
        failures: Videos that failed.
        left_out: How many things of each kind are no videos to work with, though nothing failed.
        out: The manifest.
        failures_file: The table of failures beside it.
        left_out_file: The table of what was left out beside it.
        undivided: Why no folds could be assigned; the manifest is whole but for these.
    """

    videos: pl.DataFrame
    failures: tuple[Failure, ...]
    left_out: Mapping[str, int]
    out: Path
    failures_file: Path
    left_out_file: Path
    undivided: str | None


def scan_data(
    data: Path, out: Path, *, config: Config, progress: Progress | None = None
) -> ScanResult:
    """List, hash, probe and fingerprint a data set and write its manifest.

    What was learned of each file is kept in a hidden folder beside ``out``, so that a second scan
    looks only at what changed.

    Args:
        data: A folder or a table.
        out: The manifest to write (.parquet, .arrow or .csv); ``<out>.failures.parquet`` and
            ``<out>.left_out.parquet`` are written beside it.
        config: All settings; ``data``, ``media``, ``duplicates``, ``split`` and ``engine`` count.
        progress: Told what happens.

    Raises:
        UsageError: ``out`` has another ending, or another scan is writing it.
        DataError: The data cannot be used.
        TooManyFailures: More videos failed than ``engine.max_failed_share`` allows.
    """
    if config.data.layout != AUTO:
        layout_named(config.data.layout)
    if out.suffix not in _TABLES:
        raise UsageError(f"--out {out}: a table ends in {', '.join(_TABLES)}")
    folder = out.parent / f".{out.stem}.scan"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / ".lock", timeout=0).acquire()
    except Timeout as error:
        raise UsageError(f"{out}: another scan is writing it; wait for it") from error
    except OSError as error:
        raise DataError(f"{folder}: cannot be written to: {error.strerror}") from error
    failures_file = out.with_suffix(".failures.parquet")
    left_out_file = out.with_suffix(".left_out.parquet")
    with held, LocalExecutor(config.engine) as executor:
        work = Work(
            data=data,
            folder=folder,
            config=config,
            executor=executor,
            progress=progress or Silent(),
        )
        try:
            manifest = steps.scan(work)
        finally:
            work.write_failures(failures_file)
            work.write_left_out(left_out_file)
        VIDEOS.write(manifest.videos, out)
    return ScanResult(
        videos=manifest.videos,
        undivided=manifest.undivided,
        failures=tuple(work.failures),
        left_out=Counter(row.kind for row in work.left_out),
        out=out,
        failures_file=failures_file,
        left_out_file=left_out_file,
    )
