"""The frames a folder is known to hold, from the best witness there is.

The journal is written while frames are; the index is what was true at the end; a tree that
another program wrote, or that lost both, is known by its names alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aura.engine.journal import Journal
from aura.engine.run import JOURNAL
from aura.errors import DataError
from aura.frames.index import COLUMNS
from aura.frames.output import INDEX, holds_extraction
from aura.media import MediaLimits
from aura.stages import FrameConfig, FrameStage
from aura.stages.frame_names import CLASS_FOLDERS, parse_frame_name
from aura.tables import read_frame

_SUFFIXES = (".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class ExpectedFrame:
    """A frame that should be there; what is None is not known.

    Attributes:
        file: Path below the folder.
        size_bytes: Of the file.
        width: In pixels.
        height: In pixels.
        sha256: Of the file.
    """

    file: str
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class FrameTree:
    """The frames of a folder by video, and the files in its class folders that are none of them.

    Attributes:
        videos: The frames that should be there, by video.
        unknown: Further files, as paths below the folder.
        is_recorded: Whether journal or index vouch for the frames; if not, names alone do.
    """

    videos: Mapping[str, tuple[ExpectedFrame, ...]]
    unknown: tuple[str, ...]
    is_recorded: bool


def read_tree(folder: Path) -> FrameTree:
    """Return what a folder of frames should hold.

    Raises:
        DataError: It is no folder of frames.
    """
    present = sorted(_present(folder))
    if holds_extraction(folder):
        videos = _by_video(_from_journal(folder / JOURNAL))
    elif (folder / INDEX).exists():
        index = read_frame(folder / INDEX)
        absent = sorted(set(COLUMNS) - set(index.columns))
        if absent:
            raise DataError(f"{folder / INDEX}: lacks {', '.join(absent)}; extract the frames anew")
        videos = _by_video(index.rename({"path": "file"}).iter_rows(named=True))
    else:
        if not present:
            raise DataError(
                f"{folder}: expected a folder of frames with {', '.join(CLASS_FOLDERS.values())} "
                "below it; make one with: aura frames VIDEOS --out FOLDER"
            )
        return _by_name(present)
    known = {frame.file for frames in videos.values() for frame in frames}
    return FrameTree(videos, tuple(file for file in present if file not in known), True)


def _present(folder: Path) -> Iterator[str]:
    for name in CLASS_FOLDERS.values():
        if (folder / name).is_dir():
            yield from (f"{name}/{path.name}" for path in (folder / name).iterdir())


def _from_journal(path: Path) -> Iterator[Mapping[str, Any]]:
    columns = tuple(FrameStage(FrameConfig(), limits=MediaLimits()).columns)
    for entry in Journal(path).read().values():
        for row in entry.rows:
            cells = dict(zip(columns, row, strict=True))
            if cells["file"]:
                yield cells | {"video_id": entry.video_id}


def _by_video(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[ExpectedFrame, ...]]:
    videos: dict[str, list[ExpectedFrame]] = {}
    for row in rows:
        frame = ExpectedFrame(
            file=row["file"],
            size_bytes=row["size_bytes"],
            width=row["width"],
            height=row["height"],
            sha256=row["sha256"],
        )
        videos.setdefault(row["video_id"], []).append(frame)
    return {video_id: tuple(frames) for video_id, frames in videos.items()}


def _by_name(present: list[str]) -> FrameTree:
    videos: dict[str, list[ExpectedFrame]] = {}
    unknown: list[str] = []
    for file in present:
        name = parse_frame_name(Path(file).name)
        if name is None:
            unknown.append(file)
        else:
            videos.setdefault(name.video, []).append(ExpectedFrame(file))
    return FrameTree({v: tuple(f) for v, f in videos.items()}, tuple(unknown), False)
