"""Which file of an unpacked archive is which video, and by which rule that was seen.

Names in the archives users have match the metadata in many ways and seldom exactly. The rules are
tried from the strongest to the weakest; nothing weaker than a whole id is ever taken for a match.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from aura.datasets.fvc_urls import YOUTUBE, WebVideo

INDEX_PATH = "path of the index"
INDEX_PATH_ANY_CASE = "path of the index, ignoring case"
INDEX_PATH_ANY_ENDING = "path of the index, another ending"
NAME_IS_ID = "file name is the id"
FOLDER_IS_ID = "folder name is the id"
ID_IN_NAME = "id within the file name"
ID_ANY_CASE = "id ignoring case"
RULES = (
    *(INDEX_PATH, INDEX_PATH_ANY_CASE, INDEX_PATH_ANY_ENDING),
    *(NAME_IS_ID, FOLDER_IS_ID, ID_IN_NAME, ID_ANY_CASE),
)
"""From the strongest to the weakest."""

_YOUTUBE_LENGTH = 11
_WORD = re.compile(r"[A-Za-z0-9]+")
_SUBSET = re.compile(r"fvc[0-9]+", re.IGNORECASE)

Claim = tuple[str, frozenset[str]]
"""A rule, and the keys of the videos a file would be by it."""


@dataclass(frozen=True, slots=True)
class Match:
    """The file of one video."""

    path: PurePosixPath
    rule: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which file is which video.

    Attributes:
        matches: The file of each video that has one, by the video's key.
        copies: Further files of a video that has a better one, with the video's key.
        contested: Files that one and the same rule gives to several videos, with their keys.
        unknown: Files that no rule gives to any video.
    """

    matches: Mapping[str, Match]
    copies: tuple[tuple[PurePosixPath, str], ...]
    contested: tuple[tuple[PurePosixPath, tuple[str, ...]], ...]
    unknown: tuple[PurePosixPath, ...]

    def by_rule(self) -> dict[str, int]:
        """Return how many videos each rule found, from the strongest rule to the weakest."""
        counts = Counter(match.rule for match in self.matches.values())
        return {rule: counts[rule] for rule in RULES if counts[rule]}


def resolve(
    videos: Mapping[str, WebVideo],
    files: Sequence[PurePosixPath],
    *,
    index_paths: Mapping[str, str] | None = None,
) -> Resolution:
    """Return which of ``files`` is which of ``videos``.

    A file goes to the video that the strongest rule gives it to. Of several files of one video
    the strongest rule's is taken, then the shallowest, then the first in order.

    Args:
        videos: What to look for, by key.
        files: Paths relative to the root, with slashes.
        index_paths: Where an index has the files of some of the keys.

    >>> wanted = {"youtube:Y7MJlmbnLQA": WebVideo("youtube", "Y7MJlmbnLQA")}
    >>> found = resolve(wanted, [PurePosixPath("FVC1/youtube/Y7MJlmbnLQA/video.mp4")])
    >>> found.matches["youtube:Y7MJlmbnLQA"].rule
    'folder name is the id'
    """
    rules = _rules(videos, index_paths or {})
    claimed: dict[str, list[Match]] = {}
    contested: list[tuple[PurePosixPath, tuple[str, ...]]] = []
    unknown: list[PurePosixPath] = []
    for path in files:
        rule, keys = _strongest(rules, path)
        if len(keys) > 1:
            keys = _of_named_platform(keys, path)
        if not keys:
            unknown.append(path)
        elif len(keys) > 1:
            contested.append((path, tuple(sorted(keys))))
        else:
            claimed.setdefault(next(iter(keys)), []).append(Match(path, rule))
    matches: dict[str, Match] = {}
    copies: list[tuple[PurePosixPath, str]] = []
    for key, found in claimed.items():
        matches[key], *others = sorted(found, key=_order)
        copies += [(match.path, key) for match in others]
    return Resolution(matches, tuple(sorted(copies)), tuple(contested), tuple(unknown))


def _order(match: Match) -> tuple[int, int, PurePosixPath]:
    return RULES.index(match.rule), len(match.path.parts), match.path


def _of_named_platform(keys: frozenset[str], path: PurePosixPath) -> frozenset[str]:
    """Return the keys of the platforms that are folders of the path, or all where none is."""
    folders = {folder.casefold() for folder in path.parts[:-1]}
    named = frozenset(key for key in keys if key.partition(":")[0] in folders)
    return named or keys


Rule = Callable[[PurePosixPath], frozenset[str]]
_NONE: frozenset[str] = frozenset()


def _strongest(rules: Mapping[str, Rule], path: PurePosixPath) -> Claim:
    for name, rule in rules.items():
        if keys := rule(path):
            return name, keys
    return "", _NONE


def _rules(videos: Mapping[str, WebVideo], index_paths: Mapping[str, str]) -> dict[str, Rule]:
    """Return each rule as a look-up of the keys a path stands for, in order of strength."""
    places = {key: below_subset(path) for key, path in index_paths.items() if key in videos}
    exact = _index(places.items())
    any_case = _index((key, place.casefold()) for key, place in places.items())
    any_ending = _index((key, _without_ending(place)) for key, place in places.items())
    by_id = _index((key, video.video_id) for key, video in videos.items())
    folded = _index((key, video.video_id.casefold()) for key, video in videos.items())
    # An id that differs from another by case alone can only be told with its case.
    folded = {name: keys for name, keys in folded.items() if len(keys) == 1}
    windows = any(video.platform == YOUTUBE for video in videos.values())

    def within(stem: str, ids: Mapping[str, frozenset[str]]) -> frozenset[str]:
        return frozenset().union(*(ids.get(token, _NONE) for token in _tokens(stem, windows)))

    def ignoring_case(path: PurePosixPath) -> frozenset[str]:
        stem, folders = path.stem.casefold(), [part.casefold() for part in path.parts[:-1]]
        return folded.get(stem) or _nearest(folders, folded) or within(stem, folded)

    return {
        INDEX_PATH: lambda path: exact.get(below_subset(path), _NONE),
        INDEX_PATH_ANY_CASE: lambda path: any_case.get(below_subset(path).casefold(), _NONE),
        INDEX_PATH_ANY_ENDING: lambda path: any_ending.get(
            _without_ending(below_subset(path)), _NONE
        ),
        NAME_IS_ID: lambda path: by_id.get(path.stem, _NONE),
        FOLDER_IS_ID: lambda path: _nearest(path.parts[:-1], by_id),
        ID_IN_NAME: lambda path: within(path.stem, by_id),
        ID_ANY_CASE: ignoring_case,
    }


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return the keys of each name."""
    keys: dict[str, set[str]] = {}
    for key, name in pairs:
        keys.setdefault(name, set()).add(key)
    return {name: frozenset(own) for name, own in keys.items()}


def _nearest(folders: Sequence[str], ids: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return next((ids[folder] for folder in reversed(folders) if folder in ids), _NONE)


def below_subset(path: PurePosixPath | str) -> str:
    r"""Return a path from its FVC1, FVC2 ... folder on, or without a leading ``videos``.

    The archives are unpacked into various places, and an index names its own.

    >>> below_subset("home/videos/FVC1/youtube/x.mp4"), below_subset(r"videos\x.mp4")
    ('FVC1/youtube/x.mp4', 'x.mp4')
    """
    parts = [part for part in str(path).replace("\\", "/").split("/") if part not in ("", ".")]
    subset = next((n for n, part in enumerate(parts[:-1]) if _SUBSET.fullmatch(part)), None)
    if subset is not None:
        return "/".join(parts[subset:])
    return "/".join(parts[1:] if parts[:1] == ["videos"] else parts)


def subset_of(path: PurePosixPath) -> str | None:
    """Return FVC1, FVC2 or FVC3 where a path leads through that folder."""
    found = next((part for part in path.parts[:-1] if _SUBSET.fullmatch(part)), None)
    return found and found.upper()


def _without_ending(place: str) -> str:
    return posixpath.splitext(place)[0].casefold()


def _tokens(stem: str, windows: bool) -> Iterator[str]:
    """Yield what may be an id in a file's name: a whole number or word, never a part of one.

    A YouTube id holds hyphens and underscores, which also separate words, so every stretch of its
    length that begins and ends where no letter or digit is cut through is looked at.

    >>> list(_tokens("clip_1234567890", windows=False))
    ['clip', '1234567890']
    """
    yield from _WORD.findall(stem)
    if not windows:
        return
    for start in range(len(stem) - _YOUTUBE_LENGTH + 1):
        end = start + _YOUTUBE_LENGTH
        cut_before = start and _is_word(stem[start - 1]) and _is_word(stem[start])
        cut_after = end < len(stem) and _is_word(stem[end - 1]) and _is_word(stem[end])
        if not cut_before and not cut_after:
            yield stem[start:end]


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
