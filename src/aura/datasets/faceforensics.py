"""FaceForensics++: 1,000 YouTube clips under five manipulations, and DFD, in three compressions.

::

    original_sequences/{youtube,actors}/{raw,c23,c40}/videos/NNN.mp4
    manipulated_sequences/<method>/{raw,c23,c40}/videos/TTT_SSS.mp4

``TTT_SSS`` is the footage of clip TTT with the face (or the expression) of SSS, and occurs once
under each method. Copies without the outer folders (``original/``, ``Deepfakes/`` … side by side)
are read as well. ``actors`` and ``DeepFakeDetection`` are DFD, whose names `dfd` reads.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aura.datasets import dfd
from aura.datasets.ffpp_protocol import FfppProtocol, read_protocol
from aura.datasets.known_tree import conclude, folders_in, locate, plain, recognised
from aura.datasets.listing import (
    CONTRADICTION,
    WITHOUT_METADATA,
    DataConfig,
    ListedVideo,
    Listing,
    printable,
    several,
)
from aura.datasets.tree import id_below, tree_files
from aura.tables import FAKE, REAL, LeftOut

_METHODS = {
    plain(name): name
    for name in (
        *("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter"),
        dfd.METHOD,
    )
}
_COMPRESSIONS = {"raw": "raw", "c0": "raw", "c23": "c23", "c40": "c40"}
_OUTER = {"original_sequences", "manipulated_sequences"}
_ORIGINALS = {"original_sequences", "original", "youtube", "actors"}
_CLIP = re.compile(r"[0-9]{3}")
_FAKE = re.compile(r"([0-9]{3})_([0-9]{3})")


@dataclass(frozen=True, slots=True)
class _Place:
    """What the folders of a video say; no label where they say nothing."""

    label: int | None
    method: str | None
    compression: str | None
    is_mask: bool


@dataclass(frozen=True, slots=True)
class _Name:
    """What the name of a clip or of a fake says; ``face`` is the clip a fake's face is from."""

    clip: str
    face: str | None = None

    @property
    def label(self) -> int:
        return REAL if self.face is None else FAKE

    @property
    def clips(self) -> tuple[str, ...]:
        return (self.clip,) if self.face is None else (self.clip, self.face)

    def extras(self, place: _Place, protocol: FfppProtocol) -> dict[str, str | None]:
        footage = [protocol.footage_of[clip] for clip in self.clips if clip in protocol.footage_of]
        ties = [f"clip:ffpp/{self.clip}", *(f"footage:ffpp/{first}" for first in footage)]
        if self.face is not None:
            ties.append(f"video:ffpp/{place.method}/{self.clip}_{self.face}")
        return {
            "method": place.method,
            "source": "youtube",
            "identities": several(f"ffpp/{clip}" for clip in self.clips),
            "ties": several(ties),
            "official_split": protocol.split(*self.clips),
        }


def recognises_faceforensics(root: Path) -> bool:
    """Return whether the names of the folders are those of FaceForensics++."""
    return recognised(root, _is_home)


def list_faceforensics(root: Path, config: DataConfig) -> Listing:
    """Return the videos of FaceForensics++, of every method and compression that is there.

    A fake belongs to both its identities; it has an official split where both are in the same
    list. The videos of masks are counted and not listed.

    Raises:
        ConfigError: ``data.methods`` or ``data.compressions`` name what is not there.
        DataError: There is no such tree, it has no real or no fake videos, or the official lists
            in it cannot be read.
    """
    home, notes = locate(
        root,
        _is_home,
        title="FaceForensics++",
        expected="the folders original_sequences and manipulated_sequences",
    )
    protocol = read_protocol(home, config)
    files = tree_files(home, config)
    dataset = config.dataset or "ffpp"
    videos: list[ListedVideo] = []
    left_out: list[LeftOut] = []
    n_masks = 0
    for path in files.videos:
        place = _place_of(path.relative_to(home), home)
        if place.is_mask:
            n_masks += 1
            continue
        extras = _extras_of(path, place, protocol)
        if isinstance(extras, LeftOut):
            left_out.append(extras)
        elif place.label is not None:
            video_id = id_below(home, path, dataset=dataset)
            extras["compression"] = place.compression
            videos.append(ListedVideo(video_id, path, place.label, dataset, extras=extras))
    masks = (f"{n_masks} videos of masks are not listed",) if n_masks else ()
    notes = (*notes, *masks, *_split_notes(videos, protocol))
    return conclude(
        home,
        videos,
        config=config,
        files=files,
        metadata=protocol.files,
        left_out=left_out,
        notes=notes,
    )


def _is_home(path: Path) -> bool:
    folders = set(folders_in(path))
    methods = folders & _METHODS.keys()
    without_outer = len(methods | (folders & {"original"})) > 1
    return plain(path.name) not in _OUTER and (bool(folders & _OUTER) or without_outer)


def _place_of(path: Path, home: Path) -> _Place:
    folders = [plain(part) for part in path.parts[:-1]]
    method = next((_METHODS[name] for name in folders if name in _METHODS), None)
    stated = [*folders, *plain(home.name).split("_")]
    return _Place(
        label=FAKE if method else REAL if _ORIGINALS.intersection(folders) else None,
        method=method,
        compression=next((_COMPRESSIONS[n] for n in stated if n in _COMPRESSIONS), None),
        is_mask="masks" in folders,
    )


def _extras_of(
    path: Path, place: _Place, protocol: FfppProtocol
) -> dict[str, str | None] | LeftOut:
    """Return the columns of a video, or why it is left out."""
    name = _parse(path.stem) or dfd.parse_dfd(path.stem)
    if name is None or place.label is None:
        detail = "outside the folders of originals and methods"
        if name is None:
            detail = "the name says nothing; expected NNN, TTT_SSS or a name of DeepFakeDetection"
        return LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail=detail)
    if name.label != place.label:
        detail = "the name says one label, the folder the other"
        return LeftOut(what=printable(path), kind=CONTRADICTION, detail=detail)
    is_dfd = isinstance(name, dfd.DfdName)
    if place.label == FAKE and is_dfd != (place.method == dfd.METHOD):
        detail = f"the name is none of {place.method}"
        return LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail=detail)
    return name.extras() if is_dfd else name.extras(place, protocol)


def _parse(stem: str) -> _Name | None:
    fake = _FAKE.fullmatch(stem)
    if fake:
        return _Name(fake[1], face=fake[2])
    return _Name(stem) if _CLIP.fullmatch(stem) else None


def _split_notes(videos: Iterable[ListedVideo], protocol: FfppProtocol) -> Iterator[str]:
    """Say where the official lists come from, what they leave open and what they divide."""
    ours = [v for v in videos if "official_split" in v.extras]
    if not ours:
        return
    origin = f"{len(protocol.files)} files of the data set" if protocol.files else "aura's copy"
    yield f"the official lists are read from {origin}"
    here = {video.path.stem for video in ours if video.label == REAL}
    n_absent = len(protocol.split_of.keys() - here)
    if n_absent:
        yield f"{n_absent} of the {len(protocol.split_of)} clips they name have no original here"
    n_without = sum(video.extras["official_split"] is None for video in ours)
    if n_without:
        yield (
            f"{n_without} videos have no official split: their two clips are in different lists, "
            "or one is in none"
        )
    n_divided = len(_divided_footage(ours))
    if n_divided:
        yield (
            f"{n_divided} YouTube videos gave clips to two official lists each; they share a "
            "group here, so that the official split divides these groups"
        )


def _divided_footage(videos: Iterable[ListedVideo]) -> set[str]:
    """Return the ties between originals of one YouTube video that lie in different lists."""
    splits: dict[str, set[str | None]] = {}
    for video in videos:
        for tie in (video.extras["ties"] or "").split(";"):
            if video.label == REAL and tie.startswith("footage:"):
                splits.setdefault(tie, set()).add(video.extras["official_split"])
    return {tie for tie, found in splits.items() if len(found) > 1}
