"""What an adapter gives: the videos of a data set and what its layout says about them."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from aura.errors import DataError
from aura.tables import FAKE, REAL, Failure, LeftOut

STAGE = "list"
"""Names this step in failure rows."""

MISSING_FILE = "missing file"
"""A kind of `LeftOut`: metadata names a video that is not there."""

WITHOUT_METADATA = "file without metadata"
"""A kind of `LeftOut`: a video that no metadata names."""

WITHOUT_LABEL = "neither real nor fake"
"""A kind of `LeftOut`: a row whose label is one of ``data.ignored_words``."""

REPEATED_ROW = "repeated row"
"""A kind of `LeftOut`: metadata that names a video again and agrees."""

CONTRADICTION = "contradicting labels"
"""A kind of `LeftOut`: a video that metadata, or its name and its folder, give both labels."""

ABSENT = "the file does not exist"
"""What `unusable` says of a path where there is nothing."""

STORED_GROUP = "stored_group"
"""An extra of videos that a manifest lists: the group it gives them."""

_SLUG_LENGTH = 40


class DataConfig(BaseModel, extra="forbid", frozen=True):
    """How a folder or table of videos is read."""

    layout: str = Field(
        default="auto",
        description="Which data set this is: auto, folder, table, fvc, dfd, fakeavceleb, "
        "faceforensics, celeb-df or dfdc.",
    )
    metadata: str | None = Field(
        default=None,
        description="Where a data set's metadata files lie, if not in its folder.",
    )
    dataset: str | None = Field(
        default=None,
        description="Name of the data set; by default that of its folder, or its usual short name.",
    )
    path_column: str = Field(default="path", description="The table column that holds the file.")
    label_column: str = Field(default="label", description="The table column that holds the label.")
    group_column: str = Field(
        default="group_id", description="The table column that holds the group, if there is one."
    )
    real_words: tuple[str, ...] = Field(
        default=("real", "0"), description="Label words (any case) and folder names that mean real."
    )
    fake_words: tuple[str, ...] = Field(
        default=("fake", "1"), description="Label words (any case) and folder names that mean fake."
    )
    ignored_words: tuple[str, ...] = Field(
        default=("uncertain", "debunked", "parody"),
        description="Label words (any case) whose videos are left out and counted.",
    )
    suffixes: tuple[str, ...] = Field(
        default=(
            *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".gif", ".wmv"),
            *(".mpg", ".mpeg", ".ts", ".3gp", ".ogv"),
        ),
        description="Endings of files in a folder that are taken for videos.",
    )
    methods: tuple[str, ...] = Field(
        default=(),
        description="Manipulations to keep of a known data set, such as Deepfakes or wav2lip, "
        "beside its real videos; empty for all.",
    )
    compressions: tuple[str, ...] = Field(
        default=(),
        description="Compressions of FaceForensics++ to keep: raw, c23 or c40; empty for all.",
    )
    fake_means: Literal["any", "video", "audio"] = Field(
        default="any",
        description="What makes a video fake where pictures and sound have labels of their own: "
        "either of them, or one alone.",
    )

    def label_of(self, word: str) -> int | None:
        """Return the label a word stands for, or None when it is neither."""
        plain = word.strip().casefold()
        if plain in {w.casefold() for w in self.real_words}:
            return REAL
        if plain in {w.casefold() for w in self.fake_words}:
            return FAKE
        return None

    def is_ignored(self, word: str) -> bool:
        """Return whether videos of this label word are left out."""
        return word.strip().casefold() in {w.casefold() for w in self.ignored_words}


@dataclass(frozen=True, slots=True)
class ListedVideo:
    """One video as its data set names it; nothing has been opened yet.

    ``group_id`` is None where the data set says nothing; ``extras`` holds further columns, those
    of `aura.tables.Video` that adapters fill among them (``method``, ``identities``, ``ties`` …).
    """

    video_id: str
    path: Path
    label: int
    dataset: str
    group_id: str | None = None
    extras: Mapping[str, str | None] = field(default_factory=dict[str, str | None])


@dataclass(frozen=True, slots=True)
class Listing:
    """The videos of a data set, those that cannot be listed, and remarks for the user.

    ``left_out`` is what is no video to work with though nothing failed, such as a missing file.
    """

    videos: tuple[ListedVideo, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def require_both_classes(self, where: Path) -> None:
        """Raise unless real and fake videos are both present."""
        labels = {video.label for video in self.videos}
        if not self.videos:
            raise DataError(
                f"{printable(where)}: no usable video is listed; {_reasons(self.failures)}"
            )
        if len(labels) == 1:
            name, other = ("real", "fake") if labels == {REAL} else ("fake", "real")
            raise DataError(
                f"{printable(where)}: all {len(self.videos)} videos are {name}; a detector needs "
                f"both. Add {other} videos, or check the labels"
            )


def _reasons(failures: Iterable[Failure]) -> str:
    reasons = [f"{failure.path}: {failure.reason}" for failure in failures]
    return "; ".join(reasons[:3]) if reasons else "it is empty"


def several(values: Iterable[str]) -> str | None:
    """Return a cell that holds several values, sorted and once each; None for none.

    >>> several(["ffpp/071", "ffpp/054", "ffpp/071"])
    'ffpp/054;ffpp/071'
    """
    kept = sorted({value.replace(";", ",") for value in values if value})
    return ";".join(kept) or None


def make_video_id(dataset: str, relative_path: str) -> str:
    """Return the name a video keeps for life: readable, safe as a file name, unique.

    It depends on the data set's name and the path inside it alone, so that files of equal name in
    different folders stay apart, and moving the data set changes nothing as long as its folder
    keeps its name: that is the data set's name by default. A folder that may be renamed needs
    ``data.dataset``, which fixes the name.

    >>> make_video_id("demo", "real/a clip.mp4")
    'a_clip-86db2df6a4'
    """
    stem = Path(relative_path).stem
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:_SLUG_LENGTH] or "video"
    raw = f"{dataset}\0{relative_path}".encode("utf-8", "surrogateescape")
    return f"{slug}-{hashlib.blake2b(raw, digest_size=5).hexdigest()}"


def unusable(path: Path) -> str | None:
    """Return why a file cannot be listed, or None when it can."""
    for part in path.parts:
        if printable(part) != part:
            kind = "file" if part == path.name else "folder"
            return f"the {kind} name {printable(part)} is not valid UTF-8; rename the {kind}"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "the link leads nowhere" if path.is_symlink() else ABSENT
    except (OSError, ValueError) as error:
        return f"the file cannot be reached: {error}"
    return None if stat.S_ISREG(mode) else "it is not a file"


def real_path(path: Path) -> str:
    """Return the path without links: equal for two paths of one file."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # no file has such a name, as one with a zero byte
        return str(path)


def printable(path: Path | str) -> str:
    """Return a path as text, bytes that are not UTF-8 shown as escapes.

    >>> printable(Path("a.mp4"))
    'a.mp4'
    """
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
