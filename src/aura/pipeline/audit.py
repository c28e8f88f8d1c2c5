"""The audit of a manifest on disk, with fingerprints taken of its files where wanted."""

import dataclasses
from pathlib import Path

import polars as pl

from aura.audit import Audit, run_audit
from aura.audit.run import audited_videos, videos_in_use
from aura.config import Config
from aura.engine import Item, LocalExecutor, StageResult, run_stage
from aura.errors import TableError
from aura.fingerprint import fingerprint
from aura.progress import Progress, Silent
from aura.stages import FingerprintStage
from aura.stages.scan import file_key
from aura.tables import read_frame


def audit_manifest(
    manifest: Path,
    *,
    config: Config,
    near_duplicates: bool = False,
    features: Path | None = None,
    with_frames: bool = False,
    progress: Progress | None = None,
) -> Audit:
    """Return the audit of a manifest.

    Fingerprints are kept in a hidden folder beside the manifest, so that a second audit looks
    only at files that changed.

    Args:
        manifest: A table of videos (.parquet, .arrow or .csv).
        config: All settings; ``audit``, ``duplicates``, ``media`` and ``engine`` count.
        near_duplicates: Look at all files for near-duplicates.
        features: A table of measured features, such as ``aura features`` writes.
        with_frames: Decode frames of the pairs to be shown.
        progress: Told what happens.

    Raises:
        TableError: A table is absent or not as promised.
        DataError: There is no video to audit.
    """
    progress = progress or Silent()
    videos = _read(manifest)
    measured = None if features is None else read_frame(features, guess_except=("video_id",))
    prints: StageResult | None = None
    if near_duplicates:
        prints = _fingerprints(videos, manifest, config=config, progress=progress)
    audit = run_audit(
        videos,
        config=config.audit,
        near=None if prints is None else prints.frame,
        features=measured,
        duplicates=config.duplicates,
        with_frames=with_frames,
        limits=config.media,
        progress=progress,
    )
    failures = () if prints is None else prints.failures
    return dataclasses.replace(audit, unread=tuple((one.path, one.reason) for one in failures))


def _read(manifest: Path) -> pl.DataFrame:
    try:
        return audited_videos(read_frame(manifest), where=str(manifest))
    except TableError as error:
        raise TableError(
            f"{error}; a manifest is made by: aura data scan FOLDER|TABLE --out videos.parquet"
        ) from error


def _fingerprints(
    videos: pl.DataFrame, manifest: Path, *, config: Config, progress: Progress
) -> StageResult:
    rows = videos_in_use(videos).select("video_id", "path", "sha256")
    items = [
        # The manifest may be older than the file.
        Item(video_id, Path(path), fingerprint(sha256, file_key(Path(path))))
        for video_id, path, sha256 in rows.iter_rows()
    ]
    with LocalExecutor(config.engine) as executor:
        return run_stage(
            FingerprintStage(config.duplicates, limits=config.media),
            items,
            folder=manifest.parent / f".{manifest.stem}.audit",
            table="fingerprints_metadata.parquet",
            executor=executor,
            progress=progress,
        )
