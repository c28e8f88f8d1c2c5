"""DeepFakeDetection from Kaggle: the tree that ``aura data scan --dataset dfd`` reads.

The data set is listed first; what is there already is not asked for again. The whole of it comes
as one archive, which takes few requests but room for the archive and for what is in it. A part
comes file by file. Either way files appear under their names only when they are whole.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aura.acquire.dfd_plan import Plan, RemoteFile, is_there, make_plan, target_of
from aura.acquire.disk_space import free_bytes, require_space
from aura.acquire.download_config import KaggleConfig
from aura.acquire.kaggle_credentials import ANONYMOUS, find_credentials
from aura.acquire.limits import readable_bytes
from aura.acquire.member_names import safe_path
from aura.acquire.one_download import DOWNLOAD_FOLDER, only_download
from aura.acquire.patience import Patience
from aura.acquire.transfer import FileError, fetch, part_size
from aura.atomic import atomic_path
from aura.errors import ArchiveError, DownloadError, MissingExtraError
from aura.progress import Progress, Silent

if TYPE_CHECKING:
    from aura.acquire.kaggle_client import KaggleSource

_CHUNK_BYTES = 1 << 20
_MIB = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)
"""What reading a damaged archive raises."""


@dataclass(frozen=True, slots=True)
class DfdDownload:
    """What a download has brought.

    ``failures`` holds names and reasons; ``notes`` are for the user.
    """

    root: Path
    n_listed: int
    n_wanted: int
    n_there_before: int
    n_fetched: int
    n_bytes: int
    failures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def download_dfd(
    root: Path,
    config: KaggleConfig | None = None,
    *,
    environ: Mapping[str, str],
    home: Path,
    max_videos: int | None = None,
    progress: Progress | None = None,
) -> DfdDownload:
    """Bring the data set to ``root``, as far as it is not there.

    Args:
        root: Where its folders go; made if missing.
        config: Which data set and how.
        environ: The environment that may hold credentials.
        home: The user's home folder, which may hold credentials.
        max_videos: How many of each class; None for all.
        progress: Is told how far it is, in MiB.

    Raises:
        UsageError: Credentials are missing or unfit; another download into ``root`` is running.
        DownloadError: Kaggle refuses or stays away, or the disk is too small.
    """
    config, progress = config or KaggleConfig(), progress or Silent()
    credentials = ANONYMOUS if config.anonymous else find_credentials(environ, home=home)
    source_of = _kaggle_source()
    patience = Patience(
        attempts=config.attempts,
        first_wait_s=config.first_wait_s,
        max_wait_s=config.max_wait_s,
        log=progress.log,
    )
    with only_download(root), source_of(config, credentials) as source:
        plan = make_plan(_listed(source, patience), root, max_videos=max_videos)
        _require_videos(plan, config)
        job = _Job(root, config, source, patience, progress, plan)
        way = _way(job, whole=max_videos is None)
        notes = [f"fetched as {way} from {config.dataset}"] if plan.missing else []
        if not plan.missing:
            failures: list[tuple[str, str]] = []
        elif way == "archive":
            failures = _by_archive(job)
        else:
            failures = _by_files(job)
    fetched = [file for file in plan.missing if is_there(root, file)]
    return DfdDownload(
        root=root,
        n_listed=len(plan.listed),
        n_wanted=len(plan.wanted),
        n_there_before=len(plan.wanted) - len(plan.missing),
        n_fetched=len(fetched),
        n_bytes=sum(file.size_bytes for file in fetched),
        failures=(*plan.refused, *failures),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Job:
    root: Path
    config: KaggleConfig
    source: "KaggleSource"
    patience: Patience
    progress: Progress
    plan: Plan

    @property
    def archive(self) -> Path:
        return self.root / DOWNLOAD_FOLDER / f"{self.config.dataset.partition('/')[2]}.zip"


def _kaggle_source() -> "type[KaggleSource]":
    try:
        from aura.acquire.kaggle_client import KaggleSource
    except ImportError as error:
        raise MissingExtraError(
            "kagglesdk", extra="download", needed_for="aura data download dfd"
        ) from error
    return KaggleSource


def _listed(source: "KaggleSource", patience: Patience) -> Iterator[RemoteFile]:
    token, seen = "", set[str]()
    while token not in seen:
        seen.add(token)
        page, token = patience.ask(partial(source.list_page, token))
        yield from page
        if not token:
            return
    raise DownloadError("Kaggle's list of files leads back to a page it has given before")


def _require_videos(plan: Plan, config: KaggleConfig) -> None:
    if not any(file.label is not None for file in plan.listed):
        raise DownloadError(
            f"{config.dataset}: none of its {len(plan.listed)} files is named as videos of "
            "DeepFakeDetection are; see download.kaggle.dataset"
        )


def _way(job: _Job, *, whole: bool) -> str:
    """Return how the missing files are fetched, having made sure that the disk takes them."""
    config, plan = job.config, job.plan
    with_archive = max(0, plan.listed_bytes - part_size(job.archive)) + plan.missing_bytes
    way = config.transfer
    if way == "auto":
        room = free_bytes(job.root) >= with_archive + config.reserve_bytes
        mostly = 2 * plan.missing_bytes > plan.listed_bytes
        way = "archive" if whole and mostly and room else "files"
    needed = with_archive if way == "archive" else plan.missing_bytes
    files_fit = way == "archive" and free_bytes(job.root) >= plan.missing_bytes
    require_space(
        job.root,
        needed if plan.missing else 0,
        reserve_bytes=config.reserve_bytes if plan.missing else 0,
        remedy="download.kaggle.transfer=files needs no room for the archive"
        if files_fit
        else "free some, use another disk, or fetch a part with --max-videos",
    )
    return way


def _by_files(job: _Job) -> list[tuple[str, str]]:
    """Fetch what is missing file by file; return the names that failed, and why."""
    failures: list[tuple[str, str]] = []
    meter = _Meter(job.progress, job.plan.missing_bytes)
    try:
        for file in job.plan.missing:
            meter.begin(file.name)
            try:
                _fetch_file(job, file, on_bytes=meter.reached)
            except FileError as error:
                failures.append((file.name, str(error)))
                job.progress.log(str(error))
    finally:
        meter.close()
    return failures


def _fetch_file(job: _Job, file: RemoteFile, *, on_bytes: Callable[[int], None]) -> None:
    target = target_of(job.root, file)
    url = job.patience.ask(partial(fetch, job.source, file.name, target, on_bytes=on_bytes))
    # Kaggle packs some kinds of files by themselves; the address says so.
    if PurePosixPath(unquote(urlsplit(url).path)).name == f"{target.name}.zip":
        _unwrap(target)
    if not is_there(job.root, file):
        raise FileError(
            f"{file.name}: {target.stat().st_size} bytes arrived, the list says {file.size_bytes}"
        )


def _unwrap(target: Path) -> None:
    """Put the one file of an archive into the archive's place."""
    try:
        with zipfile.ZipFile(target) as archive:
            (member,) = archive.infolist()
            with archive.open(member) as stream:
                _write(stream, target)
    except _DAMAGE as error:
        raise FileError(f"{target}: came packed, and cannot be unpacked: {error}") from error


def _by_archive(job: _Job) -> list[tuple[str, str]]:
    """Fetch the archive and unpack what is missing; return the names that failed, and why."""
    if not job.archive.is_file():
        meter = _Meter(job.progress, job.plan.listed_bytes)
        meter.begin(job.archive.name)
        ask = partial(fetch, job.source, None, job.archive, on_bytes=meter.reached)
        try:
            job.patience.ask(ask)
        finally:
            meter.close()
    try:
        _unpack(job)
    except _DAMAGE as error:
        job.archive.unlink()
        raise DownloadError(
            f"{job.archive.name}: cannot be unpacked: {error}. It has been removed; run the same "
            "command again, or with download.kaggle.transfer=files"
        ) from error
    if not job.config.keep_archive:
        job.archive.unlink()
    missing = [file for file in job.plan.missing if not is_there(job.root, file)]
    return [(file.name, "the archive does not hold it as listed") for file in missing]


def _unpack(job: _Job) -> None:
    """Unpack the files of the archive that are missing and as large as listed; no others."""
    missing = {target_of(job.root, file): file.size_bytes for file in job.plan.missing}
    job.progress.start("unpack", total=len(missing))
    with zipfile.ZipFile(job.archive) as archive:
        for member in archive.infolist():
            target = _member_target(job.root, member.filename)
            if target in missing and member.file_size == missing[target]:
                with archive.open(member) as stream:
                    _write(stream, target)
                job.progress.advance("unpack", note=member.filename)
    job.progress.finish("unpack")


def _member_target(root: Path, name: str) -> Path | None:
    try:
        return root / safe_path(name)
    except ArchiveError:  # it cannot be one of the listed files, whose names have been checked
        return None


def _write(stream: IO[bytes], target: Path) -> None:
    """Write a stream to a file, whole or not at all."""
    try:
        with atomic_path(target) as partial_path, partial_path.open("wb") as out:
            while chunk := stream.read(_CHUNK_BYTES):
                out.write(chunk)
    except OSError as error:
        raise DownloadError(
            f"{target}: cannot be written: {error.strerror or error}; what is there is kept"
        ) from error


class _Meter:
    """Tells a `Progress` of bytes, in MiB, over several files and attempts."""

    _NAME = "download (MiB)"

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress = progress
        self._before = self._file = self._shown = 0
        self._note = ""
        progress.start(self._NAME, total=-(-total_bytes // _MIB))

    def begin(self, name: str) -> None:
        """Say which file comes next."""
        self._before += self._file
        self._file, self._note = 0, name

    def reached(self, n_bytes: int) -> None:
        """Say how much of the file is there; after a fresh start that may be less than before."""
        self._file = n_bytes
        steps = (self._before + self._file) // _MIB - self._shown
        if steps > 0:
            self._shown += steps
            self._progress.advance(self._NAME, steps=steps, note=self._note)

    def close(self) -> None:
        """Say that no more comes."""
        self._progress.finish(
            self._NAME, note=f"{readable_bytes(self._before + self._file)} arrived"
        )
