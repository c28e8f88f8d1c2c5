"""Manifests of any size with the ties, the facts and the faults that real ones have."""

import numpy as np
import polars as pl

from aura.tables import VIDEOS

_PER_GROUP = 5
_RATES = np.array([23.976, 24.0, 25.0, 29.97, 30.0, 60.0])
_SIZES = np.array([[640, 360], [854, 480], [1280, 720], [1920, 1080], [512, 512]])


def synthetic_manifest(n: int, *, seed: int = 0) -> pl.DataFrame:
    """Return a manifest of ``n`` videos with folds dealt out row by row, the naive way.

    About five videos form a declared group of two persons; one person in fifty is in two groups.
    One file in a hundred is a copy, one in ten has near-duplicates, every second a URL. Fakes are
    a little more often 24 frames a second and square than genuine videos.

    Args:
        n: Number of videos.
        seed: Fixes all of it.
    """
    rng = np.random.default_rng(seed)
    group = rng.integers(0, max(1, n // _PER_GROUP), n)
    label = rng.integers(0, 2, n)
    size = _SIZES[np.where(rng.random(n) < 0.1 * label, 4, rng.integers(0, 5, n))]
    fps = np.where(rng.random(n) < 0.1 * label, 24.0, _RATES[rng.integers(0, 6, n)])
    duration = np.round(rng.gamma(2.0, 6.0, n) + 0.5, 3)
    number = np.arange(n)
    original = np.where(rng.random(n) < 0.01, rng.integers(0, n, n), number)
    # A copy bears the label of what it copies; one in a hundred does not.
    is_right = rng.random(n) > 0.01
    label = np.where((original != number) & is_right, label[original], label)
    person = np.where(rng.random(n) < 0.004, rng.integers(0, n, n), group)
    table = pl.DataFrame(
        {
            "number": number,
            "original": original,
            "group": group,
            "person": person,
            "label": label.astype(np.int64),
            "fold": rng.integers(0, 5, n).astype(np.int64),
            "width": size[:, 0].astype(np.int64),
            "height": size[:, 1].astype(np.int64),
            "fps": fps,
            "n_frames": np.round(fps * duration).astype(np.int64),
            "duration_s": duration,
            "has_audio": rng.random(n) < 0.7,
            "bit_rate_bps": rng.integers(200_000, 6_000_000, n),
            "codec_number": rng.integers(0, 4, n),
            "near": np.where(rng.random(n) < 0.1, group, -1),
            "has_url": rng.random(n) < 0.5,
        }
    )
    return VIDEOS.check(_named(table), where="synthetic manifest")


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with numbers turned into the names that manifests hold."""
    codecs = ["h264", "hevc", "vp9", "av1"]
    group = pl.format("made/g{}", "group")
    named = table.with_columns(
        video_id=pl.format("video-{}", "number"),
        path=pl.format("/data/set/videos/part/video-{}.mp4", "number"),
        dataset=pl.lit("made"),
        group_id=group,
        declared_group=group,
        split=pl.lit("train"),
        # 64 digits, as SHA-256 has.
        sha256=pl.col("original").cast(pl.String).str.zfill(64),
        codec=pl.col("codec_number").replace_strict(dict(enumerate(codecs))),
        container=pl.lit("mov"),
        platform=pl.format("platform-{}", pl.col("group") % 5),
        source=pl.format("source-{}", pl.col("group") % 40),
        near_group=pl.when(pl.col("near") >= 0).then(pl.format("near-{}", "near")),
        url=pl.when("has_url").then(pl.format("youtube:{}", "number")),
        identities=pl.format("made/p{};made/q{}", "group", "person"),
    )
    return named.drop("number", "original", "group", "person", "codec_number", "near", "has_url")
