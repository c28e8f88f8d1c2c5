"""Sets up the Fake Video Corpus: its archives in, a verified tree out.

Nothing is written before all archives are listed, their names checked, their declared sizes held
against the limits, and the disk found large enough. `record` says why a set-up that was killed can
go on, and why a second one does nothing.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from aura.acquire.archives import Contents, Member, find_archives, is_archive_name, list_contents
from aura.acquire.limits import Allowance, ArchiveConfig, readable_bytes
from aura.acquire.member_names import PRIVATE_FOLDER
from aura.acquire.record import KnownArchive, Record, State
from aura.acquire.subsets import TreeSummary, folder_for, summarise
from aura.acquire.tree import CHANGED
from aura.acquire.unpack import Plan, Problem, carry_out, make_plan, take_out
from aura.datasets import DataConfig
from aura.errors import ArchiveError, DataError
from aura.fingerprint import fingerprint
from aura.progress import Progress, Silent

DATA_SET = "fvc"
_INSIDE = "!"


@dataclass(frozen=True, slots=True)
class SetupReport:
    """What a set-up leaves.

    Attributes:
        root: The folder of the data set.
        archives: Those that were looked at.
        n_files: Files of archives that stand in the tree as they should.
        n_bytes: Their size.
        n_written: Those of them that this set-up wrote.
        tree: Where the subsets are, and how many files each folder holds.
        problems: What failed; empty when all is well.
        notes: What else is worth knowing.
    """

    root: Path
    archives: tuple[str, ...]
    n_files: int
    n_bytes: int
    n_written: int
    tree: TreeSummary
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        return {
            "root": str(self.root),
            "archives": list(self.archives),
            "n_files": self.n_files,
            "n_bytes": self.n_bytes,
            "n_written": self.n_written,
            "subsets": [asdict(subset) for subset in self.tree.subsets],
            "missing_subsets": list(self.tree.missing()),
            "files_by_folder": self.tree.files_by_folder,
            "problems": [asdict(problem) for problem in self.problems],
            "notes": list(self.notes),
        }


def set_up_fvc(
    archives: Path,
    root: Path,
    *,
    config: ArchiveConfig | None = None,
    read_back: bool = False,
    progress: Progress | None = None,
) -> SetupReport:
    """Unpack the corpus' archives below ``root``, verify them, and find FVC1, FVC2 and FVC3.

    What stands right is not touched; what was there before is never overwritten. Archives inside
    archives are unpacked, too, one level deep.

    Args:
        archives: A folder of zip and tar archives, or one archive.
        root: The folder of the data set; made where it is missing.
        config: The limits.
        read_back: Whether every file is read again and its checksum compared.
        progress: Where to report to.

    Raises:
        UsageError: The archives' place does not exist, or another set-up is at work.
        DataError: There is no archive, or the disk is too small, full or not to be written to.
            What fails in one archive or file stands in the report instead.
    """
    root = root.resolve()
    found, refused = find_archives(archives, skip={root / PRIVATE_FOLDER})
    if not found:
        reasons = "; ".join(f"{r.name} {r.reason}" for r in refused)
        raise DataError(
            f"{archives}: holds no archive that can be unpacked; expected FVC1.zip, FVC2.zip, "
            f"FVC3.zip or tars{'. ' + reasons if reasons else ''}"
        )
    with Record(root, data_set=DATA_SET) as record:
        work = _Work(record, config or ArchiveConfig(), progress or Silent())
        for entry in refused:
            work.fail(entry.name, entry.reason)
        own = {root / path for path, file in record.files.items() if file.made}
        paths = [path for path in found if path not in own]
        work.unpack(paths)
        work.verify(read_back=read_back)
        return work.report(paths)


class _Work:
    """One set-up under way."""

    def __init__(self, record: Record, config: ArchiveConfig, progress: Progress) -> None:
        self._record = record
        self._config = config
        self._progress = progress
        self._total = Allowance(config)
        self._problems: dict[str, str] = {}
        self._notes: list[str] = []
        self._inner: dict[str, tuple[tuple[KnownArchive, Member], ...]] = {}
        self._incomplete: set[str] = set()
        self._n_written = 0

    def fail(self, where: str, reason: str) -> None:
        """List something that failed, once."""
        self._problems.setdefault(where, reason.removeprefix(f"{where}: "))

    @contextmanager
    def _listed(self, where: str) -> Iterator[None]:
        """List what fails in one archive, so that the others go on."""
        try:
            yield
        except ArchiveError as error:
            self.fail(where, str(error))

    def unpack(self, paths: Iterable[Path]) -> None:
        """Bring what is not in the tree yet from the archives into it."""
        self._incomplete = self._with_missing_files()
        plans: list[Plan] = []
        for path in paths:
            with self._listed(str(path)):
                archive = _known(path)
                if not self._is_done(archive):
                    plans.append(self._look_at(archive, source=path))
        inner = (member for plan in plans for _, member in self._inner[plan.archive.key])
        self._require_room(
            sum(plan.wanted_bytes() for plan in plans) + sum(m.n_bytes for m in inner)
        )
        for plan in plans:
            self._carry_out(plan)

    def _with_missing_files(self) -> set[str]:
        """Return the archives, inner and outer, of which a file is gone from the tree."""
        incomplete: set[str] = set()
        for file in self._record.files.values():
            archive = self._record.archives.get(file.archive)
            if archive is not None and self._record.state(file) is State.MISSING:
                incomplete.update((archive.path, archive.path.split(_INSIDE)[0]))
        return incomplete

    def _is_done(self, archive: KnownArchive) -> bool:
        seen = self._record.archives.get(archive.key)
        return seen is not None and seen.complete and archive.path not in self._incomplete

    def _look_at(self, archive: KnownArchive, *, source: Path, folder: str = "") -> Plan:
        """Return what an archive needs; the archives in it are noted for later."""
        where = archive.path
        self._progress.log(f"{where}: is looked through")
        contents = list_contents(source, where=where, total=self._total)
        self._notes.extend(contents.notes)
        paths = (member.path for member in contents.below(folder).members)
        contents = contents.below(folder_for(where, paths)).below(folder)
        inner: tuple[Member, ...] = ()
        if _INSIDE not in where:
            inner = tuple(m for m in contents.members if is_archive_name(m.path))
            contents = _without(contents, inner)
        known = ((_known_inside(archive, member), member) for member in inner)
        self._inner[archive.key] = tuple(pair for pair in known if not self._is_done(pair[0]))
        return make_plan(contents, archive, source=source, record=self._record)

    def _require_room(self, n_bytes: int) -> None:
        free = shutil.disk_usage(self._record.root).free
        kept = self._config.keep_free_bytes
        if n_bytes and n_bytes + kept > free:
            raise DataError(
                f"{self._record.root}: unpacking needs {readable_bytes(n_bytes)}, and the disk has "
                f"{readable_bytes(free)} free, of which archives.keep_free_bytes leaves "
                f"{readable_bytes(kept)} alone; free some space or choose another --root"
            )

    def _carry_out(self, plan: Plan) -> None:
        where = plan.archive.path
        self._record.add_archive(plan.archive)
        n_written, problems = carry_out(plan, record=self._record, progress=self._progress)
        self._n_written += n_written
        problems = [*plan.problems, *problems]
        if _INSIDE not in where and _known(plan.source) != plan.archive:
            problems.append(Problem(where, "changed while it was unpacked; run again"))
        for problem in problems:
            self.fail(problem.where, problem.reason)
        inner = self._inner[plan.archive.key]
        for archive, member in inner:
            with self._listed(archive.path):
                self._unpack_inner(archive, member, outer=plan)
        if not problems and all(self._is_complete(archive) for archive, _ in inner):
            self._record.add_archive(replace(plan.archive, complete=True))

    def _is_complete(self, archive: KnownArchive) -> bool:
        return self._record.archives.get(archive.key) == replace(archive, complete=True)

    def _unpack_inner(self, archive: KnownArchive, member: Member, *, outer: Plan) -> None:
        """Unpack an archive that lies in another, by way of a copy in our own folder."""
        path = PurePosixPath(member.path)
        copy = self._record.inner_copy(f"{archive.key}{path.suffix}")
        try:
            take_out(outer, member, target=copy, record=self._record)
            folder = "" if path.parent == PurePosixPath() else path.parent.as_posix()
            plan = self._look_at(archive, source=copy, folder=folder)
            self._require_room(plan.wanted_bytes())
            self._carry_out(plan)
        finally:
            copy.unlink(missing_ok=True)

    def verify(self, *, read_back: bool) -> None:
        """Hold every recorded file against the tree."""
        files = [file for file in self._record.files.values() if file.archive]
        self._progress.start("verify", total=len(files))
        for file in files:
            state = self._record.state(file, read_back=read_back)
            if state is State.CHANGED:
                self.fail(file.path, CHANGED)
            elif state is State.MISSING:
                archive = self._record.archives.get(file.archive)
                source = "its archive" if archive is None else archive.path
                self.fail(file.path, f"is gone; give {source} again to have it back")
            self._progress.advance("verify")
        self._progress.finish("verify", note="checksums" if read_back else "sizes and times")

    def report(self, paths: Iterable[Path]) -> SetupReport:
        """Return what there is now."""
        right = [
            file
            for file in self._record.files.values()
            if file.archive and file.path not in self._problems
        ]
        return SetupReport(
            root=self._record.root,
            archives=tuple(map(str, paths)),
            n_files=len(right),
            n_bytes=sum(file.n_bytes for file in right),
            n_written=self._n_written,
            tree=summarise(self._record.root, suffixes=DataConfig().suffixes),
            problems=tuple(Problem(*item) for item in self._problems.items()),
            notes=tuple(self._notes),
        )


def _known(path: Path) -> KnownArchive:
    """Return an archive's name for the record; another size or time of writing gives another."""
    try:
        found = path.stat()
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror}") from error
    key = fingerprint(str(path), found.st_size, found.st_mtime_ns)
    return KnownArchive(key, str(path), complete=False)


def _known_inside(outer: KnownArchive, member: Member) -> KnownArchive:
    content = outer.key if member.crc32 is None else member.crc32
    key = fingerprint("inside", member.path, member.n_bytes, content)
    return KnownArchive(key, f"{outer.path}{_INSIDE}{member.path}", complete=False)


def _without(contents: Contents, inner: tuple[Member, ...]) -> Contents:
    apart = {member.index for member in inner}
    members = tuple(member for member in contents.members if member.index not in apart)
    return replace(contents, members=members)
