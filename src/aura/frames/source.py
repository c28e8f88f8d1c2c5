"""The videos whose frames are wanted: a folder, a data set's tree, a table or a manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aura.datasets import DataConfig, ListedVideo, Listing, list_videos
from aura.datasets.listing import printable
from aura.datasets.tree import checked, id_below, video_files
from aura.errors import DataError, UsageError
from aura.leakage import group_ids
from aura.tables import FAKE, REAL, Failure, LeftOut, read_frame

GIVEN_LABELS: dict[str, int | None] = {"real": REAL, "fake": FAKE, "none": None}
"""What all videos of a folder without labels may be said to be."""

_TABLES = (".parquet", ".arrow", ".csv")
_OF_A_MANIFEST = ("video_id", "group_id", "split", "sha256")
_SCHEMA = {
    "video_id": pl.String,
    "path": pl.String,
    "label": pl.Int64,
    "dataset": pl.String,
    "group_id": pl.String,
    "split": pl.String,
    "spread_by": pl.String,
}


@dataclass(frozen=True, slots=True)
class FrameSource:
    """The videos whose frames are wanted, and what cannot be used.

    Attributes:
        root: Where they were listed.
        videos: One row a video with ``video_id``, ``path``, ``label`` (empty for none),
            ``dataset``, ``group_id``, ``split`` (empty unless a manifest gives it) and
            ``spread_by``, the person or folder a choice among the videos is spread over.
        failures: Videos that cannot be listed.
        left_out: What is no video to work with though nothing failed.
        notes: Remarks for the user.
    """

    root: Path
    videos: pl.DataFrame
    failures: tuple[Failure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def list_source(root: Path, data: DataConfig, *, label: str | None = None) -> FrameSource:
    """Return the videos below ``root`` with their labels and groups; no file is opened.

    A manifest's groups and splits are kept. Elsewhere, videos share a group where the data set
    says that they show one scene; persons and copies are known to a manifest alone.

    Args:
        root: A folder, a data set's tree, a table or a manifest.
        data: How it is read.
        label: One of `GIVEN_LABELS`: says what all videos of a folder are, whatever the names of
            its subfolders.

    Raises:
        DataError: Nothing usable is there, or the videos have no labels and none was given.
        UsageError: ``label`` is something else.
    """
    if label is not None:
        if label not in GIVEN_LABELS:
            raise UsageError(f"--label is one of {', '.join(GIVEN_LABELS)}, not {label!r}")
        return _all_alike(root, data, label=GIVEN_LABELS[label])
    try:
        listing = list_videos(root, data)
    except DataError as error:
        if root.is_dir() and data.layout in ("auto", "folder") and video_files(root, data):
            raise DataError(
                f"{error}. Or say what all videos of the folder are: --label real, --label fake, "
                "or --label none for frames without a label"
            ) from error
        raise
    return _from_listing(root, listing)


def _all_alike(root: Path, data: DataConfig, *, label: int | None) -> FrameSource:
    if not root.is_dir():
        raise DataError(
            f"{printable(root)}: --label is for a folder of videos; a table gives the label of "
            f"each row in its column {data.label_column}"
        )
    root = root.resolve()
    dataset = data.dataset or printable(root.name)
    found = [
        # The label of unlabelled videos is set once they are rows of a table.
        ListedVideo(id_below(root, path, dataset=dataset), path, label or REAL, dataset)
        for path in video_files(root, data)
    ]
    if not found:
        raise DataError(
            f"{printable(root)}: no videos in this folder or below it; names end in "
            f"{', '.join(data.suffixes)} (data.suffixes)"
        )
    videos, failures = checked(found)
    source = _from_listing(root, Listing(videos, failures))
    labelled = source.videos.with_columns(label=pl.lit(label, dtype=pl.Int64))
    return FrameSource(root, labelled, failures)


def _from_listing(root: Path, listing: Listing) -> FrameSource:
    videos = listing.videos
    frame = pl.DataFrame(
        {
            "video_id": [video.video_id for video in videos],
            "path": [str(video.path) for video in videos],
            "label": [video.label for video in videos],
            "dataset": [video.dataset for video in videos],
            "group_id": _groups(videos),
            "split": [None] * len(videos),
            "spread_by": [_spread_by(video) for video in videos],
        },
        schema=_SCHEMA,
    )
    return FrameSource(
        root,
        _with_manifest(frame, root),
        failures=listing.failures,
        left_out=listing.left_out,
        notes=listing.notes,
    )


def _groups(videos: Sequence[ListedVideo]) -> pl.Series:
    tied = pl.DataFrame(
        {
            "video_id": [video.video_id for video in videos],
            "declared_group": [video.group_id for video in videos],
            "url": [video.extras.get("url") for video in videos],
            "ties": [video.extras.get("ties") for video in videos],
        },
        schema=dict.fromkeys(("video_id", "declared_group", "url", "ties"), pl.String),
    )
    return group_ids(tied)


def _spread_by(video: ListedVideo) -> str:
    """Return the method and the person a video shows, its folder where it names none."""
    person = (video.extras.get("identities") or str(video.path.parent)).partition(";")[0]
    return f"{video.extras.get('method') or ''}|{person}"


def _with_manifest(videos: pl.DataFrame, root: Path) -> pl.DataFrame:
    """Return the videos with groups and splits of the manifest they were listed from, if any."""
    if root.suffix.lower() not in _TABLES or root.is_dir():
        return videos
    manifest = read_frame(root)
    if not set(_OF_A_MANIFEST) <= set(manifest.columns):
        return videos
    known = manifest.select(pl.col("video_id", "group_id", "split").cast(pl.String))
    return videos.drop("group_id", "split").join(known, on="video_id", how="left").select(*_SCHEMA)
