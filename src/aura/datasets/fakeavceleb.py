"""FakeAVCeleb v1.2: 500 people, with pictures or sound or both replaced.

::

    FakeAVCeleb_v1.2/
      meta_data.csv
      {RealVideo,FakeVideo}-{RealAudio,FakeAudio}/<race>/<men|women>/idNNNNN/NNNNN….mp4

Pictures and sound have labels of their own: in the 500 videos of RealVideo-FakeAudio every frame
is genuine. The binary label is fake where either is, as the field has it; ``data.fake_means`` says
otherwise. People are tied by face and by voice; in the released table they fall into ten closed
circles of fifty, one for each race and gender.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aura.datasets.fakeavceleb_metadata import CATEGORIES, NAME, AVRow, read_rows, video_key
from aura.datasets.known_tree import conclude, folders_in, locate, plain, recognised
from aura.datasets.listing import (
    CONTRADICTION,
    MISSING_FILE,
    REPEATED_ROW,
    WITHOUT_METADATA,
    DataConfig,
    ListedVideo,
    Listing,
    printable,
    several,
)
from aura.datasets.metadata_files import find_metadata
from aura.datasets.tree import id_below, tree_files
from aura.errors import DataError
from aura.tables import FAKE, REAL, LeftOut


def recognises_fakeavceleb(root: Path) -> bool:
    """Return whether the names of the folders are those of FakeAVCeleb."""
    return recognised(root, _is_home)


def list_fakeavceleb(root: Path, config: DataConfig) -> Listing:
    """Return the videos that both the table and the folders of FakeAVCeleb name.

    Raises:
        DataError: There is no such tree or no table, the table cannot be read, or no real or no
            fake videos are left.
    """
    home, notes = locate(
        root,
        _is_home,
        title="FakeAVCeleb",
        expected=f"the folders {', '.join(CATEGORIES.values())}",
    )
    table = find_metadata(home, config, names=[NAME])
    if table is None:
        raise DataError(
            f"{printable(home)}: expected FakeAVCeleb's {NAME} here or in the folder above; it "
            "comes with the data set. Set data.metadata to where it lies"
        )
    rows, left_out = _single_rows(read_rows(table))
    files = tree_files(home, config)
    index = _FileIndex.of(home, files.videos)
    dataset = config.dataset or "fakeavceleb"
    videos: list[ListedVideo] = []
    for row in rows:
        path, rule = index.find(row)
        if path is None:
            detail = f"row {row.number} of {table.name}"
            left_out.append(LeftOut(what=row.path, kind=MISSING_FILE, detail=detail))
        else:
            label = _label(row, config)
            video_id = id_below(home, path, dataset=dataset)
            extras = _extras(row) | {"matched_by": rule}
            videos.append(ListedVideo(video_id, path, label, dataset, extras=extras))
    left_out += _without_row(files.videos, {video.path for video in videos}, table=table)
    notes = (*notes, *_row_notes(left_out), *_sound_note(videos, config))
    return conclude(
        home,
        videos,
        config=config,
        files=files,
        metadata=[table],
        left_out=left_out,
        notes=notes,
    )


def _is_home(path: Path) -> bool:
    return not {plain(kind) for kind in CATEGORIES.values()}.isdisjoint(folders_in(path))


def _single_rows(rows: Iterable[AVRow]) -> tuple[list[AVRow], list[LeftOut]]:
    """Return one row a video, and what is left out: repetitions, and all of a contradiction."""
    by_video: dict[tuple[str, str, str], list[AVRow]] = {}
    for row in rows:
        by_video.setdefault(row.key, []).append(row)
    single: list[AVRow] = []
    left_out: list[LeftOut] = []
    for same in by_video.values():
        disagreement = _disagreement(same)
        if disagreement is None:
            single.append(same[0])
            left_out += [_repetition(row, same[0]) for row in same[1:]]
        else:
            left_out += [
                LeftOut(what=row.path, kind=CONTRADICTION, detail=disagreement) for row in same
            ]
    return single, left_out


def _disagreement(same: Sequence[AVRow]) -> str | None:
    """Return how the rows of one video contradict themselves or each other."""
    for row in same:
        if row.contradiction is not None:
            return f"row {row.number}: {row.contradiction}"
    if len({row.kind for row in same}) == 1:
        return None
    return "; ".join(f"row {row.number} says {row.kind}" for row in same)


def _repetition(row: AVRow, first: AVRow) -> LeftOut:
    detail = f"row {row.number} repeats row {first.number}"
    if row.method != first.method:
        detail += f", which gives the method {first.method} instead of {row.method}"
    return LeftOut(what=row.path, kind=REPEATED_ROW, detail=detail)


@dataclass(frozen=True, slots=True)
class _FileIndex:
    """The files of the tree by exact path, by path in any case, and by `video_key`."""

    exact: dict[str, Path]
    folded: dict[str, list[Path]]
    keys: dict[tuple[str, str, str], list[Path]]

    @classmethod
    def of(cls, home: Path, paths: Iterable[Path]) -> "_FileIndex":
        index = cls({}, {}, {})
        for path in paths:
            name = path.relative_to(home).as_posix()
            index.exact[name] = path
            index.folded.setdefault(name.casefold(), []).append(path)
            index.keys.setdefault(video_key(name), []).append(path)
        return index

    def find(self, row: AVRow) -> tuple[Path | None, str]:
        """Return the file of a row and the rule that found it; a file that is not alone is none."""
        if row.path in self.exact:
            return self.exact[row.path], "path"
        weaker = {
            "path in any case": self.folded.get(row.path.casefold(), []),
            "category, person and file name": self.keys.get(row.key, []),
        }
        return next(
            ((found[0], rule) for rule, found in weaker.items() if len(found) == 1), (None, "")
        )


def _label(row: AVRow, config: DataConfig) -> int:
    fake = {
        "video": row.kind.startswith("FakeVideo"),
        "audio": row.kind.endswith("FakeAudio"),
        "any": "Fake" in row.kind,
    }
    return FAKE if fake[config.fake_means] else REAL


def _extras(row: AVRow) -> dict[str, str | None]:
    clip = None if row.clip is None else f"clip:fakeavceleb/{row.source}/{row.clip}"
    return {
        "method": None if row.kind == CATEGORIES["A"] else row.method,
        "category": row.kind,
        "video_label": "fake" if row.kind.startswith("FakeVideo") else "real",
        "audio_label": "fake" if row.kind.endswith("FakeAudio") else "real",
        "identities": several(f"fakeavceleb/{person}" for person in row.identities),
        "ties": clip,
        "race": row.race,
        "gender": row.gender,
    }


def _without_row(paths: Iterable[Path], listed: set[Path], *, table: Path) -> list[LeftOut]:
    detail = f"no row of {table.name} is used for it"
    return [
        LeftOut(what=printable(path), kind=WITHOUT_METADATA, detail=detail)
        for path in paths
        if path not in listed
    ]


def _row_notes(left_out: Iterable[LeftOut]) -> Iterator[str]:
    repeated = [item for item in left_out if item.kind == REPEATED_ROW]
    n_other = sum("method" in item.detail for item in repeated)
    if n_other:
        yield (
            f"{len(repeated)} rows repeat a file and {n_other} of them give another method; the "
            "first row of each file is used"
        )


def _sound_note(videos: Iterable[ListedVideo], config: DataConfig) -> Iterator[str]:
    count = sum(video.extras["category"] == CATEGORIES["B"] for video in videos)
    if count:
        label = "real" if config.fake_means == "video" else "fake"
        yield (
            f"{count} videos have genuine pictures and fake sound and are labelled {label}: "
            f"data.fake_means={config.fake_means}; video takes the pictures alone, audio the "
            "sound alone, any both"
        )
