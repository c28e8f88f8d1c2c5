"""The border to yt-dlp: one address in, one outcome out. No failure of a video leaves as an error.

yt-dlp reads none of the user's own settings here: the Python interface takes no configuration
files, plug-ins and its cache are off, cookies are those that are given. Files are kept as they are
delivered; only where pictures and sound come apart does yt-dlp have ffmpeg join them.
"""

import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import DownloadCancelled, GeoRestrictedError, YoutubeDLError

from aura.acquire.availability import State, state_of
from aura.acquire.download_config import CorpusDownloadConfig
from aura.acquire.limits import readable_bytes
from aura.errors import DownloadError, UsageError

_NO_PLUGINS = "YTDLP_NO_PLUGINS"
_BLOCK_BYTES = 1 << 16
_MESSAGE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an address; ``file`` is there when the state is downloaded."""

    state: State
    message: str = ""
    file: Path | None = None


class _Refusal(DownloadCancelled):
    """A limit of ours is reached."""

    def __init__(self, state: State, message: str) -> None:
        super().__init__(message)
        self.state = state


class VideoFetcher:
    """Asks for videos, one after another.

    Args:
        config: How politely, and which format.
        log: Is told what the user should know.

    Raises:
        UsageError: The cookies cannot be read.
    """

    def __init__(self, config: CorpusDownloadConfig, log: Callable[[str], None]) -> None:
        self._config = config
        self._cookies = _read_cookies(config.cookies)
        self._with_ffmpeg = shutil.which("ffmpeg") is not None
        if not self._with_ffmpeg and config.format is None:
            log(
                "ffmpeg is not installed: only files that hold pictures and sound together are "
                "chosen, which on YouTube are small; install ffmpeg for the best pictures"
            )

    def check(self, url: str) -> Outcome:
        """Return whether a video can be had, without fetching it."""
        return self._ask(url, {"skip_download": True})

    def fetch(self, url: str, folder: Path) -> Outcome:
        """Fetch a video into ``folder``, going on with what an earlier attempt left there.

        Raises:
            UsageError: The folder's name holds that of an environment variable.
            DownloadError: The folder cannot be written to.
        """
        place = str(folder.absolute())
        if os.path.expandvars(place) != place:
            raise UsageError(
                f"{folder}: yt-dlp would put the value of an environment variable into this name; "
                "choose a folder without $ in its name"
            )
        folder.mkdir(parents=True, exist_ok=True)
        template = os.path.join(place.replace("%", "%%"), "video.%(ext)s")  # noqa: PTH118  no path
        outcome = self._ask(url, {"outtmpl": {"default": template}})
        if outcome.state is State.ALIVE:
            return self._arrived(folder)
        return outcome

    def _arrived(self, folder: Path) -> Outcome:
        whole = [
            path
            for path in sorted(folder.glob("video.*"))
            if path.suffix not in (".part", ".ytdl") and path.stat().st_size
        ]
        if len(whole) != 1:
            return Outcome(State.ERROR, f"yt-dlp left {len(whole)} files instead of one")
        return Outcome(State.DOWNLOADED, file=whole[0])

    def _ask(self, url: str, options: dict[str, Any]) -> Outcome:
        if not url.startswith(("http://", "https://")):
            return Outcome(State.NO_VIDEO, "not a web address")
        with _without_plugins(), YoutubeDL(self._options(options)) as downloader:
            try:
                info = downloader.extract_info(url, download="skip_download" not in options)
            except _Refusal as refusal:
                return Outcome(refusal.state, str(refusal))
            except YoutubeDLError as error:
                return _outcome_of(error)
            except OSError as error:
                raise DownloadError(
                    f"{error.filename or url}: cannot be written: {error.strerror or error}"
                ) from error
        if not info:
            return Outcome(State.NO_VIDEO, "yt-dlp found nothing there")
        return Outcome(State.ALIVE)

    def _options(self, more: dict[str, Any]) -> Any:
        config = self._config
        return {
            "format": self._format(),
            "allowed_extractors": list(config.extractors),
            "cookiefile": io.StringIO(self._cookies) if self._cookies else None,
            "ratelimit": config.max_rate_bps,
            "socket_timeout": config.timeout_s,
            "retries": config.retries,
            "fragment_retries": config.retries,
            "extractor_retries": config.retries,
            "sleep_interval_requests": config.request_pause_s,
            "progress_hooks": [_Watch(config)],
            "logger": _Silence(),
            "noplaylist": True,
            "playlist_items": "1",
            "buffersize": _BLOCK_BYTES,
            "noresizebuffer": True,
            "cachedir": False,
            "fixup": "never",
            "quiet": True,
            "noprogress": True,
            "no_warnings": True,
            "color": "never",
            **more,
        }

    def _format(self) -> str:
        if self._config.format is not None:
            return self._config.format
        low = f"[height<=?{self._config.max_height_px}]"
        whole = f"b{low}/b"
        return f"bv*{low}+ba/{whole}" if self._with_ffmpeg else whole


class _Watch:
    """Stops a transfer that becomes too large or takes too long; one for each video."""

    def __init__(self, config: CorpusDownloadConfig) -> None:
        self._config = config
        self._until = time.monotonic() + config.max_video_s

    def __call__(self, progress: dict[str, Any]) -> None:
        n_bytes = max(progress.get("total_bytes") or 0, progress.get("downloaded_bytes") or 0)
        if n_bytes > self._config.max_bytes:
            raise _Refusal(
                State.TOO_LARGE,
                f"{readable_bytes(n_bytes)}, more than download.corpus.max_bytes="
                f"{self._config.max_bytes}",
            )
        if progress.get("status") == "downloading" and time.monotonic() > self._until:
            raise _Refusal(
                State.ERROR,
                f"not finished after download.corpus.max_video_s={self._config.max_video_s:g}",
            )


class _Silence:
    """Takes what yt-dlp would print; its errors arrive as exceptions."""

    def debug(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        pass

    def error(self, message: str) -> None:
        pass


def _outcome_of(error: YoutubeDLError) -> Outcome:
    causes = list(_causes(error))
    status = next((cause.status for cause in causes if isinstance(cause, HTTPError)), None)
    geo = any(isinstance(cause, GeoRestrictedError) for cause in causes)
    message = _plain(str(error))
    return Outcome(state_of(message, status=status, geo_restricted=geo), message)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what is behind it: yt-dlp hides the first one in several places."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        exc_info = getattr(cause, "exc_info", None) or (None, None, None)
        # Not __context__: a request that failed and was made up for is no cause.
        waiting += [exc_info[1], getattr(cause, "cause", None), cause.__cause__]


def _plain(message: str) -> str:
    """Return the sentence without its hints on how to use yt-dlp by hand."""
    for hint in ("; please report this issue", " Use --cookies", "\nYou might want to use a VPN"):
        message = message.partition(hint)[0]
    return " ".join(message.removeprefix("ERROR: ").split())[:_MESSAGE_LENGTH]


def _read_cookies(path: str | None) -> str:
    if path is None:
        return ""
    try:
        # yt-dlp writes into the file it is given, so it is given the text.
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"download.corpus.cookies={path}: cannot be read: {error}") from error


@contextmanager
def _without_plugins() -> Iterator[None]:
    """Keep yt-dlp from loading what the user has in the folders for its plug-ins."""
    before = os.environ.get(_NO_PLUGINS)
    os.environ[_NO_PLUGINS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_NO_PLUGINS]
        else:
            os.environ[_NO_PLUGINS] = before
