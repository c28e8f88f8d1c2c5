"""A folder with real/ and fake/ below it."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aura.datasets.listing import (
    STAGE,
    DataConfig,
    ListedVideo,
    Listing,
    make_video_id,
    printable,
    unnameable,
)
from aura.errors import DataError
from aura.tables import Failure

_LAYOUT = "expected the folders real/ and fake/ with videos in them, at any depth"


def list_folder(root: Path, config: DataConfig) -> Listing:
    """Return the videos below ``root/real`` and ``root/fake``, sorted by path.

    Videos at the same place below ``real/`` and ``fake/`` (``real/a/7.mp4``, ``fake/a/7.mp4``)
    are taken for versions of one scene and share a group; all others stand alone until duplicates
    are found. Files of other kinds are counted in the notes.

    Raises:
        DataError: The folder is absent, unreadable, or has no such folders.
    """
    root = root.resolve()
    labelled = _label_folders(root, config)
    dataset = config.dataset or root.name
    videos: list[ListedVideo] = []
    failures: list[Failure] = []
    ignored: Counter[str] = Counter()
    for folder, label in labelled:
        for path in _files(folder):
            if path.suffix.lower() not in config.suffixes or path.name.startswith("."):
                ignored[path.suffix.lower() or path.name] += 1
                continue
            relative = path.relative_to(root).as_posix()
            video_id = make_video_id(dataset, relative)
            reason = unnameable(path)
            if reason is not None:
                failures.append(
                    Failure(video_id=video_id, path=printable(path), stage=STAGE, reason=reason)
                )
                continue
            group = path.relative_to(folder).with_suffix("").as_posix()
            videos.append(ListedVideo(video_id, path, label, dataset, group_id=group))
    listing = Listing(tuple(videos), tuple(failures), tuple(_notes(ignored)))
    if not videos and not failures:
        raise DataError(f"{root}: no videos found; {_LAYOUT}")
    listing.require_both_classes(root)
    return listing


def _label_folders(root: Path, config: DataConfig) -> list[tuple[Path, int]]:
    try:
        folders = sorted(entry for entry in root.iterdir() if entry.is_dir())
    except OSError as error:
        raise DataError(f"{root}: cannot be listed: {error.strerror}") from error
    labelled = [
        (folder, label) for folder in folders if (label := config.label_of(folder.name)) is not None
    ]
    if not labelled:
        found = ", ".join(f"{folder.name}/" for folder in folders[:5]) or "no folder"
        raise DataError(
            f"{root}: {_LAYOUT}; found {found}. For another layout write a table with the columns "
            "path,label and give that as --data"
        )
    return labelled


def _files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be listed: {error.strerror}") from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name)


def _notes(ignored: Counter[str]) -> Iterator[str]:
    if ignored:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(ignored.items()))
        yield f"{ignored.total()} files are not taken for videos ({kinds}); see data.suffixes"
