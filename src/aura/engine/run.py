"""One stage over many videos: what is done stays done, what failed is a row.

The folder of a stage holds its files, its table, ``journal.jsonl`` (one line a video, as they
finish) and ``complete.json``, written last, which names what the table was made from.
"""

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aura.atomic import write_text
from aura.engine.executor import Executor, Outcome, Task
from aura.engine.journal import Entry, Journal
from aura.engine.stage import Item, Scalar, Stage, item_fingerprint, stage_fingerprint
from aura.errors import DataError
from aura.fingerprint import fingerprint, sha256_of
from aura.progress import Progress, Silent
from aura.tables import DTYPES, Failure, read_frame, write_frame

JOURNAL = "journal.jsonl"
MARKER = "complete.json"
ERROR_LOG = "errors.log"
_SCRATCH = ".partial"


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage left behind.

    Attributes:
        name: The stage's name.
        folder: Where its files lie.
        frame: Its table, rows in the order of the items.
        keys: For each ``video_id`` of the table, what its content depends on.
        failures: The items without a result.
        n_run: Items processed now.
        n_reused: Items whose earlier result still holds.
    """

    name: str
    folder: Path
    frame: pl.DataFrame
    keys: Mapping[str, str]
    failures: tuple[Failure, ...]
    n_run: int
    n_reused: int


def run_stage(
    stage: Stage,
    items: Sequence[Item],
    *,
    folder: Path,
    table: str,
    executor: Executor,
    progress: Progress | None = None,
) -> StageResult:
    """Bring a stage's folder up to date with ``items`` and return what it holds.

    Results whose stage, configuration and content are unchanged are kept; all others, and those
    of videos no longer among the items, are removed. The table, the files and the failures depend
    on the items alone, not on the executor, the number of workers or interruptions.

    Args:
        stage: What to do with each item.
        items: The videos; their order is the table's.
        folder: The stage's own folder.
        table: File name of the table in ``folder`` (.parquet, .arrow or .csv).
        executor: Where to do it.
        progress: Told as items finish.

    Raises:
        DataError: Two items share a ``video_id``.
    """
    progress = progress or Silent()
    stage_mark = stage_fingerprint(stage)
    wanted = {item.video_id: item_fingerprint(stage_mark, item) for item in items}
    if len(wanted) != len(items):
        raise DataError(f"stage {stage.name}: two items share one video_id")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / _SCRATCH, ignore_errors=True)
    journal = Journal(folder / JOURNAL)
    entries = _keep_valid(journal, wanted, folder=folder, time_limit_s=executor.time_limit_s)
    todo = [item for item in items if item.video_id not in entries]
    n_failed = sum(entry.failure is not None for entry in entries.values())
    progress.start(stage.name, total=len(items), done=len(items) - len(todo))
    if todo:
        (folder / MARKER).unlink(missing_ok=True)
        with journal:
            for entry in _process(stage, todo, folder=folder, executor=executor, wanted=wanted):
                journal.append(entry)
                entries[entry.video_id] = entry
                n_failed += entry.failure is not None
                progress.advance(stage.name, note=f"{n_failed} failed" if n_failed else "")
        shutil.rmtree(folder / _SCRATCH, ignore_errors=True)
    frame = _finish(stage, [entries[item.video_id] for item in items], folder=folder, table=table)
    progress.finish(stage.name, note=f"{n_failed} failed" if n_failed else "")
    return StageResult(
        name=stage.name,
        folder=folder,
        frame=frame,
        keys=_row_keys(stage, entries.values()),
        failures=tuple(_failures(stage, items, entries)),
        n_run=len(todo),
        n_reused=len(items) - len(todo),
    )


def _keep_valid(
    journal: Journal, wanted: Mapping[str, str], *, folder: Path, time_limit_s: float
) -> dict[str, Entry]:
    """Return the entries that still hold; forget the others and delete their files."""
    recorded = journal.read()
    valid = {
        video_id: entry
        for video_id, entry in recorded.items()
        if wanted.get(video_id) == entry.fingerprint
        and entry.holds(time_limit_s=time_limit_s)
        and _files_whole(entry, folder)
    }
    kept_files = {name for entry in valid.values() for name in entry.files}
    # The files first: killed in between, the journal still tells whose they are.
    for video_id in recorded.keys() - valid.keys():
        for name in recorded[video_id].files.keys() - kept_files:
            (folder / name).unlink(missing_ok=True)
    journal.keep_only(valid)
    return valid


def _files_whole(entry: Entry, folder: Path) -> bool:
    for name, size_bytes in entry.files.items():
        try:
            if (folder / name).stat().st_size != size_bytes:
                return False
        except OSError:
            return False
    return True


def _process(
    stage: Stage,
    items: Sequence[Item],
    *,
    folder: Path,
    executor: Executor,
    wanted: Mapping[str, str],
) -> Iterator[Entry]:
    # A worker of a killed run may still be writing; its folder is never one of ours.
    scratch = folder / _SCRATCH / uuid.uuid4().hex
    tasks = (Task(item, scratch / item.video_id) for item in items)
    for outcome in executor.run(stage, tasks):
        if outcome.trace is not None:
            with (folder / ERROR_LOG).open("a", encoding="utf-8") as log:
                log.write(f"{outcome.task.item.path}\n{outcome.trace}\n")
        mark = wanted[outcome.task.item.video_id]
        yield _commit(outcome, columns=tuple(stage.columns), folder=folder, fingerprint=mark)
        shutil.rmtree(outcome.task.folder, ignore_errors=True)


def _commit(outcome: Outcome, *, columns: Sequence[str], folder: Path, fingerprint: str) -> Entry:
    """Move a task's files to their place and return the entry that says so."""
    video_id = outcome.task.item.video_id
    if outcome.output is None:
        return Entry(
            video_id,
            fingerprint,
            failure=outcome.reason or "no reason given",
            is_final=outcome.is_final,
            time_limit_s=outcome.time_limit_s,
        )
    sizes: dict[str, int] = {}
    for name in outcome.output.files:
        made = outcome.task.folder / name
        sizes[name] = made.stat().st_size
        made.replace(folder / name)
    rows = tuple(tuple(row[name] for name in columns) for row in outcome.output.rows)
    return Entry(video_id, fingerprint, rows=rows, files=sizes)


def _finish(stage: Stage, entries: Sequence[Entry], *, folder: Path, table: str) -> pl.DataFrame:
    """Write the table and the marker unless they already belong to these entries."""
    state = {
        "stage": stage.name,
        "stage_fingerprint": stage_fingerprint(stage),
        "table": table,
        "n_videos": len(entries),
        "n_failed": sum(entry.failure is not None for entry in entries),
        "fingerprint": fingerprint(table, [entry.fingerprint for entry in entries]),
    }
    marker, path = folder / MARKER, folder / table
    if path.exists() and marker.exists():
        found = marker.read_text(encoding="utf-8")
        if found == _dump(state | {"table_sha256": sha256_of(path)}):
            return read_frame(path)
    schema = {name: DTYPES[kind] for name, kind in stage.columns.items()}
    rows = [row for entry in entries for row in entry.rows]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    write_frame(frame, path)
    write_text(marker, _dump(state | {"table_sha256": sha256_of(path)}))
    return frame


def _dump(state: Mapping[str, Scalar]) -> str:
    return json.dumps(state, indent=2, sort_keys=True) + "\n"


def _row_keys(stage: Stage, entries: Iterable[Entry]) -> dict[str, str]:
    place = tuple(stage.columns).index("video_id")
    return {
        str(row[place]): fingerprint(entry.fingerprint, row[place])
        for entry in entries
        for row in entry.rows
    }


def _failures(
    stage: Stage, items: Sequence[Item], entries: Mapping[str, Entry]
) -> Iterator[Failure]:
    for item in items:
        reason = entries[item.video_id].failure
        if reason is not None:
            yield Failure(
                video_id=item.video_id, path=str(item.path), stage=stage.name, reason=reason
            )
