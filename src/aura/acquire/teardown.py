"""Takes a set-up down again: what the record says it made, and nothing else."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aura.acquire.manifest_claim import scan_leftovers
from aura.acquire.record import KnownFile, Record, State, link_above
from aura.acquire.setup import DATA_SET
from aura.acquire.unpack import Problem
from aura.errors import DataError
from aura.progress import Progress, Silent

_STEP = "remove"


@dataclass(frozen=True, slots=True)
class TeardownPlan:
    """What a tear-down removes.

    Attributes:
        root: The folder of the data set.
        files: Files to remove, as recorded.
        n_bytes: Their size.
        kept: Files that set-up made and that stay, each with the reason.
        n_found: Files that set-up found in place; they stay, too.
    """

    root: Path
    files: tuple[KnownFile, ...]
    n_bytes: int
    kept: tuple[Problem, ...]
    n_found: int


@dataclass(frozen=True, slots=True)
class TeardownReport:
    """What a tear-down has done.

    Attributes:
        root: The folder of the data set.
        n_removed: Files that are gone.
        n_bytes: Their size.
        kept: Files that set-up made and that stay, each with the reason.
        n_found: Files that set-up found in place; they stay, too.
        problems: What could not be removed; empty when all is well.
    """

    root: Path
    n_removed: int
    n_bytes: int
    kept: tuple[Problem, ...]
    n_found: int
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        return {
            "root": str(self.root),
            "n_removed": self.n_removed,
            "n_bytes": self.n_bytes,
            "kept": [asdict(kept) for kept in self.kept],
            "n_found": self.n_found,
            "problems": [asdict(problem) for problem in self.problems],
        }


def plan_teardown(root: Path) -> TeardownPlan:
    """Return what `tear_down_fvc` would remove; removes nothing.

    Raises:
        DataError: There is no record of a set-up below ``root``, or it is damaged.
        UsageError: A set-up is at work there.
    """
    with _open(root) as record:
        return _plan(record)


def tear_down_fvc(root: Path, *, progress: Progress | None = None) -> TeardownReport:
    """Remove the files and folders that set-up made below ``root``.

    A file that was changed since is kept, and so is what was there before, every archive, and
    every folder that holds anything else. A tear-down that was killed goes on when called again.

    Raises:
        DataError: There is no record of a set-up below ``root``, or it is damaged.
        UsageError: A set-up is at work there.
    """
    progress = progress or Silent()
    with _open(root) as record:
        plan = _plan(record)
        removal = _Removal(record)
        progress.start(_STEP, total=len(plan.files))
        for file in plan.files:
            removal.remove_file(file)
            progress.advance(_STEP)
        removal.remove_rest()
        progress.finish(_STEP)
        if not removal.problems:
            record.remove()
    return TeardownReport(
        root=plan.root,
        n_removed=removal.n_removed,
        n_bytes=removal.n_bytes,
        kept=plan.kept,
        n_found=plan.n_found,
        problems=tuple(removal.problems),
    )


def _open(root: Path) -> Record:
    record = Record(root.resolve(), data_set=DATA_SET)
    if not record.path.is_file():
        record.sweep()
        raise DataError(
            f"{root}: nothing to take down: no set-up has left its record ({record.path}) here"
        )
    return record


def _plan(record: Record) -> TeardownPlan:
    archives = {archive.path for archive in record.archives.values()}
    files: list[KnownFile] = []
    kept: list[Problem] = []
    n_found = n_bytes = 0
    for file in record.files.values():
        state = record.state(file)
        if state is State.MISSING:
            continue
        path = record.root / file.path
        if not file.made:
            n_found += 1
        elif str(path) in archives:
            kept.append(Problem(file.path, "is an archive that was itself unpacked"))
        elif state is State.CHANGED:
            kept.append(Problem(file.path, "has been changed since set-up made it"))
        else:
            files.append(file)
            n_bytes += path.lstat().st_size
    return TeardownPlan(record.root, tuple(files), n_bytes, tuple(kept), n_found)


class _Removal:
    """The removing, with what comes of it."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._root = record.root
        self.n_removed = 0
        self.n_bytes = 0
        self.problems: list[Problem] = []

    def remove_file(self, file: KnownFile) -> None:
        """Remove one file that is as it was recorded."""
        path = self._root / file.path
        try:
            n_bytes = path.lstat().st_size
            path.unlink(missing_ok=True)
        except OSError as error:
            self._fail(file.path, error)
        else:
            self.n_removed += 1
            self.n_bytes += n_bytes

    def remove_rest(self) -> None:
        """Remove what the scan worked with, and the folders that are empty by now."""
        for path in scan_leftovers(self._record):
            path.unlink(missing_ok=True)
        for name in self._record.workplaces:
            folder = self._root / name
            if folder.is_dir() and not folder.is_symlink():
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    self._fail(name, error)
        for name in sorted(self._record.folders, key=lambda path: path.count("/"), reverse=True):
            self._remove_folder(name)

    def _remove_folder(self, name: str) -> None:
        folder = self._root / name
        if folder.is_symlink() or link_above(self._root, name) or not folder.is_dir():
            return
        try:
            if not any(folder.iterdir()):
                folder.rmdir()
        except OSError as error:
            self._fail(name, error)

    def _fail(self, path: str, error: OSError) -> None:
        self.problems.append(Problem(path, f"cannot be removed: {error.strerror or error}"))
