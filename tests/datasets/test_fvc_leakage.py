"""The whole corpus on the way every scan takes: a random split leaks, ours does not."""

import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tree_fvc import write_files

from aura.datasets import ListedVideo
from aura.datasets.fvc import list_fvc
from aura.datasets.fvc_metadata import read_metadata
from aura.datasets.listing import DataConfig
from aura.leakage import leaks, ties_of
from aura.manifest import build_manifest
from aura.splits import SplitConfig, SplitScheme


@pytest.fixture(scope="module")
def corpus(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ListedVideo, ...]:
    """What AURA lists of a tree that holds a file for every address."""
    metadata = shared_data / "meta" / "fvc"
    root = tmp_path_factory.mktemp("fvc")
    videos = {row.video for row in read_metadata(metadata, DataConfig()).rows if row.video}
    write_files(root, [f"FVC1/{video.platform}/{video.video_id}/video.mp4" for video in videos])
    return list_fvc(root, DataConfig(metadata=str(metadata))).videos


def made_up_facts(videos: Sequence[ListedVideo]) -> pl.DataFrame:
    """Return facts under which no two files are copies, so that metadata alone ties videos."""
    ids = [video.video_id for video in videos]
    return pl.DataFrame({"video_id": ids, "sha256": ids}).with_columns(
        codec=pl.lit("h264"),
        container=pl.lit("mp4"),
        width=pl.lit(64),
        height=pl.lit(48),
        fps=pl.lit(25.0),
        n_frames=pl.lit(50),
        duration_s=pl.lit(2.0),
        has_audio=pl.lit(False),
        bit_rate_bps=pl.lit(1000),
    )


@pytest.fixture(scope="module")
def facts(corpus: tuple[ListedVideo, ...]) -> pl.DataFrame:
    return made_up_facts(corpus)


@pytest.mark.parametrize("scheme", ["group-k-fold", "ratio", "hash"])
def test_no_split_of_ours_leaks(corpus, facts, scheme):
    manifest = build_manifest(corpus, facts, split=SplitConfig(scheme=SplitScheme(scheme)))
    table = manifest.videos
    assert len(table) == len(corpus) == 5077
    assert table["group_id"].n_unique() == 376
    assert table["split"].n_unique() > 1
    assert len(leaks(table)) == 0
    assert share_tied_to_train(table) == 0


def test_a_random_split_of_rows_leaks_98_percent_of_its_test_videos(corpus, facts):
    table = build_manifest(corpus, facts, split=SplitConfig()).videos
    shares = []
    for seed in range(3):
        test = set(random.Random(seed).sample(range(len(table)), len(table) // 5))
        by_row = table.with_columns(
            pl.Series("split", ["test" if row in test else "train" for row in range(len(table))]),
            pl.Series("fold", [None if row in test else 0 for row in range(len(table))]),
        )
        assert len(leaks(by_row)) > 200
        shares.append(share_tied_to_train(by_row))
    assert sum(shares) / len(shares) == pytest.approx(0.98, abs=0.005)


def share_tied_to_train(table: pl.DataFrame) -> float:
    """Return the share of test videos with a leaking tie, as `leaks` finds them."""
    tied = ties_of(table).join(leaks(table), on=["kind", "value"], how="semi")
    is_tied = table.with_row_index("row")["row"].is_in(tied["row"].implode())
    return float(is_tied.filter(table["split"] == "test").mean())
