"""The Fake Video Corpus: metadata of web addresses, and the files somebody fetched for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aura.datasets.fvc_corpus import FvcVideo, corpus_videos
from aura.datasets.fvc_metadata import FvcMetadata, FvcRow, holds_metadata, read_metadata
from aura.datasets.fvc_resolve import Match, Resolution, resolve, subset_of
from aura.datasets.known_tree import conclude, folders_in
from aura.datasets.labels import ignored_note, labels_of
from aura.datasets.listing import (
    CONTRADICTION,
    MISSING_FILE,
    REPEATED_ROW,
    WITHOUT_LABEL,
    WITHOUT_METADATA,
    DataConfig,
    ListedVideo,
    Listing,
    make_video_id,
    printable,
    several,
)
from aura.datasets.tree import tree_files
from aura.errors import DataError
from aura.tables import LeftOut

ANOTHER_COPY = "another copy"
SEVERAL_ROWS = "file of several rows"
"""Kinds of `aura.tables.LeftOut` beside those of `aura.datasets.listing`."""

_DATASET = "fvc"


def list_fvc(root: Path, config: DataConfig) -> Listing:
    """Return the videos of the corpus whose files are below ``root``.

    The label is the row's own, never the cascade's. Addresses that lead to one video are one
    video, and cascades that share a video are one group. A ``video_id`` follows from the
    platform's id, so that moving and renaming files changes nothing. Rows without a file, files
    without a row, rows that are neither real nor fake, that repeat or contradict each other are
    left out, counted in the notes and listed one by one.

    Raises:
        DataError: There is no metadata, a label word is unknown, no file belongs to any row, or
            all those that do are of one class.
        TableError: A metadata file cannot be read.
    """
    root = root.resolve()
    metadata = read_metadata(root, config)
    videos = corpus_videos(metadata.rows)
    truth = _truth(videos, _labels(metadata.rows, config))
    files = tree_files(root, config)
    paths = {PurePosixPath(path.relative_to(root).as_posix()): path for path in files.videos}
    found = _resolved(videos, list(paths), metadata)
    listed = [
        _listed(video, label, paths[match.path], match, dataset=config.dataset or _DATASET)
        for video, label in truth.usable
        if (match := found.matches.get(video.key)) is not None
    ]
    if not listed:
        raise DataError(_no_match_message(root, files=list(paths), n_videos=len(truth.usable)))
    return conclude(
        root,
        listed,
        config=config,
        files=files,
        metadata=metadata.files,
        left_out=(*truth.left_out, *_missing(truth, found), *_stray_files(found, root)),
        notes=(
            *metadata.notes,
            _rules_note(found, n_videos=len(videos)),
            *ignored_note(truth.ignored_words),
        ),
    )


def recognises_fvc(root: Path) -> bool:
    """Return whether a folder holds the corpus' metadata files or its folders FVC1, FVC2, FVC3."""
    folders = folders_in(root).keys() | folders_in(root / "videos").keys()
    return bool(folders & {"fvc1", "fvc2", "fvc3"}) or holds_metadata(root)


@dataclass(frozen=True, slots=True)
class _Truth:
    """The videos with one label, and the rows that give none."""

    usable: tuple[tuple[FvcVideo, int], ...]
    left_out: tuple[LeftOut, ...]
    ignored_words: tuple[str | None, ...]


def _truth(videos: Sequence[FvcVideo], labels: Mapping[FvcRow, int | None]) -> _Truth:
    """Return what the rows of each video agree on."""
    usable: list[tuple[FvcVideo, int]] = []
    left_out: list[LeftOut] = []
    ignored: list[str | None] = []
    for video in videos:
        first, *others = video.rows
        label = labels[first]
        if any(labels[row] != label for row in others):
            detail = " and ".join(f"{row.place} says {row.word}" for row in video.rows)
            left_out.append(LeftOut(what=first.url, kind=CONTRADICTION, detail=detail))
            continue
        if label is None:
            ignored.append(first.word)
            detail = f"{first.place}: {first.word}"
            left_out.append(LeftOut(what=first.url, kind=WITHOUT_LABEL, detail=detail))
        else:
            usable.append((video, label))
        left_out += [
            LeftOut(what=row.url, kind=REPEATED_ROW, detail=f"{row.place}, as {first.place}")
            for row in others
        ]
    return _Truth(tuple(usable), tuple(left_out), tuple(ignored))


def _resolved(
    videos: Sequence[FvcVideo], files: Sequence[PurePosixPath], metadata: FvcMetadata
) -> Resolution:
    """Return the files of all videos, those left out for their labels among them.

    A file of an uncertain video is not a file without metadata.
    """
    known = {video.key: video.rows[0].video for video in videos}
    wanted = {key: video for key, video in known.items() if video is not None}
    return resolve(wanted, files, index_paths=metadata.paths)


def _rules_note(found: Resolution, *, n_videos: int) -> str:
    rules = ", ".join(f"{n} by {rule}" for rule, n in found.by_rule().items())
    return f"files found for {len(found.matches)} of {n_videos} videos of the metadata: {rules}"


def _labels(rows: Sequence[FvcRow], config: DataConfig) -> dict[FvcRow, int | None]:
    """Return each row's label; the message on unknown words goes by file and row."""
    labels: dict[FvcRow, int | None] = {}
    for file in dict.fromkeys(row.file for row in rows):
        own = [row for row in rows if row.file == file]
        words, numbers = [row.word for row in own], [row.number for row in own]
        found = labels_of(words, numbers, config=config, where=file)
        labels.update(zip(own, found, strict=True))
    return labels


def _listed(video: FvcVideo, label: int, path: Path, match: Match, *, dataset: str) -> ListedVideo:
    row = video.rows[0]
    platform = None if row.video is None else row.video.platform
    extras = {
        "platform": platform,
        "url": video.key,
        "source": subset_of(match.path),
        "ties": several(f"cascade:{_DATASET}/{cascade}" for cascade in video.cascades),
        "event_title": row.event_title,
        "label_word": row.word,
        "matched_by": match.rule,
    }
    return ListedVideo(
        video_id=make_video_id(dataset, video.key.replace(":", "/")),
        path=path,
        label=label,
        dataset=dataset,
        group_id=f"{_DATASET}/{video.group}" if video.group else None,
        extras=extras,
    )


def _missing(truth: _Truth, found: Resolution) -> Iterator[LeftOut]:
    for video, _ in truth.usable:
        if video.key not in found.matches:
            row = video.rows[0]
            why = "" if row.video else "; the address names no video we know how to look for"
            yield LeftOut(what=row.url, kind=MISSING_FILE, detail=f"{row.place}{why}")


def _stray_files(found: Resolution, root: Path) -> Iterator[LeftOut]:
    for path in found.unknown:
        yield LeftOut(what=printable(root / path), kind=WITHOUT_METADATA)
    for path, key in found.copies:
        taken = printable(str(found.matches[key].path))
        yield LeftOut(what=printable(root / path), kind=ANOTHER_COPY, detail=f"of {key}: {taken}")
    for path, keys in found.contested:
        yield LeftOut(
            what=printable(root / path),
            kind=SEVERAL_ROWS,
            detail=f"could be any of {', '.join(keys)}; rename it to one id",
        )


def _no_match_message(root: Path, *, files: Sequence[PurePosixPath], n_videos: int) -> str:
    if not files:
        found = "there are no video files"
    else:
        found = f"none of {len(files)} video files, such as {printable(str(files[0]))}, is one"
    return (
        f"{printable(root)}: the metadata names {n_videos} real and fake videos, {found} of them; "
        "a file is recognised by the id of its video (YouTube's, or the number of a Facebook or "
        "Twitter video) as its name, within its name or as its folder's name"
    )
