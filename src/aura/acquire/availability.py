"""What became of every address of a corpus: the availability table and what its states mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aura.tables import TableOf


class State(StrEnum):
    """How it stands with the video behind an address."""

    DOWNLOADED = "downloaded"
    ALIVE = "alive"
    DEAD = "dead"
    PRIVATE = "private"
    GEO_BLOCKED = "geo-blocked"
    LOGIN_REQUIRED = "login-required"
    NO_VIDEO = "no-video"
    TOO_LARGE = "too-large"
    RATE_LIMITED = "rate-limited"
    NO_ANSWER = "no-answer"
    ERROR = "error"


FINAL = frozenset(
    {
        *(State.DEAD, State.PRIVATE, State.GEO_BLOCKED, State.LOGIN_REQUIRED),
        *(State.NO_VIDEO, State.TOO_LARGE),
    }
)
"""States that asking again tomorrow will hardly change."""

DISCOURAGING = frozenset({State.RATE_LIMITED, State.NO_ANSWER})
"""States that say something of the platform or the line, not of the video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One address of a corpus.

    ``key`` is the same for all addresses of a video, ``label`` the metadata's word. ``file`` is
    relative to the table. ``asked_at`` is UTC, ISO 8601; ``n_asked`` counts how often.
    """

    key: str
    platform: str
    video_id: str
    url: str
    label: str
    state: str
    message: str
    asked_at: str
    n_asked: int
    file: str | None = None
    size_bytes: int | None = None


AVAILABILITY = TableOf(Availability, key=("key",))

_RULES: Sequence[tuple[State, str]] = (
    (
        # Before all else: it is said with the words of the others, and says nothing of the video.
        State.RATE_LIMITED,
        r"not a bot|too many requests|rate.?limit|captcha|try again later",
    ),
    (
        State.GEO_BLOCKED,
        r"your country|your location|your region|geo.?(restrict|block)|legal reasons",
    ),
    (State.PRIVATE, r"private video|video is private|protected tweet|not authorized|is private"),
    (
        State.LOGIN_REQUIRED,
        r"sign in|log in|login|logged in|registered users|confirm your age|age.restricted"
        r"|members.only|join this channel|requires? (authentication|payment)|nsfw|credentials",
    ),
    (
        State.NO_VIDEO,
        r"unsupported url|no video could be found|no video formats|no media found"
        r"|not a video|drm|no suitable extractor",
    ),
    (
        State.NO_ANSWER,
        r"timed out|timeout|connection|name resolution|getaddrinfo|resolve|unreachable|\bssl\b"
        r"|certificate|proxy|incomplete ?read|remote end closed",
    ),
    (
        State.DEAD,
        r"unavailable|no longer (available|exists?)|not available"
        r"|isn't available|removed|terminated|deleted|does ?n.t exist|does not exist|suspended"
        r"|not found|no status found|copyright|closed|incomplete youtube id",
    ),
)


_STATUSES = {
    **dict.fromkeys((404, 410), State.DEAD),
    **dict.fromkeys((500, 502, 503, 504), State.NO_ANSWER),
    401: State.LOGIN_REQUIRED,
    429: State.RATE_LIMITED,
    451: State.GEO_BLOCKED,
}
"""What a status alone means. 403 is none: platforms say it to clients they do not like today."""


def state_of(message: str, *, status: int | None = None, geo_restricted: bool = False) -> State:
    """Return the state that a failure means.

    Args:
        message: What yt-dlp says; the words are those of the platforms and its own.
        status: The HTTP status behind it, where there is one.
        geo_restricted: Whether yt-dlp itself calls it a geographic restriction.

    >>> state_of("[youtube] Y7MJlmbnLQA: Video unavailable").value
    'dead'
    >>> state_of("Private video. Sign in if you've been granted access to this video").value
    'private'
    """
    if geo_restricted:
        return State.GEO_BLOCKED
    plain = message.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    stated = re.search(r"http error (\d{3})", plain)
    status = int(stated[1]) if status is None and stated else status
    if status in _STATUSES:
        return _STATUSES[status]
    for state, words in _RULES:
        if re.search(words, plain):
            return state
    return State.ERROR
