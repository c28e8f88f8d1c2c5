import gc

import polars as pl
import pytest
from filelock import FileLock

from aura.errors import ConfigError, DataError, LeakageError, UsageError
from aura.pipeline import run_pipeline, scan_data
from aura.tables import LEFT_OUT, VIDEOS, write_frame


@pytest.fixture(scope="module")
def scanned(small_data, tmp_path_factory, make_config):
    """The manifest of the small data set."""
    out = tmp_path_factory.mktemp("scan") / "videos.parquet"
    return scan_data(small_data, out, config=make_config())


def test_a_manifest_has_what_the_files_say_and_what_ties_them(scanned):
    videos = VIDEOS.read(scanned.out)
    assert len(videos) == 24
    for column in ("size_bytes", "codec", "fps", "duration_s", "bit_rate_bps", "sha256"):
        assert videos[column].null_count() == 0, column
    assert videos["near_group"].null_count() < 24
    scene_of = videos.with_columns(scene=pl.col("declared_group"))
    assert (scene_of.group_by("group_id").agg(pl.col("scene").n_unique())["scene"] == 1).all()


def test_a_failed_scan_does_not_keep_the_folder_locked(tmp_path, small_data, make_config):
    gc.disable()
    try:
        for _ in range(2):
            with pytest.raises(DataError, match="no such"):
                scan_data(tmp_path / "none", tmp_path / "videos.parquet", config=make_config())
    finally:
        gc.enable()


def test_two_scans_of_one_manifest_are_refused(tmp_path, small_data, make_config):
    (tmp_path / ".videos.scan").mkdir()
    with (
        FileLock(tmp_path / ".videos.scan" / ".lock"),
        pytest.raises(UsageError, match="another scan"),
    ):
        scan_data(small_data, tmp_path / "videos.parquet", config=make_config())


def test_an_unknown_layout_is_refused_before_anything_is_made(tmp_path, small_data, make_config):
    config = make_config("data.layout=fakeavcelb")
    with pytest.raises(ConfigError, match="did you mean fakeavceleb"):
        scan_data(small_data, tmp_path / "videos.parquet", config=config)
    assert not list(tmp_path.iterdir())


def test_what_a_table_leaves_out_is_listed_beside_the_manifest(scanned, tmp_path, make_config):
    videos = VIDEOS.read(scanned.out)
    words = pl.when(pl.col("label") == 1).then(pl.lit("fake")).otherwise(pl.lit("real"))
    first = pl.int_range(pl.len()) == 0
    table = videos.select(
        "path",
        "video_id",
        pl.when(first).then(pl.lit("parody")).otherwise(words).alias("label"),
        pl.col("declared_group").alias("group_id"),
    )
    write_frame(table, tmp_path / "table.csv")
    result = scan_data(tmp_path / "table.csv", tmp_path / "out.parquet", config=make_config())
    assert dict(result.left_out) == {"neither real nor fake": 1}
    assert len(LEFT_OUT.read(result.left_out_file)) == 1
    assert len(VIDEOS.read(result.out)) == 23


def test_a_division_into_train_val_and_test_is_trained_once_and_judged_on_val(
    scanned, tmp_path, make_config
):
    config = make_config(
        *("split.scheme=ratio", "split.val=0.34", "split.test=0.17"),
        "training.models=[logistic_regression]",
    )
    result = run_pipeline(scanned.out, tmp_path / "run", config=config)
    videos = VIDEOS.read(result.folder / "videos.parquet")
    assert set(videos["split"]) == {"train", "val", "test"}
    predictions = pl.read_parquet(result.folder / "predictions.parquet")
    assert set(predictions["video_id"]) == set(videos.filter(pl.col("split") == "val")["video_id"])
    tested = pl.read_parquet(result.folder / "test_predictions.parquet")
    assert set(tested["video_id"]) == set(videos.filter(pl.col("split") == "test")["video_id"])
    folds = sorted(p.name for p in (result.folder / "training/logistic_regression").iterdir())
    assert [name for name in folds if name.startswith("fold")] == ["fold_0"]


def test_a_leaking_division_is_refused_or_recorded(scanned, tmp_path, make_config):
    videos = VIDEOS.read(scanned.out)
    leaking = videos.with_columns(fold=pl.int_range(pl.len()) % 2, split=pl.lit("train"))
    VIDEOS.write(leaking, tmp_path / "videos.parquet")
    given = ("split.scheme=given", "training.models=[logistic_regression]")
    with pytest.raises(LeakageError, match=r"split\.allow_leakage=true"):
        run_pipeline(tmp_path / "videos.parquet", tmp_path / "run", config=make_config(*given))
    config = make_config(*given, "split.allow_leakage=true")
    result = run_pipeline(tmp_path / "videos.parquet", tmp_path / "run", config=config)
    assert '"allowed": true' in (result.folder / "run.json").read_text()
    assert "allow_leakage: true" in (result.folder / "config.yaml").read_text()
    assert "This run was allowed to leak" in (result.folder / "report.html").read_text()
