import shutil
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from aura.config import load_config
from aura.errors import DataError, TableError
from aura.fingerprint import sha256_of
from aura.media import encode_video, probe
from aura.pipeline import audit_manifest
from aura.tables import VIDEOS, Video, write_frame

SETTINGS = ("engine.workers=1", "audit.n_bootstrap=100", "audit.folds=2")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory) -> list[Path]:
    """Six videos of different moving scenes, and the first one again, smaller and recompressed."""
    folder = tmp_path_factory.mktemp("scenes")
    paths: list[Path] = []
    for scene in range(6):
        rng = np.random.default_rng(scene)
        blocks = rng.integers(0, 255, (7, 9, 3), dtype=np.uint8)
        wide = cv2.resize(blocks, (200, 140), interpolation=cv2.INTER_CUBIC)
        frames = np.stack([wide[10 : 90 + 10, 2 * k : 2 * k + 120] for k in range(30)])
        paths.append(folder / f"scene{scene}.mp4")
        encode_video(paths[-1], frames, fps=15)
        if scene == 0:
            small = np.stack([cv2.resize(frame, (96, 72)) for frame in frames])
            encode_video(folder / "again.mp4", small, fps=15)
    return [*paths, folder / "again.mp4"]


@pytest.fixture
def manifest(scenes, tmp_path) -> Path:
    """Four folds' worth of single videos; the copy lies in another fold than its original."""
    rows = []
    for number, path in enumerate(scenes):
        info = probe(path)
        rows.append(
            Video(
                video_id=path.stem, path=str(path), label=number % 2, dataset="made",
                group_id=path.stem, fold=number % 2 if path.stem != "again" else 1, split="train",
                sha256=sha256_of(path), codec=info.codec, width=info.width, height=info.height,
                fps=info.fps, n_frames=info.n_frames, duration_s=info.duration_s,
                has_audio=info.has_audio,
            )
        )  # fmt: skip
    VIDEOS.write(VIDEOS.from_rows(rows), tmp_path / "videos.parquet")
    return tmp_path / "videos.parquet"


def test_a_recoded_copy_in_another_fold_is_found_only_by_its_pixels(manifest):
    config = load_config(None, SETTINGS)
    assert audit_manifest(manifest, config=config).is_clean
    audit = audit_manifest(manifest, config=config, near_duplicates=True, with_frames=True)
    assert [(kind.kind, kind.n_videos) for kind in audit.leaks.kinds] == [("near-duplicate", 2)]
    (pair,) = audit.leaks.pairs
    assert (pair.first.video_id, pair.second.video_id) == ("again", "scene0")
    # The same moment of both.
    assert pair.first.frame is not None
    assert pair.second.frame is not None
    assert pair.first.frame.caption == pair.second.frame.caption


def test_fingerprints_are_kept_and_a_file_that_is_gone_is_listed(manifest):
    config = load_config(None, SETTINGS)
    audit_manifest(manifest, config=config, near_duplicates=True)
    journal = manifest.parent / ".videos.audit" / "journal.jsonl"
    before = journal.read_bytes()
    audit_manifest(manifest, config=config, near_duplicates=True)
    assert journal.read_bytes() == before
    gone = pl.when(pl.col("video_id") == "scene5").then(pl.lit("/gone.mp4")).otherwise("path")
    VIDEOS.write(VIDEOS.read(manifest).with_columns(path=gone), manifest)
    audit = audit_manifest(manifest, config=config, near_duplicates=True)
    assert [path for path, _ in audit.unread] == ["/gone.mp4"]
    assert (audit.n_looked_at, audit.n_videos) == (6, 7)


def test_a_near_duplicate_of_the_scan_is_kept_when_its_file_is_gone(manifest):
    config = load_config(None, SETTINGS)
    is_gone = pl.col("video_id") == "again"
    known = pl.col("video_id").is_in(["again", "scene0"])
    videos = VIDEOS.read(manifest).with_columns(
        path=pl.when(is_gone).then(pl.lit("/gone.mp4")).otherwise("path"),
        near_group=pl.when(known).then(pl.lit("again")),
    )
    VIDEOS.write(videos, manifest)
    assert not audit_manifest(manifest, config=config).is_clean
    audit = audit_manifest(manifest, config=config, near_duplicates=True)
    assert [(kind.kind, kind.n_videos) for kind in audit.leaks.kinds] == [("near-duplicate", 2)]
    assert (audit.n_looked_at, len(audit.unread)) == (6, 1)


def test_near_duplicates_are_looked_for_in_a_manifest_that_was_never_divided(manifest):
    undivided = VIDEOS.read(manifest).with_columns(
        split=pl.lit("unused"), fold=pl.lit(None, pl.Int64)
    )
    VIDEOS.write(undivided, manifest)
    audit = audit_manifest(manifest, config=load_config(None, SETTINGS), near_duplicates=True)
    assert (audit.n_looked_at, audit.n_videos, audit.n_groups) == (7, 7, 6)


def test_measured_features_are_read_from_their_table(manifest, tmp_path):
    table = VIDEOS.read(manifest).select("video_id").with_columns(noise=pl.Series(np.arange(7.0)))
    write_frame(table, tmp_path / "features.arrow")
    audit = audit_manifest(
        manifest, config=load_config(None, SETTINGS), features=tmp_path / "features.arrow"
    )
    assert any(one.evidence == "handcrafted features" for one in audit.judgements)


def test_tables_that_cannot_be_read_are_named(manifest, tmp_path):
    config = load_config(None, SETTINGS)
    with pytest.raises(TableError, match=r"nowhere\.parquet: cannot be read .* aura data scan"):
        audit_manifest(tmp_path / "nowhere.parquet", config=config)
    with pytest.raises(TableError, match=r"nowhere\.csv: cannot be read"):
        audit_manifest(manifest, config=config, features=tmp_path / "nowhere.csv")
    VIDEOS.write(VIDEOS.read(manifest).clear(), manifest)
    with pytest.raises(DataError, match="no video to audit: the table has no rows"):
        audit_manifest(manifest, config=config)


def test_nothing_but_the_kept_fingerprints_is_written(manifest):
    audit_manifest(manifest, config=load_config(None, SETTINGS))
    assert [path.name for path in manifest.parent.iterdir()] == ["videos.parquet"]
    audit_manifest(manifest, config=load_config(None, SETTINGS), near_duplicates=True)
    shutil.rmtree(manifest.parent / ".videos.audit")
    assert [path.name for path in manifest.parent.iterdir()] == ["videos.parquet"]
