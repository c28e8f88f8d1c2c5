"""DeepFakeDetection (DFD): 28 paid actors in 16 scenes, and face swaps among them.

The data set has no metadata file: everything stands in the names. ``NN__scene.mp4`` is an original
of actor NN, ``NN_MM__scene__XXXXXXXX.mp4`` that footage with the face of actor MM. It travels as a
copy of its own (folders ``DFD_original sequences`` and ``DFD_manipulated_sequences``, spelled and
nested in several ways), read here, and inside FaceForensics++, read by `faceforensics`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

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

METHOD = "DeepFakeDetection"

_SCENE = r"([a-z0-9]+(?:_[a-z0-9]+)*)"
_ORIGINAL = re.compile(rf"([0-9]{{2}})__{_SCENE}", re.IGNORECASE)
_FAKE = re.compile(rf"([0-9]{{2}})_([0-9]{{2}})__{_SCENE}__([A-Z0-9]{{8}})", re.IGNORECASE)
_FOLDERS = {"dfd_original": REAL, "dfd_manipulated": FAKE}
_NAMES = "expected NN__scene or NN_MM__scene__XXXXXXXX"


@dataclass(frozen=True, slots=True)
class DfdName:
    """What the name of a video says; ``donor`` is whose face a fake bears."""

    stem: str
    actor: str
    scene: str
    donor: str | None = None

    @property
    def label(self) -> int:
        """Fake where there is a donor."""
        return REAL if self.donor is None else FAKE

    def extras(self) -> dict[str, str | None]:
        """Return the columns that follow from the name, the same wherever the file lies."""
        actors = [self.actor] if self.donor is None else [self.actor, self.donor]
        footage = f"scene-source:dfd/{self.actor}__{self.scene}"
        return {
            "method": None if self.donor is None else METHOD,
            "source": "actors",
            "identities": several(f"dfd/{actor}" for actor in actors),
            "ties": several([footage, f"video:dfd/{self.stem.casefold()}"]),
        }


def parse_dfd(stem: str) -> DfdName | None:
    """Return what a file name without its ending says, or None where it is none of DFD.

    >>> parse_dfd("01_27__walk_down_hall__YVGY8LOK")
    DfdName(stem='01_27__walk_down_hall__YVGY8LOK', actor='01', scene='walk_down_hall', donor='27')
    >>> parse_dfd("01__walk_down_hall").donor, parse_dfd("071_054")
    (None, None)
    """
    fake = _FAKE.fullmatch(stem)
    if fake:
        return DfdName(stem, actor=fake[1], scene=fake[3].casefold(), donor=fake[2])
    original = _ORIGINAL.fullmatch(stem)
    return DfdName(stem, original[1], original[2].casefold()) if original else None


def recognises_dfd(root: Path) -> bool:
    """Return whether the names of the folders are those of DFD's own copy."""
    return recognised(root, _is_home)


def list_dfd(root: Path, config: DataConfig) -> Listing:
    """Return the videos of DFD's own copy.

    The label follows from the name and must agree with the folder; names that say nothing, and
    videos outside the two folders, are left out.

    Raises:
        DataError: There is no such tree, or it has no real or no fake videos.
    """
    home, notes = locate(
        root,
        _is_home,
        title="DeepFakeDetection",
        expected="the folders 'DFD_original sequences' and 'DFD_manipulated_sequences'",
    )
    dataset = config.dataset or "dfd"
    files = tree_files(home, config)
    videos: list[ListedVideo] = []
    left_out: list[LeftOut] = []
    for path in files.videos:
        name, label = parse_dfd(path.stem), _label_of_folders(path.relative_to(home))
        if name is None or label is None:
            detail = f"the name says nothing; {_NAMES}" if name is None else "outside both folders"
            left_out.append(LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail=detail))
        elif name.label != label:
            detail = "the name says one label, the folder the other"
            left_out.append(LeftOut(what=printable(path), kind=CONTRADICTION, detail=detail))
        else:
            video_id = id_below(home, path, dataset=dataset)
            videos.append(ListedVideo(video_id, path, label, dataset, extras=name.extras()))
    return conclude(home, videos, config=config, files=files, left_out=left_out, notes=notes)


def _is_home(path: Path) -> bool:
    # The fakes' folder holds another of its name in some copies, and is not the root for that.
    return _label(path.name) is None and any(_label(name) is not None for name in folders_in(path))


def _label_of_folders(path: Path) -> int | None:
    labels = (_label(part) for part in path.parts[:-1])
    return next((label for label in labels if label is not None), None)


def _label(folder: str) -> int | None:
    name = plain(folder)
    return next((label for start, label in _FOLDERS.items() if name.startswith(start)), None)
