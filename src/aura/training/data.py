"""What models are trained on: samples, and where their features or clips are found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aura.errors import DataError, LeakageError
from aura.splits import TEST, VAL
from aura.tables import FAKE, REAL
from aura.training.recipe import ClipRecipe, FeatureRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One video, or an augmented version of one, as training meets it.

    Attributes:
        video_id: Names its row of features and its clip.
        label: 0 real, 1 fake.
        group_id: What must never be divided between folds.
        fold: Its fold; None in the test split.
        split: ``"train"``, ``"val"`` or ``"test"``.
        key: Changes whenever the content does.
        parent_id: The original an augmented version was made of; None for originals. A version
            stands wherever its parent stands.
    """

    video_id: str
    label: int
    group_id: str
    fold: int | None
    split: str
    key: str
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of videos and of their augmented versions.

    Attributes:
        video_ids: One a row, unique.
        parent_ids: The original of an augmented version, None for originals; one a row.
        matrix: float64 [N, D].
        recipe: How they were computed; its names are the columns.
    """

    video_ids: tuple[str, ...]
    parent_ids: tuple[str | None, ...]
    matrix: NDArray[np.float64] = field(repr=False)
    recipe: FeatureRecipe

    def __post_init__(self) -> None:
        expected = (len(self.video_ids), len(self.recipe.names))
        if self.matrix.shape != expected or self.matrix.dtype != np.float64:
            raise DataError(
                f"a feature matrix {self.matrix.dtype} {list(self.matrix.shape)} arrived; "
                f"float64 {list(expected)} was expected, a row a video and a column a name"
            )
        if len(self.parent_ids) != len(self.video_ids):
            raise DataError(f"{len(self.parent_ids)} parents for {len(self.video_ids)} videos")
        _require_unique(self.video_ids, what="feature rows")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.recipe.names

    def missing(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """Return the ids of the samples that have no row."""
        present = set(self.video_ids)
        return tuple(s.video_id for s in samples if s.video_id not in present)

    def rows_of(self, samples: Sequence[Sample]) -> NDArray[np.float64]:
        """Return the rows of ``samples`` in their order, float64 [N, D]."""
        row_of = {video_id: row for row, video_id in enumerate(self.video_ids)}
        return self.matrix[[row_of[sample.video_id] for sample in samples]]


@dataclass(frozen=True, slots=True)
class ClipStore:
    """A folder with a clip of frames a video, read when asked.

    ``<video_id>.npy`` holds uint8 [T, S, S, 3], RGB, with T of 1 to ``recipe.n_frames`` and S of
    ``recipe.size_px``.
    """

    folder: Path
    recipe: ClipRecipe

    def path_of(self, video_id: str) -> Path:
        """Return where the clip of a video lies."""
        return self.folder / f"{video_id}.npy"

    def missing(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """Return the ids of the samples that have no clip."""
        return tuple(s.video_id for s in samples if not self.path_of(s.video_id).is_file())

    def read(self, video_id: str) -> NDArray[np.uint8]:
        """Return the clip of a video, uint8 [T, S, S, 3].

        Raises:
            DataError: It cannot be read, or does not follow the recipe.
        """
        path = self.path_of(video_id)
        try:
            with path.open("rb") as stream:
                clip = np.load(stream, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(
                f"{path}: cannot be read as a clip, it was damaged after it was made; delete it "
                "and run again"
            ) from error
        return checked_clip(clip, self.recipe, where=str(path))


def checked_clip(clip: object, recipe: ClipRecipe, *, where: str) -> NDArray[np.uint8]:
    """Return ``clip`` when it follows the recipe, uint8 [T, S, S, 3].

    Raises:
        DataError: It has another type or shape, or no frame.
    """
    if not isinstance(clip, np.ndarray):
        raise DataError(f"{where}: holds {type(clip).__name__}, expected an array of frames")
    size = recipe.size_px
    follows = clip.ndim == 4 and clip.shape[1:] == (size, size, 3) and clip.dtype == np.uint8
    if not follows or not 1 <= len(clip) <= recipe.n_frames:
        raise DataError(
            f"{where}: holds {clip.dtype} {list(clip.shape)}; expected uint8 [T, {size}, {size}, "
            f"3] with 1 to {recipe.n_frames} frames"
        )
    return clip


def check_samples(samples: Sequence[Sample], *, allow_leakage: bool = False) -> None:
    """Raise unless ``samples`` can be trained on without a group in two folds.

    Args:
        samples: All videos and versions.
        allow_leakage: Whether a group may be in two folds all the same.

    Raises:
        DataError: An id occurs twice, a label is neither 0 nor 1, a version has no parent among
            the samples or another label than it, or a video has a fold and is in the test split.
        LeakageError: A group is in two folds, or in a fold and in the test split.
    """
    _require_unique([sample.video_id for sample in samples], what="samples")
    originals = {s.video_id: s for s in samples if s.parent_id is None}
    place_of: dict[str, tuple[str, int | None]] = {}
    for sample in samples:
        if sample.label not in (REAL, FAKE):
            raise DataError(f"video {sample.video_id}: label {sample.label}, expected 0 or 1")
        if sample.parent_id is not None:
            _check_version(sample, originals.get(sample.parent_id))
        elif (sample.split == TEST) != (sample.fold is None):
            raise DataError(
                f"video {sample.video_id}: split {sample.split!r} and fold {sample.fold}; videos "
                "of the test split have no fold and all others one: divide the videos again"
            )
        place = (sample.split, sample.fold)
        known = place_of.setdefault(sample.group_id, place)
        if known != place and not allow_leakage:
            raise LeakageError(
                f"group {sample.group_id} is in {_place(known)} and, with video "
                f"{sample.video_id}, in {_place(place)}; a model would be tested on what it was "
                "trained on: divide the videos again with `aura data split`"
            )


def _check_version(version: Sample, parent: Sample | None) -> None:
    if parent is None:
        raise DataError(
            f"video {version.video_id}: made of {version.parent_id}, which is not among the "
            "originals; leave out the versions of videos that are left out"
        )
    if (version.label, version.group_id) != (parent.label, parent.group_id):
        raise DataError(
            f"video {version.video_id}: label {version.label} and group {version.group_id}, its "
            f"original {parent.video_id} has label {parent.label} and group {parent.group_id}"
        )


def _place(place: tuple[str, int | None]) -> str:
    if place[0] == VAL:
        return "the val split"
    return "the test split" if place[0] == TEST else f"fold {place[1]}"


def _require_unique(video_ids: Sequence[str], *, what: str) -> None:
    if len(set(video_ids)) != len(video_ids):
        name, count = Counter(video_ids).most_common(1)[0]
        raise DataError(f"{what}: video {name} occurs {count} times, every id must be unique")
