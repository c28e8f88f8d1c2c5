"""The videos of a corpus by their addresses: ``ROOT/<platform>/<id>.<ext>`` and what became of all.

One video at a time, platforms in turn, a pause before each next one of the same platform. After
every answer the availability table knows it, so that a run that ends early, by Ctrl-C or a full
disk, has lost nothing, and the next one asks only for what is open.
"""

import hashlib
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aura.acquire.availability import (
    AVAILABILITY,
    FINAL,
    Availability,
    State,
)
from aura.acquire.corpus_addresses import Address
from aura.acquire.disk_space import require_space
from aura.acquire.download_config import CorpusDownloadConfig
from aura.acquire.one_download import DOWNLOAD_FOLDER, only_download
from aura.acquire.turns import Turns
from aura.errors import DownloadError, MissingExtraError
from aura.progress import Progress, Silent
from aura.tables import write_frame

if TYPE_CHECKING:
    from aura.acquire.video_fetch import Outcome, VideoFetcher

TABLE_NAME = "availability.parquet"
"""The table below the root; a copy for spreadsheets lies beside it."""

NOT_ASKED = "not-asked"
"""Counts addresses without an answer yet."""

_STEP = "videos"
_SAVE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class CorpusDownload:
    """How it stands with a corpus: addresses by state, and by platform and state.

    ``left_alone`` says of each platform that refused too often why it was not asked further.
    """

    table: Path
    n_addresses: int
    n_asked_now: int
    states: Mapping[str, int]
    platforms: Mapping[str, Mapping[str, int]]
    left_alone: tuple[str, ...]


def download_corpus(
    addresses: Iterable[Address],
    root: Path,
    *,
    config: CorpusDownloadConfig | None = None,
    check_only: bool = False,
    max_videos: int | None = None,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> CorpusDownload:
    """Fetch what is open of a corpus and say how it stands with all of it.

    Args:
        addresses: Its videos.
        root: Where they go; made if missing.
        config: How politely.
        check_only: Ask whether videos are there and fetch none.
        max_videos: How many of each label to have in the end, or with ``check_only`` to know to be
            there; None for all.
        progress: Is told how far it is.
        sleep: Waits; tests pass their own.

    Raises:
        UsageError: Another download into ``root`` is running.
        DownloadError: The disk is full or cannot be written to.
        MissingExtraError: yt-dlp is not installed.
    """
    config, progress = config or CorpusDownloadConfig(), progress or Silent()
    fetcher = _fetcher(config, progress.log)
    known = sorted(addresses, key=lambda address: hashlib.blake2b(address.key.encode()).digest())
    with only_download(root):
        visit = _Visit(root, config, check_only, _Ledger.load(root), fetcher, progress)
        visit.note_present(known)
        return _ask_all(visit, known, max_videos=max_videos, sleep=sleep)


def _ask_all(
    visit: "_Visit",
    known: Sequence[Address],
    *,
    max_videos: int | None,
    sleep: Callable[[float], None],
) -> CorpusDownload:
    """Ask for all that is open and wanted, platforms in turn, and report."""
    open_ones = [address for address in known if visit.is_open(address)]
    quota = _Quota(max_videos, visit.wanted_states)
    for address in known:
        quota.note(address, visit.ledger.rows.get(address.key))
    turns = Turns(open_ones, visit.config, sleep=sleep)
    visit.progress.start(_STEP, total=len(known), done=len(known) - len(open_ones))
    n_asked = 0
    try:
        for address in turns:
            if quota.takes(address):
                row = visit.ask(address)
                n_asked += 1
                quota.note(address, row)
                turns.answered(address, State(row.state))
            visit.progress.advance(_STEP, note=address.key)
    finally:
        visit.ledger.save()
        visit.progress.finish(_STEP)
    return _report(visit, known, n_asked=n_asked, left_alone=turns.left_alone)


def _fetcher(config: CorpusDownloadConfig, log: Callable[[str], None]) -> "VideoFetcher":
    try:
        from aura.acquire.video_fetch import VideoFetcher
    except ImportError as error:
        raise MissingExtraError(
            "yt-dlp", extra="download", needed_for="aura data download fvc"
        ) from error
    return VideoFetcher(config, log)


@dataclass(slots=True)
class _Ledger:
    """The availability table while it grows."""

    path: Path
    rows: dict[str, Availability]
    saved_at: float = field(default_factory=time.monotonic)

    @classmethod
    def load(cls, root: Path) -> "_Ledger":
        path = root / TABLE_NAME
        rows = AVAILABILITY.rows(AVAILABILITY.read(path)) if path.exists() else []
        return cls(path, {row.key: row for row in rows})

    def put(self, row: Availability) -> None:
        self.rows[row.key] = row
        if time.monotonic() - self.saved_at > _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        table = AVAILABILITY.from_rows(sorted(self.rows.values(), key=lambda row: row.key))
        try:
            AVAILABILITY.write(table, self.path)
            write_frame(table, self.path.with_suffix(".csv"))
        except OSError as error:
            raise DownloadError(
                f"{self.path}: cannot be written: {error.strerror or error}"
            ) from error
        self.saved_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class _Visit:
    """One run over a corpus."""

    root: Path
    config: CorpusDownloadConfig
    check_only: bool
    ledger: _Ledger
    fetcher: "VideoFetcher"
    progress: Progress

    @property
    def wanted_states(self) -> Collection[str]:
        """The states that count towards ``max_videos``."""
        return (State.DOWNLOADED, State.ALIVE) if self.check_only else (State.DOWNLOADED,)

    def note_present(self, addresses: Iterable[Address]) -> None:
        """Enter videos that lie in their places, whoever put them there; strike those that went."""
        there = {
            f"{path.parent.name}:{path.stem}": path
            for path in sorted(self.root.glob("*/*"))
            if path.is_file() and not path.name.startswith(".")
        }
        for address in addresses:
            row = self.ledger.rows.get(address.key)
            path = there.get(f"{address.platform}:{address.video_id}")
            if path is not None and (row is None or row.state != State.DOWNLOADED):
                self._enter(address, State.DOWNLOADED, "was there already", file=path)
            elif path is None and row is not None and row.state == State.DOWNLOADED:
                self._enter(address, State.ERROR, f"{row.file} has gone")

    def is_open(self, address: Address) -> bool:
        """Return whether this run has anything to ask about a video."""
        row = self.ledger.rows.get(address.key)
        if row is None:
            return True
        if row.state in FINAL or (self.check_only and row.state == State.ALIVE):
            return self.config.retry_dead
        return row.state != State.DOWNLOADED

    def ask(self, address: Address) -> Availability:
        """Ask for a video, put it in its place if it comes, and enter what became of it."""
        if self.check_only:
            outcome = self.fetcher.check(address.url)
        else:
            require_space(
                self.root, 0, reserve_bytes=self.config.reserve_bytes, remedy="free some space"
            )
            outcome = self._fetch(address)
        return self._enter(address, outcome.state, outcome.message, file=outcome.file, n_asked=1)

    def _fetch(self, address: Address) -> "Outcome":
        folder = self.root / DOWNLOAD_FOLDER / address.platform / address.video_id
        try:
            outcome = self.fetcher.fetch(address.url, folder)
            if outcome.file is not None:
                target = self.root / address.platform
                target.mkdir(exist_ok=True)
                name = f"{address.video_id}{outcome.file.suffix}"
                outcome = replace(outcome, file=outcome.file.replace(target / name))
        except OSError as error:
            raise DownloadError(
                f"{error.filename or self.root}: cannot be written: {error.strerror or error}"
            ) from error
        if outcome.state is State.DOWNLOADED or outcome.state in FINAL:
            shutil.rmtree(folder, ignore_errors=True)
            for parent in (folder.parent, folder.parent.parent):
                with suppress(OSError):  # it holds what a later run goes on with
                    parent.rmdir()
        return outcome

    def _enter(
        self,
        address: Address,
        state: State,
        message: str,
        *,
        file: Path | None = None,
        n_asked: int = 0,
    ) -> Availability:
        before = self.ledger.rows.get(address.key)
        row = Availability(
            key=address.key,
            platform=address.platform,
            video_id=address.video_id,
            url=address.url,
            label=address.label,
            state=state.value,
            message=message,
            asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            n_asked=n_asked + (before.n_asked if before else 0),
            file=file.relative_to(self.root).as_posix() if file else None,
            size_bytes=file.stat().st_size if file else None,
        )
        self.ledger.put(row)
        return row


class _Quota:
    """Knows which videos of each label are there, once each.

    A check is after videos that could be had, a download after those that lie in their places:
    that a platform still has one fills nobody's folder.
    """

    def __init__(self, max_videos: int | None, wanted: Collection[str]) -> None:
        self._max = max_videos
        self._wanted = wanted
        self._there = defaultdict[str, set[str]](set)

    def takes(self, address: Address) -> bool:
        """Return whether this video is wanted: another of its label, or one known of again."""
        there = self._there[address.label]
        return self._max is None or address.key in there or len(there) < self._max

    def note(self, address: Address, row: Availability | None) -> None:
        """Take in what is known of a video."""
        there = self._there[address.label]
        if row is not None and row.state in self._wanted:
            there.add(address.key)
        else:
            there.discard(address.key)


def _report(
    visit: _Visit, addresses: Sequence[Address], *, n_asked: int, left_alone: Sequence[str]
) -> CorpusDownload:
    platforms: dict[str, Counter[str]] = {}
    for address in addresses:
        row = visit.ledger.rows.get(address.key)
        state = NOT_ASKED if row is None else row.state
        platforms.setdefault(address.platform, Counter())[state] += 1
    return CorpusDownload(
        table=visit.ledger.path,
        n_addresses=len(addresses),
        n_asked_now=n_asked,
        states=dict(sorted(sum(platforms.values(), Counter[str]()).items())),
        platforms={name: dict(sorted(counts.items())) for name, counts in platforms.items()},
        left_alone=tuple(left_alone),
    )
