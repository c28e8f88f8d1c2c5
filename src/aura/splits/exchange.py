"""A division of videos as JSON: published beside a manifest, taken over by others."""

import json
from pathlib import Path
from typing import Any, cast

import polars as pl

from aura.atomic import write_text
from aura.errors import DataError
from aura.leakage import group_ids
from aura.splits.assign import require_consistent
from aura.splits.config import SPLITS, SplitConfig

_VERSION = 1
_SHOWN = 3


def splits_to_json(
    videos: pl.DataFrame, path: Path, *, split: SplitConfig | None = None, n_leaks: int = 0
) -> None:
    """Write which video is in which fold and split; equal divisions give equal bytes.

    Args:
        videos: A table with ``video_id``, ``fold`` and ``split``.
        path: Where to.
        split: How they were divided, for the reader.
        n_leaks: Ties between videos that cross folds, for the reader.
    """
    parts = (
        videos.sort("video_id")
        .group_by("split", "fold")
        .agg("video_id")
        .sort("split", "fold", nulls_last=True)
    )
    record = {
        "aura_splits": _VERSION,
        "n_leaks": n_leaks,
        "made_by": None if split is None else split.model_dump(mode="json"),
        "parts": [
            {"split": name, "fold": fold, "videos": ids} for name, fold, ids in parts.iter_rows()
        ],
    }
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def splits_from_json(videos: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Return ``videos`` with the folds and splits of a file that `splits_to_json` wrote.

    Groups are worked out anew.

    Args:
        videos: A table with ``video_id``.
        path: The file; videos in it that the table lacks are passed over.

    Raises:
        DataError: It is no such file, names a video twice or in an unknown split, or lacks one of
            the table's videos.
    """
    parts = _parts(path)
    rows = [
        {"video_id": video_id, "fold": part["fold"], "split": part["split"]}
        for part in parts
        for video_id in part["videos"]
    ]
    schema = {"video_id": pl.String(), "fold": pl.Int64(), "split": pl.String()}
    assigned = pl.DataFrame(rows, schema=schema, orient="row")
    twice = assigned.filter(pl.col("video_id").is_duplicated())
    if len(twice):
        raise DataError(f"{path}: names video {twice.item(0, 'video_id')!r} more than once")
    absent = videos.join(assigned, on="video_id", how="anti")["video_id"].to_list()
    if absent:
        raise DataError(
            f"{path}: does not name {len(absent)} of {len(videos)} videos, first "
            f"{', '.join(absent[:_SHOWN])}: it was made from another manifest; give those videos "
            "a place in it, leave them out of the table, or divide anew (aura data split)"
        )
    bare = videos.drop("fold", "split", strict=False)
    divided = bare.join(assigned, on="video_id", how="left", maintain_order="left")
    require_consistent(divided, where=str(path))
    return divided.with_columns(group_ids(divided))


def _parts(path: Path) -> list[dict[str, Any]]:
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: is not JSON: {error}") from error
    if not isinstance(record, dict) or "parts" not in record:
        raise DataError(f"{path}: expected what `aura data split --export` writes, with parts")
    found = cast("dict[str, Any]", record)
    if found.get("aura_splits", _VERSION) != _VERSION:
        raise DataError(
            f"{path}: is of version {found['aura_splits']}, this program reads {_VERSION}; use the "
            "program that wrote it, or a newer one"
        )
    parts = found["parts"]
    if not isinstance(parts, list) or not all(map(_is_part, cast("list[Any]", parts))):
        raise DataError(
            f"{path}: each of its parts needs a split ({', '.join(SPLITS)}), a fold (a whole "
            "number or null) and videos (a list of ids)"
        )
    return cast("list[dict[str, Any]]", parts)


def _is_part(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    known = cast("dict[str, Any]", part)
    fold, videos = known.get("fold"), known.get("videos")
    return (
        known.get("split") in SPLITS
        and "fold" in known
        and (fold is None or (isinstance(fold, int) and not isinstance(fold, bool) and fold >= 0))
        and isinstance(videos, list)
        and all(isinstance(video_id, str) for video_id in cast("list[Any]", videos))
    )
