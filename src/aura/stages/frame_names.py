"""The names of frames on disk: ``ai/ai_<video>_<hash>_frame_01.jpg``."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from aura.tables import FAKE, REAL

CLASS_FOLDERS: dict[int | None, str] = {REAL: "real", FAKE: "ai", None: "unlabelled"}
"""The folder of each label, which also begins the names in it; None is a video without label."""

_LABELS = {folder: label for label, folder in CLASS_FOLDERS.items()}
_NAME_LENGTH = 80
_FRAME_NAME = re.compile(r"(?P<video>.+)_frame_(?P<number>[0-9]{2,})\.jpe?g", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrameName:
    """What the name of a frame tells: the video's part of it and the frame's number, from 1."""

    video: str
    number: int


def frame_stem(video_id: str, name: str, *, label: int | None) -> str:
    """Return what the names of all frames of a video begin with.

    The hash follows from ``video_id``, which is unique, so that videos of one name in different
    folders stay apart; and it stays the same wherever the data set lies.

    Args:
        video_id: Of the video.
        name: The video's file name without its ending; other characters than letters, digits,
            hyphens and underscores are replaced.
        label: Of the video.

    >>> frame_stem("clip-86db2df6a4", "my clip", label=1)
    'ai_my_clip_df5abca0'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    video = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_")[:_NAME_LENGTH] or "video"
    digest = hashlib.blake2b(video_id.encode("utf-8", "surrogateescape"), digest_size=4)
    return f"{CLASS_FOLDERS[label]}_{video}_{digest.hexdigest()}"


def frame_file(stem: str, number: int, *, n_frames: int, label: int | None) -> str:
    """Return a frame's path below the output folder; numbers sort as text within a video.

    >>> frame_file("ai_clip_df5abca0", 1, n_frames=3, label=1)
    'ai/ai_clip_df5abca0_frame_01.jpg'
    """
    n_digits = max(2, len(str(n_frames)))
    return f"{CLASS_FOLDERS[label]}/{stem}_frame_{number:0{n_digits}d}.jpg"


def parse_frame_name(name: str) -> FrameName | None:
    """Return what the file name of a frame tells, or None where it is none.

    >>> parse_frame_name("ai_video001_12345678_frame_02.jpg")
    FrameName(video='ai_video001_12345678', number=2)
    >>> parse_frame_name("poster.jpg") is None
    True
    """
    match = _FRAME_NAME.fullmatch(name)
    return None if match is None else FrameName(match["video"], int(match["number"]))


def label_of_folder(name: str) -> int | None:
    """Return the label that a class folder stands for.

    >>> label_of_folder("ai"), label_of_folder("unlabelled")
    (1, None)
    """
    return _LABELS[name]
