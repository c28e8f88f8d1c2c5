"""A table with one row a video: CSV or Parquet with path, label and anything else."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from aura.datasets.listing import (
    STAGE,
    DataConfig,
    ListedVideo,
    Listing,
    make_video_id,
    printable,
    unnameable,
)
from aura.errors import DataError, TableError
from aura.tables import Failure, read_frame

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


def list_table(path: Path, config: DataConfig) -> Listing:
    """Return the videos a table names, in its order; paths are relative to the table.

    A missing file and a second row for the same file become failures; further columns are kept
    with the video. A ``video_id`` or ``dataset`` column is taken over.

    Raises:
        DataError: A column is absent, a label is neither real nor fake, or two rows give one file
            different labels.
    """
    path = path.resolve()
    frame = _read(path)
    _require_columns(frame, path, config)
    first_row: dict[Path, tuple[int, int]] = {}
    videos: list[ListedVideo] = []
    failures: list[Failure] = []
    for number, row in enumerate(frame.iter_rows(named=True), start=2):
        video = _listed(row, table=path, number=number, config=config)
        seen = first_row.setdefault(video.path, (number, video.label))
        if seen[0] != number:
            if seen[1] != video.label:
                raise DataError(
                    f"{path}: rows {seen[0]} and {number} give {video.path} different labels; "
                    "remove the wrong one"
                )
            failures.append(
                Failure(
                    video_id=f"{video.video_id}.row{number}",
                    path=printable(video.path),
                    stage=STAGE,
                    reason=f"row {number} repeats the file of row {seen[0]}",
                )
            )
        elif (reason := _absent(video.path)) is not None:
            failures.append(
                Failure(
                    video_id=video.video_id,
                    path=printable(video.path),
                    stage=STAGE,
                    reason=f"row {number}: {reason}",
                )
            )
        else:
            videos.append(video)
    listing = Listing(tuple(videos), tuple(failures))
    listing.require_both_classes(path)
    return listing


def _read(path: Path) -> pl.DataFrame:
    if path.suffix != ".csv":
        frame = read_frame(path)
        return frame.select(pl.all().cast(pl.String, strict=False))
    try:
        with path.open("rb") as stream:
            # Everything as text: "007" stays a name, and a label may be a word or a number.
            frame = pl.read_csv(stream, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as CSV: {error}") from error
    return frame.rename(lambda name: name.strip())


def _require_columns(frame: pl.DataFrame, path: Path, config: DataConfig) -> None:
    settings = {"data.path_column": config.path_column, "data.label_column": config.label_column}
    for setting, column in settings.items():
        if column not in frame.columns:
            raise DataError(
                f"{path}: no column {column!r}, the columns are {', '.join(frame.columns)}; "
                f"rename one or set {setting}=NAME"
            )
    if frame.is_empty():
        raise DataError(f"{path}: the table has a header and no rows")


def _listed(
    row: Mapping[str, str | None], *, table: Path, number: int, config: DataConfig
) -> ListedVideo:
    named, word = row[config.path_column], row[config.label_column]
    if not named:
        raise DataError(f"{table}: row {number} has no {config.path_column}")
    label = config.label_of(word or "")
    if label is None:
        raise DataError(
            f"{table}: row {number} has the label {word!r}; expected one of "
            f"{', '.join(config.real_words)} (real) or {', '.join(config.fake_words)} (fake), "
            "set data.real_words and data.fake_words for others"
        )
    file = Path(os.path.normpath(table.parent / named))
    relative = Path(os.path.relpath(file, table.parent)).as_posix()
    dataset = row.get("dataset") or config.dataset or table.parent.name
    taken = {config.path_column, config.label_column, config.group_column, "dataset", "video_id"}
    return ListedVideo(
        video_id=_own_id(row, table=table, number=number) or make_video_id(dataset, relative),
        path=file,
        label=label,
        dataset=dataset,
        group_id=row.get(config.group_column) or None,
        extras={name: value for name, value in row.items() if name not in taken},
    )


def _own_id(row: Mapping[str, str | None], *, table: Path, number: int) -> str | None:
    own = row.get("video_id")
    if own and not _SAFE_ID.fullmatch(own):
        raise DataError(
            f"{table}: row {number} has the video_id {own!r}; it becomes a file name, so at most "
            "120 letters, digits, dots, hyphens and underscores are allowed"
        )
    return own


def _absent(path: Path) -> str | None:
    """Return why a file cannot be listed, or None when it can."""
    if (reason := unnameable(path)) is not None:
        return reason
    try:
        path.stat()
    except FileNotFoundError:
        return "the file does not exist"
    except (OSError, ValueError) as error:
        return f"the file cannot be reached: {error}"
    return None
