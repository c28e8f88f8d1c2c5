"""Which frames of a tree make a data set: read, divided by group, limited. No picture is opened."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aura.errors import DataError, LeakageError, TableError
from aura.splits import TEST, TRAIN, VAL, held_out_groups
from aura.stages.frame_names import CLASS_FOLDERS, parse_frame_name
from aura.tables import FAKE, REAL, read_frame

Split = Literal["train", "val", "test"]

INDEX = "frames.parquet"
_SUFFIXES = (".jpg", ".jpeg", ".png")
_COLUMNS = ("video_id", "group_id", "split", "label", "path")


def read_samples(root: Path) -> pl.DataFrame:
    """Return the labelled frames of a tree in a fixed order.

    They come from ``frames.parquet`` where ``aura frames`` wrote one. Elsewhere names tell the
    video (``ai_<video>_<hash>_frame_01.jpg``) and every video is a group of its own.

    Returns:
        The columns ``video_id``, ``group_id``, ``split`` (empty where no manifest gave one),
        ``label`` and ``path`` (relative to ``root``).

    Raises:
        DataError: There are none, or some that the index names are gone.
    """
    present = set(_present(root))
    if not (root / INDEX).exists():
        if not present:
            raise DataError(
                f"{root}: expected frames in {CLASS_FOLDERS[FAKE]}/ and {CLASS_FOLDERS[REAL]}/; "
                "make them with: aura frames VIDEOS --out FOLDER"
            )
        return _from_names(sorted(present))
    index = read_frame(root / INDEX)
    absent = sorted(set(_COLUMNS) - set(index.columns))
    if absent:
        raise TableError(f"{root / INDEX}: lacks {', '.join(absent)}; extract the frames anew")
    samples = index.select(_COLUMNS).drop_nulls("label")
    gone = samples.filter(~pl.col("path").is_in(list(present)))
    if len(gone):
        raise DataError(
            f"{root}: {len(gone)} of {len(samples)} frames are gone, first "
            f"{gone.item(0, 'path')}; extract them anew with the same aura frames command"
        )
    if samples.is_empty():
        raise DataError(f"{root / INDEX}: holds no frame with a label")
    return samples


def _present(root: Path) -> Iterator[str]:
    for label in (REAL, FAKE):
        folder = CLASS_FOLDERS[label]
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    if entry.name.lower().endswith(_SUFFIXES) and not entry.name.startswith("."):
                        yield f"{folder}/{entry.name}"
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DataError(f"{root / folder}: cannot be listed: {error.strerror}") from error


def _from_names(paths: list[str]) -> pl.DataFrame:
    labels = {CLASS_FOLDERS[label]: label for label in (REAL, FAKE)}
    names = [parse_frame_name(Path(path).name) for path in paths]
    videos = [
        Path(path).stem if name is None else name.video
        for path, name in zip(paths, names, strict=True)
    ]
    return pl.DataFrame(
        {
            "video_id": videos,
            "group_id": videos,
            "split": pl.Series([None] * len(paths), dtype=pl.String),
            "label": [labels[path.partition("/")[0]] for path in paths],
            "path": paths,
        }
    )


def take_split(
    samples: pl.DataFrame, split: Split, *, val: float, test: float, seed: int
) -> pl.DataFrame:
    """Return the frames of one split; no group, and so no video, is in two.

    A manifest's splits are kept; what it does not give is divided off its training videos.

    Args:
        samples: What `read_samples` returned.
        split: Which one.
        val: Share of all videos to validate with, where no manifest says which.
        test: Share of all videos to test with, where no manifest says which.
        seed: Decides between equally good divisions.

    Raises:
        DataError: The groups do not suffice for the shares.
        LeakageError: The manifest's splits divide a group.
    """
    videos = samples.unique("video_id", keep="first", maintain_order=True).sort("video_id")
    given = videos["split"].fill_null(TRAIN).to_numpy().astype(object)
    _require_whole(videos.with_columns(split=pl.Series(given, dtype=pl.String)))
    is_manifest = videos["split"].null_count() < len(videos)
    part = given.copy()
    if not is_manifest:
        part[_held_out(videos, part == TRAIN, share=test, seed=seed, name="test")] = TEST
    if not (given == VAL).any():
        share = min(val * len(videos) / max(1, int((part == TRAIN).sum())), 0.99)
        part[_held_out(videos, part == TRAIN, share=share, seed=seed, name="val")] = VAL
    wanted = videos.filter(pl.Series(part == split)).select("video_id")
    if wanted.is_empty():
        raise DataError(f"the split {split!r} holds no video; set its share, or ask for another")
    return samples.join(wanted, on="video_id", how="semi", maintain_order="left")


def _require_whole(videos: pl.DataFrame) -> None:
    used = videos.filter(pl.col("split").is_in([TRAIN, VAL, TEST]))
    places = used.group_by("group_id").agg(pl.col("split").n_unique().alias("n"))
    divided = sorted(places.filter(pl.col("n") > 1)["group_id"].to_list())
    if divided:
        raise LeakageError(
            f"{len(divided)} groups lie in two splits of the manifest, first {divided[0]!r}; "
            "divide the manifest anew (aura data split) and extract the frames from it"
        )


def _held_out(
    videos: pl.DataFrame, among: NDArray[np.bool_], *, share: float, seed: int, name: str
) -> NDArray[np.bool_]:
    """Return which of the videos ``among`` all form a part of about ``share`` of them."""
    inside = videos.filter(pl.Series(among))
    chosen = np.zeros(len(videos), dtype=np.bool_)
    try:
        chosen[among] = held_out_groups(
            inside["label"].to_numpy(), inside["group_id"].to_list(), share=share, seed=seed
        )
    except DataError as error:
        raise DataError(
            f"no {name} split of {share:.0%} of {len(inside)} videos in "
            f"{inside['group_id'].n_unique()} groups with both classes: give other shares "
            f"({name}=…), 0 for none, or more videos"
        ) from error
    return chosen


def take_samples(samples: pl.DataFrame, n_per_class: int | None, *, seed: int) -> pl.DataFrame:
    """Return at most ``n_per_class`` frames of each class, from as many videos as possible.

    Each video gives one frame before any gives a second. The choice follows from the seed and the
    names alone, and a larger number adds to that of a smaller one.
    """
    if n_per_class is None:
        return samples
    ranked = samples.with_row_index("row").with_columns(
        order=samples["path"].map_elements(lambda path: _hash(seed, path), return_dtype=pl.String)
    )
    turn = pl.col("order").rank("ordinal").over("video_id")
    chosen = (
        ranked.with_columns(turn=turn)
        .sort("turn", "order")
        .group_by("label", maintain_order=True)
        .head(n_per_class)
    )
    return samples[chosen["row"].sort()]


def _hash(seed: int, path: str) -> str:
    return hashlib.blake2b(f"{seed}\0{path}".encode(), digest_size=8).hexdigest()
