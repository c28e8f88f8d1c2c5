import csv
import json
import pickle
import tarfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

from aura.errors import ConfigError, DataError, LeakageError, UsageError
from aura.shards import ShardConfig, ShardReader, ShardWriter, encode_sample
from aura.shards.rows import group_of


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_index_has_the_specified_columns_and_names_every_sample(shards):
    header, first = (shards / "index.csv").read_text(encoding="utf-8").splitlines()[:2]
    assert header == "sample_id,shard,dir,num_frames,label,metadata"
    assert first == (
        "000000_000000,shard_00000.tar,sample_000000_000000,3,0,"
        '"{""fps"":25.0,""video_id"":""v0"",""number"":0}"'
    )
    assert len(rows_of(shards / "index.csv")) == 24


def test_shards_hold_what_the_index_says(shards):
    for row in rows_of(shards / "index.csv"):
        with tarfile.open(shards / row["shard"]) as tar:
            names = [name for name in tar.getnames() if name.startswith(row["dir"] + "/frame_")]
        assert len(names) == int(row["num_frames"])


def test_no_shard_exceeds_the_limit_and_all_but_the_last_are_full(shards):
    sizes = [path.stat().st_size for path in sorted(shards.glob("*.tar"))]
    assert len(sizes) > 2
    assert max(sizes) <= 25_000
    assert min(sizes[:-1]) > 25_000 - 10_240 - 4_000


def test_a_sample_larger_than_the_limit_has_a_shard_of_its_own(tmp_path, write):
    write(tmp_path, n=3, max_shard_size_bytes=100)
    assert len(list(tmp_path.glob("*.tar"))) == 3


def test_the_same_samples_give_the_same_bytes(tmp_path, write, content):
    assert content(write(tmp_path / "a")) == content(write(tmp_path / "b"))


def test_threads_change_no_byte(tmp_path, write, content, shards):
    assert content(write(tmp_path / "a", encode_threads=3)) == content(shards)


def encode_numbered(i: int):
    """What `add_samples` adds, encoded in another process."""
    rows = np.linspace(0, 3, 24)[:, None, None]
    columns = np.linspace(0, 4, 32)[None, :, None]
    frames = [
        127 + 120 * np.sin(rows * (1 + i % 5) + columns + np.arange(3) + i + 0.4 * t)
        for t in range(3)
    ]
    mel = np.random.default_rng(i).normal(-4, 2, size=(8, 5)).astype(np.float16)
    return encode_sample(
        f"{i // 2:06d}_{i % 2:06d}",
        np.stack(frames).astype(np.uint8),
        label=i // 2 % 2,
        sample_metadata={"fps": 25.0, "video_id": f"v{i // 2}", "number": i},
        mel_clip=mel if i % 3 else None,
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_samples_encoded_by_any_number_of_workers_give_the_same_bytes(
    tmp_path, content, shards, workers
):
    with (
        ThreadPoolExecutor(workers) as pool,
        ShardWriter(tmp_path, max_shard_size_bytes=25_000) as writer,
    ):
        for sample in pool.map(encode_numbered, range(24)):
            writer.add_encoded(pickle.loads(pickle.dumps(sample)))
    assert content(tmp_path) == content(shards)


def test_small_shards_a_video_merge_to_the_same_bytes(tmp_path, fill, content, shards):
    parts = []
    for video in range(12):
        parts.append(tmp_path / f"video_{video}")
        with ShardWriter(parts[-1]) as writer:
            fill(writer, (2 * video, 2 * video + 1))
    with ShardWriter(tmp_path / "all", max_shard_size_bytes=25_000) as writer:
        for part in parts:
            writer.add_part(part / "shard_00000.tar")
    assert content(tmp_path / "all") == content(shards)


def test_splits_are_disjoint_in_groups_and_hold_both_classes(shards):
    train, val = (rows_of(shards / f"index_{name}.csv") for name in ("train", "val"))
    groups = [
        {group_of(row["sample_id"], json.loads(row["metadata"])) for row in rows}
        for rows in (train, val)
    ]
    assert not groups[0] & groups[1]
    assert len(train) + len(val) == 24
    assert 2 <= len(val) <= 8
    for rows in (train, val):
        assert {row["label"] for row in rows} == {"0", "1"}


def test_clips_without_a_group_stay_with_their_video(tmp_path, frames_of):
    with ShardWriter(tmp_path) as writer:
        for i in range(40):
            writer.add_sample(f"{i // 4:03d}_{i % 4}", frames_of(i, n=1), label=i // 4 % 2)
    parts = [
        {r["sample_id"][:3] for r in rows_of(tmp_path / f"index_{s}.csv")} for s in ("train", "val")
    ]
    assert parts[1]
    assert not parts[0] & parts[1]


def test_splits_that_come_with_the_samples_are_kept(tmp_path, frames_of):
    splits = ["train", "val", "test", "unused"]
    with ShardWriter(tmp_path) as writer:
        for i in range(8):
            metadata = {"group_id": f"g{i}", "split": splits[i % 4]}
            writer.add_sample(f"s{i}", frames_of(i, n=1), i // 4, metadata)
    for number, split in enumerate(splits[:3]):
        ids = [row["sample_id"] for row in rows_of(tmp_path / f"index_{split}.csv")]
        assert ids == [f"s{number}", f"s{number + 4}"]
    assert len(rows_of(tmp_path / "index.csv")) == 8


def test_given_splits_that_divide_a_group_are_leakage(tmp_path, frames_of):
    writer = ShardWriter(tmp_path)
    for i, split in enumerate(("train", "val")):
        writer.add_sample(f"s{i}", frames_of(i), i, {"group_id": "g", "split": split})
    with pytest.raises(LeakageError, match="'g'"):
        writer.close()
    assert len(rows_of(tmp_path / "index.csv")) == 2
    assert not (tmp_path / "index_train.csv").exists()


def test_one_sample_is_a_data_set_without_splits_that_says_so(tmp_path, frames_of):
    writer = ShardWriter(output_dir=tmp_path, shard_prefix="shard", image_codec="webp")
    writer.add_sample(sample_id="a_0", frames_rgb=frames_of(0), label=1, sample_metadata={})
    summary = writer.close()
    assert (summary.n_samples, summary.n_shards) == (1, 1)
    assert "cannot be divided" in summary.undivided
    statistics = json.loads((tmp_path / "dataset_statistics.json").read_text(encoding="utf-8"))
    assert statistics["undivided"] == summary.undivided
    assert not list(tmp_path.glob("index_*"))


def test_nothing_at_all_is_an_empty_index(tmp_path):
    assert ShardWriter(tmp_path).close().n_samples == 0
    assert rows_of(tmp_path / "index.csv") == []


def test_statistics_count_what_is_there(shards, tmp_path, write):
    statistics = json.loads((shards / "dataset_statistics.json").read_text(encoding="utf-8"))
    assert statistics["n_samples"] == 24
    assert statistics["n_frames"] == 72
    assert statistics["n_with_sound"] == 16
    assert statistics["classes"] == {"real": 12, "fake": 12}
    assert statistics["resolutions"] == {"32x24": 24}
    assert statistics["n_shards"] == len(list(shards.glob("*.tar")))
    splits = statistics["splits"]
    assert splits["train"]["real"] + splits["val"]["real"] == 12
    write(tmp_path / "shards", n=4, statistics_file=tmp_path / "elsewhere.json")
    assert (tmp_path / "elsewhere.json").exists()
    assert not (tmp_path / "shards" / "dataset_statistics.json").exists()


def test_an_id_is_written_once(tmp_path, frames_of):
    with ShardWriter(tmp_path) as writer:
        writer.add_sample("a", frames_of(0), 0, {})
        with pytest.raises(DataError, match="there already"):
            writer.add_sample("a", frames_of(1), 0, {})


def test_a_folder_of_shards_is_not_written_over(tmp_path, write, content):
    write(tmp_path, n=4)
    before = content(tmp_path)
    with pytest.raises(DataError, match="resume=True"):
        ShardWriter(tmp_path)
    assert content(tmp_path) == before


def test_two_writers_do_not_share_a_folder(tmp_path, frames_of):
    with ShardWriter(tmp_path) as writer:
        writer.add_sample("a", frames_of(0), 0, {})
        with pytest.raises(DataError, match="another process"):
            ShardWriter(tmp_path, resume=True)


def test_an_exception_keeps_whole_shards_and_resuming_gives_the_same_bytes(
    tmp_path, fill, content, shards
):
    def interrupted() -> None:
        with ShardWriter(tmp_path, max_shard_size_bytes=25_000) as writer:
            fill(writer, range(17))
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        interrupted()
    assert not (tmp_path / "index.csv").exists()
    assert not list(tmp_path.glob(".*partial*"))
    with ShardWriter(tmp_path, max_shard_size_bytes=25_000, resume=True) as writer:
        assert 0 < writer.n_resumed < 17
        assert ("000000_000000" in writer, "000008_000000" in writer) == (True, False)
        fill(writer, range(writer.n_resumed, 24))
    assert content(tmp_path) == content(shards)


def test_resuming_a_finished_folder_changes_nothing(tmp_path, write, content):
    before = content(write(tmp_path))
    with ShardWriter(tmp_path, max_shard_size_bytes=25_000, resume=True) as writer:
        assert writer.n_resumed == 24
    assert content(tmp_path) == before


def test_a_lost_record_is_made_anew_from_the_shard(tmp_path, write, content, shards):
    write(tmp_path)
    for path in (tmp_path / ".records").glob("*.arrow"):
        path.unlink()
    with ShardWriter(tmp_path, max_shard_size_bytes=25_000, resume=True) as writer:
        assert writer.n_resumed == 24
    assert content(tmp_path) == content(shards)


def test_resuming_with_other_settings_is_refused(tmp_path, write):
    write(tmp_path, n=4)
    with pytest.raises(ConfigError, match="image_quality=90"):
        ShardWriter(tmp_path, max_shard_size_bytes=25_000, image_quality=80, resume=True)


def test_a_missing_shard_in_the_middle_is_noticed(tmp_path, write):
    write(tmp_path)
    (tmp_path / "shard_00001.tar").unlink()
    with pytest.raises(DataError, match="shard_00001"):
        ShardWriter(tmp_path, max_shard_size_bytes=25_000, resume=True)


def test_a_closed_writer_takes_nothing_more(tmp_path, frames_of):
    writer = ShardWriter(tmp_path)
    writer.close()
    with pytest.raises(UsageError, match="closed"):
        writer.add_sample("a", frames_of(0), 0, {})


def test_settings_out_of_range_are_named(tmp_path):
    for wrong in (
        {"image_codec": "png"},
        {"image_quality": 0},
        {"webp_method": 7},
        {"shard_prefix": "../x"},
        {"layout": "zip"},
        {"index_filename": "index.parquet"},
        {"max_shard_size_bytes": 0},
    ):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            ShardWriter(tmp_path, **wrong)


def test_a_configuration_makes_the_same_writer(tmp_path, write, content, fill):
    config = ShardConfig(prefix="part", image_codec="jpeg", image_quality=80, max_shard_size_mb=1)
    with ShardWriter.from_config(tmp_path / "a", config, seed=1) as writer:
        fill(writer, range(4))
    write(
        tmp_path / "b",
        n=4,
        shard_prefix="part",
        image_codec="jpeg",
        image_quality=80,
        max_shard_size_bytes=1 << 20,
        seed=1,
    )
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_unicode_ids_are_found_again(tmp_path, frames_of):
    ids = ["Ünïcode 視頻_0", 'a,"b"_1', "x" * 180, "a.b.mp4_2"]
    for layout in ("folder", "webdataset"):
        with ShardWriter(tmp_path / layout, layout=layout) as writer:
            for number, one in enumerate(ids):
                writer.add_sample(one, frames_of(number), number % 2, {"name": one})
        reader = ShardReader(tmp_path / layout)
        assert [reader[i].row.sample_id for i in range(4)] == ids
        assert reader[0].row.facts() == {"name": ids[0]}
        index = pl.read_csv(tmp_path / layout / "index.csv")
        assert index["sample_id"].to_list() == ids
