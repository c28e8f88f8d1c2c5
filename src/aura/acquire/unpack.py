"""One archive into the tree: what of it has to be written, and the writing."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

from aura.acquire.archives import Contents, Member, Members, open_archive
from aura.acquire.record import KnownArchive, Record
from aura.acquire.tree import Tree, disk_errors, write_member
from aura.errors import ArchiveError
from aura.progress import Progress


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be, and what to do about it.

    Attributes:
        where: An archive, ``ARCHIVE!MEMBER``, or a path below the root.
        reason: Completes a sentence that begins with it.
    """

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one archive needs.

    Attributes:
        archive: The archive.
        source: Its file.
        members: All that may be unpacked of it.
        wanted: Those not in the tree yet.
        problems: Those that cannot be unpacked.
    """

    archive: KnownArchive
    source: Path
    members: tuple[Member, ...]
    wanted: tuple[Member, ...]
    problems: tuple[Problem, ...]

    def wanted_bytes(self) -> int:
        """Return how many bytes are to be written."""
        return sum(member.n_bytes for member in self.wanted)

    def open_members(self, members: Sequence[Member]) -> Members:
        """Return some of the archive's members with their bytes.

        Raises:
            ArchiveError: The archive cannot be read.
        """
        return open_archive(self.source, where=self.archive.path).open_members(members)


def make_plan(contents: Contents, archive: KnownArchive, *, source: Path, record: Record) -> Plan:
    """Return what of an archive is to be written; nothing is written yet.

    Files that stand in the tree with the right content are recorded as found there.
    """
    tree = Tree(record, archive)
    problems = [Problem(f"{archive.path}!{r.name}", r.reason) for r in contents.refused]
    wanted: list[Member] = []
    for member in contents.members:
        try:
            with disk_errors(record.root):
                if tree.needs(member):
                    wanted.append(member)
        except ArchiveError as error:
            problems.append(Problem(member.path, str(error)))
    return Plan(archive, source, contents.members, tuple(wanted), tuple(problems))


def carry_out(plan: Plan, *, record: Record, progress: Progress) -> tuple[int, list[Problem]]:
    """Write what a plan wants; return how many files were written, and what failed.

    Raises:
        DataError: The disk is full or fails.
    """
    tree = Tree(record, plan.archive)
    problems: list[Problem] = []
    n_written = 0
    reached: set[str] = set()
    step = f"unpack {PurePath(plan.archive.path).name}"
    progress.start(step, total=len(plan.wanted))
    try:
        with closing(plan.open_members(plan.wanted)) as members:
            for member, stream in members:
                reached.add(member.path)
                try:
                    n_written += tree.put(member, stream)
                except ArchiveError as error:
                    problems.append(Problem(member.path, str(error)))
                progress.advance(step, note=member.path)
    except ArchiveError as error:
        n_left = len(plan.wanted) - len(reached)
        problems.append(Problem(plan.archive.path, f"{n_left} files are not unpacked: {error}"))
    progress.finish(step, note=f"{n_written} files written")
    return n_written, problems


def take_out(plan: Plan, member: Member, *, target: Path, record: Record) -> None:
    """Write one member, an archive itself, to a place of its own outside the tree's names.

    Raises:
        ArchiveError: It is damaged.
        DataError: The disk is full or fails.
    """
    with disk_errors(record.root), closing(plan.open_members((member,))) as members:
        for _, stream in members:
            if stream is None:
                raise ArchiveError("is a hard link to another archive; unpack that one")
            write_member(member, stream, target)
