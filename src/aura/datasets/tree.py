"""The files of a data set that comes as a folder tree."""

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aura.datasets.listing import (
    STAGE,
    DataConfig,
    ListedVideo,
    make_video_id,
    printable,
    real_path,
    unusable,
)
from aura.errors import DataError
from aura.tables import Failure


@dataclass(frozen=True, slots=True)
class TreeFiles:
    """The files below a folder, each sort sorted by path; hidden ones are only counted."""

    videos: tuple[Path, ...]
    others: tuple[Path, ...]
    n_hidden: int


def tree_files(root: Path, config: DataConfig) -> TreeFiles:
    """Return the files below ``root``: videos are those whose ending is in ``data.suffixes``.

    Hidden files and folders are left out. Links to folders are followed, each folder once, and
    only when the rest is listed, so that a file is found at its own place.

    Raises:
        DataError: The folder is absent, or a folder in it cannot be listed.
    """
    videos: list[Path] = []
    others: list[Path] = []
    n_hidden = 0
    seen: set[str] = set()
    folders, linked = deque([root]), deque[Path]()
    while folders or linked:
        folder = folders.popleft() if folders else linked.popleft()
        real = real_path(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if entry.name.startswith("."):
                        n_hidden += 1
                    elif entry.is_dir():
                        (linked if entry.is_symlink() else folders).append(path)
                    else:
                        (videos if path.suffix.lower() in config.suffixes else others).append(path)
        except OSError as error:
            raise DataError(f"{printable(folder)}: cannot be listed: {error.strerror}") from error
    return TreeFiles(_in_order(videos), _in_order(others), n_hidden)


def _in_order(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(sorted(paths, key=lambda path: (path.parent.parts, path.name)))


def video_files(root: Path, config: DataConfig) -> list[Path]:
    """Return the videos among the `tree_files` of ``root``, sorted by path."""
    return list(tree_files(root, config).videos)


def checked(
    videos: Sequence[ListedVideo],
) -> tuple[tuple[ListedVideo, ...], tuple[Failure, ...]]:
    """Return the videos that can be reached, and a failure for each other one."""
    usable: list[ListedVideo] = []
    failures: list[Failure] = []
    for video in videos:
        reason = unusable(video.path)
        if reason is None:
            usable.append(video)
        else:
            failures.append(
                Failure(
                    video_id=video.video_id,
                    path=printable(video.path),
                    stage=STAGE,
                    reason=reason,
                )
            )
    return tuple(usable), tuple(failures)


def id_below(root: Path, path: Path, *, dataset: str) -> str:
    """Return the ``video_id`` of a file of the tree."""
    return make_video_id(dataset, path.relative_to(root).as_posix())
