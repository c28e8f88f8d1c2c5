"""The video behind a web address: its platform and the name the platform gives it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

YOUTUBE, FACEBOOK, TWITTER = "youtube", "facebook", "twitter"
PLATFORMS = (YOUTUBE, FACEBOOK, TWITTER)

_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_NUMBER = re.compile(r"[0-9]{5,}")
_YOUTUBE_FOLDERS = ("embed", "v", "shorts", "live", "e")
_FACEBOOK_QUERIES = ("v", "story_fbid", "video_id")


@dataclass(frozen=True, slots=True)
class WebVideo:
    """One video of a platform. A YouTube id's case matters, the others are numbers."""

    platform: str
    video_id: str

    @property
    def key(self) -> str:
        """Return what is equal for all addresses of the video, such as ``youtube:Y7MJlmbnLQA``."""
        return f"{self.platform}:{self.video_id}"


def parse_url(url: str) -> WebVideo | None:
    """Return the video an address leads to, or None when it is not one we can name.

    >>> parse_url("https://youtu.be/Y7MJlmbnLQA?t=3").key
    'youtube:Y7MJlmbnLQA'
    >>> parse_url("https://www.facebook.com/page/videos/vb.12345/67890/").key
    'facebook:67890'
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:  # such as a bracket in the host's name
        return None
    folders = [unquote(part) for part in parts.path.split("/") if part]
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if host in ("youtube.com", "youtube-nocookie.com", "music.youtube.com"):
        return _named(YOUTUBE, _of_youtube(folders, query), _YOUTUBE_ID)
    if host == "youtu.be":
        return _named(YOUTUBE, folders[0] if folders else None, _YOUTUBE_ID)
    if host == "fb.watch" or host == "facebook.com" or host.endswith(".facebook.com"):
        return _named(FACEBOOK, _of_facebook(folders, query), _NUMBER)
    if host in ("twitter.com", "mobile.twitter.com", "x.com", "mobile.x.com"):
        return _named(TWITTER, _after(folders, "status", "statuses"), _NUMBER)
    return None


def _named(platform: str, found: str | None, form: re.Pattern[str]) -> WebVideo | None:
    return WebVideo(platform, found) if found and form.fullmatch(found) else None


def _of_youtube(folders: list[str], query: dict[str, str]) -> str | None:
    if query.get("v"):
        return query["v"]
    return folders[1] if len(folders) > 1 and folders[0] in _YOUTUBE_FOLDERS else None


def _of_facebook(folders: list[str], query: dict[str, str]) -> str | None:
    """Return the number of the video, never that of the page or album it stands in."""
    for name in _FACEBOOK_QUERIES:
        if query.get(name):
            return query[name]
    for folder in ("videos", "reel", "posts", "permalink"):
        if folder in folders:
            rest = folders[folders.index(folder) + 1 :]
            return next((part for part in reversed(rest) if _NUMBER.fullmatch(part)), None)
    return None


def _after(folders: list[str], *names: str) -> str | None:
    for place, folder in enumerate(folders[:-1]):
        if folder in names:
            return folders[place + 1]
    return None
