from pathlib import Path

import polars as pl
import pytest

from aura.audit import AuditConfig, run_audit
from aura.audit.words import shortcut_sentences


@pytest.fixture
def clips(shared_data: Path) -> pl.DataFrame:
    """The real clips as their table describes them; no file is opened."""
    table = pl.read_csv(shared_data / "clips" / "clips.csv")
    return table.select(
        pl.col("file").alias("video_id"),
        pl.col("file").alias("path"),
        (pl.col("label") == "fake").cast(pl.Int64).alias("label"),
        pl.lit("clips").alias("dataset"),
        pl.col("group").alias("group_id"),
        "sha256",
        "codec",
        "width",
        "height",
        "fps",
        pl.col("frames").alias("n_frames"),
        "duration_s",
        (pl.col("has_audio") == 1).alias("has_audio"),
        pl.col("bytes").alias("size_bytes"),
        "source",
    )


def test_the_container_of_real_clips_gives_them_away_until_a_source_is_left_out(clips):
    audit = run_audit(clips, config=AuditConfig(n_bootstrap=300))
    assert (audit.n_real, audit.n_fake) == (30, 33)
    assert not audit.leaks.has_places
    best = audit.shortcut[0]
    assert best.by_group.auc > 0.75
    assert best.by_group.low > 0.6
    assert best.by_source.auc < best.by_group.auc - 0.15
    assert best.by_source.n == 63
    assert "frames per second" in {fact.name for fact in audit.facts[:3]}
    assert "frames per second" in " ".join(shortcut_sentences(audit))


def test_rows_of_real_clips_flatter_because_clips_are_related(clips):
    audit = run_audit(clips, config=AuditConfig(n_bootstrap=300))
    worst = max(one.flattery for one in audit.judgements)
    assert worst > 0.03
