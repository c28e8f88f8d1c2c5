"""DFDC, the Deepfake Detection Challenge: fakes in parts, each with its originals.

::

    train_sample_videos/{metadata.json,*.mp4}    dfdc_train_part_N/{metadata.json,*.mp4}
    test/{labels.csv,videos/*.mp4}

A fake names its original, which may lie in another part or nowhere; both share a group by that
name. Who is in a video is not published, and one person appears in several groups.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aura.datasets.dfdc_metadata import DfdcEntry, metadata_paths, read_entries
from aura.datasets.known_tree import conclude, folders_in, plain
from aura.datasets.listing import (
    CONTRADICTION,
    MISSING_FILE,
    REPEATED_ROW,
    WITHOUT_LABEL,
    WITHOUT_METADATA,
    DataConfig,
    ListedVideo,
    Listing,
    printable,
    several,
)
from aura.datasets.tree import id_below, tree_files
from aura.errors import DataError
from aura.tables import FAKE, LeftOut

_METHOD = "DFDC"
"""Which of eight generators made a fake is not published."""

_PART = re.compile(r"dfdc_train_part_[0-9]+|train_sample_videos|dfdc_test.*")
_BESIDE = ("", "videos", "test_videos")


def recognises_dfdc(root: Path) -> bool:
    """Return whether the names of the folders, or of those in them, are those of DFDC."""
    folders = folders_in(root)
    names = {plain(root.name), *folders}
    names.update(name for folder in folders.values() for name in folders_in(folder))
    return any(_PART.fullmatch(name) for name in names)


def list_dfdc(root: Path, config: DataConfig) -> Listing:
    """Return the videos that DFDC's metadata files name, wherever in the tree they lie.

    Raises:
        DataError: There is no metadata, it cannot be read or has an unknown label, or there are no
            real or no fake videos.
    """
    home = root.resolve()
    files = tree_files(home, config)
    metadata = metadata_paths(home, config, others=files.others)
    claims, left_out = _claims(metadata, _Finder.of(files.videos), config)
    dataset = config.dataset or "dfdc"
    videos: list[ListedVideo] = []
    for path, same in claims.items():
        if len({claim.label for claim in same}) > 1:
            left_out += _contradictions(path, same)
            continue
        left_out += _repetitions(path, same)
        if same[0].label is not None:
            video_id = id_below(home, path, dataset=dataset)
            videos.append(_video(path, same, video_id=video_id, dataset=dataset))
    left_out += [
        LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail="no metadata file names it")
        for path in files.videos
        if path not in claims
    ]
    return conclude(
        home,
        videos,
        config=config,
        files=files,
        metadata=metadata,
        left_out=left_out,
        notes=tuple(_original_notes(videos)),
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """An entry whose file was found, by which rule, and its label; None for an ignored word."""

    entry: DfdcEntry
    label: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class _Finder:
    """The videos of the tree by path and by name; names count in any case."""

    paths: frozenset[Path]
    names: dict[str, list[Path]]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> "_Finder":
        names: dict[str, list[Path]] = {}
        for path in paths:
            names.setdefault(path.name.casefold(), []).append(path)
            names.setdefault(path.stem.casefold(), []).append(path)
        return cls(frozenset(paths), names)

    def find(self, entry: DfdcEntry) -> tuple[Path | None, str]:
        """Return the file of an entry and the rule that found it, or None and the reason."""
        for folder in _BESIDE:
            path = entry.file.parent / folder / entry.name
            if path in self.paths:
                return path, "beside its metadata"
        found = self.names.get(PurePosixPath(entry.name).name.casefold(), [])
        if len(found) == 1:
            return found[0], "file name in the tree"
        return None, f"{len(found)} files of that name" if found else "no file of that name"


def _claims(
    metadata: Iterable[Path], finder: _Finder, config: DataConfig
) -> tuple[dict[Path, list[_Claim]], list[LeftOut]]:
    """Return what the metadata says of each file, and the entries that have none or no label."""
    claims: dict[Path, list[_Claim]] = {}
    left_out: list[LeftOut] = []
    for entry in (entry for path in metadata for entry in read_entries(path)):
        label, (found, rule) = _label(entry, config), finder.find(entry)
        if found is None:
            detail = f"{entry.where}: {rule}"
            left_out.append(LeftOut(what=entry.name, kind=MISSING_FILE, detail=detail))
            continue
        if label is None:
            detail = f"{entry.where}: {entry.word}"
            left_out.append(LeftOut(what=printable(found), kind=WITHOUT_LABEL, detail=detail))
        claims.setdefault(found, []).append(_Claim(entry, label, rule))
    return claims, left_out


def _label(entry: DfdcEntry, config: DataConfig) -> int | None:
    """Return the label, or None for a word that is to be ignored."""
    label = config.label_of(entry.word.removesuffix(".0"))
    if label is None and not config.is_ignored(entry.word):
        raise DataError(
            f"{entry.where} has the label {entry.word!r}; expected one of "
            f"{', '.join(config.real_words)} (real) or {', '.join(config.fake_words)} (fake), or "
            "set data.real_words, data.fake_words or data.ignored_words"
        )
    return label


def _video(path: Path, same: Sequence[_Claim], *, video_id: str, dataset: str) -> ListedVideo:
    """Return the video of a file; all ``same`` claims agree on its label."""
    label, entry = same[0].label, same[0].entry
    assert label is not None, "an ignored word gives no video"
    originals = [claim.entry.original for claim in same if claim.entry.original]
    name = (originals or [path.name])[0]
    extras = {
        "method": _METHOD if label == FAKE else None,
        "official_split": next((c.entry.split for c in same if c.entry.split), None),
        # Metadata that agrees on the label and not on the original ties the video to both.
        "ties": several(f"clip:dfdc/{_stem(original)}" for original in originals or [path.name]),
        "original": name if label == FAKE and originals else None,
        "part": entry.file.parent.name,
        "matched_by": same[0].rule,
    }
    return ListedVideo(
        video_id, path, label, dataset, group_id=f"dfdc/{_stem(name)}", extras=extras
    )


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.casefold()


def _contradictions(path: Path, same: Sequence[_Claim]) -> Iterator[LeftOut]:
    detail = "; ".join(f"{claim.entry.where} says {claim.entry.word}" for claim in same)
    yield LeftOut(what=printable(path), kind=CONTRADICTION, detail=detail)


def _repetitions(path: Path, same: Sequence[_Claim]) -> Iterator[LeftOut]:
    for claim in same[1:]:
        detail = f"{claim.entry.where} repeats {same[0].entry.where}"
        yield LeftOut(what=printable(path), kind=REPEATED_ROW, detail=detail)


def _original_notes(videos: Sequence[ListedVideo]) -> Iterator[str]:
    fakes = [video for video in videos if video.label == FAKE]
    n_unnamed = sum(video.extras["original"] is None for video in fakes)
    if n_unnamed:
        yield (
            f"{n_unnamed} fake videos name no original, as those of the test set: each is a group "
            "of its own until copies are found"
        )
    here = {_stem(video.path.name) for video in videos}
    n_absent = sum(_stem(name) not in here for v in fakes if (name := v.extras["original"]))
    if n_absent:
        yield (
            f"{n_absent} fake videos name an original that is not here; fakes of one original "
            "share a group all the same"
        )
