import pickle
import shutil
import tarfile

import polars as pl
import pytest

from aura.errors import DataError, SampleError, TableError, UsageError
from aura.shards import ShardReader
from aura.shards.lookup import remake_sidecar


@pytest.fixture
def copy(shards, tmp_path):
    shutil.copytree(shards, tmp_path / "shards")
    return tmp_path / "shards"


def rows(reader):
    return [reader.table.row(i) for i in range(len(reader))]


def test_a_sample_is_read_by_its_offset_and_no_other_byte_is(shards, monkeypatch):
    reader = ShardReader(shards)
    asked = []
    read = reader.storage.read
    monkeypatch.setattr(reader.storage, "read", lambda s: asked.extend(s) or read(s))
    sample = reader[13]
    assert [(s.name, s.offset, s.size) for s in asked] == [
        (sample.row.shard, sample.row.offset, sample.row.size_bytes)
    ]
    with tarfile.open(shards / sample.row.shard) as tar:
        first = tar.getmember(f"{sample.row.dir}/frame_000.webp")
    assert first.offset == sample.row.offset


def test_every_sample_is_the_one_the_index_names(shards, frames_of, mel_of):
    reader = ShardReader(shards)
    assert len(reader) == 24
    assert reader.table.is_sidecar
    for number in range(24):
        sample = reader[number]
        assert sample.row.facts()["number"] == number
        assert abs(sample.clip.frames.mean() - frames_of(number).mean()) < 6
        assert (sample.clip.mel is None) == (number % 3 == 0)
    assert reader[-1].row == reader[23].row
    for wrong in (24, -25):
        with pytest.raises(IndexError):
            reader[wrong]


def test_labels_and_groups_come_without_reading_a_clip(shards):
    table = ShardReader(shards).table
    assert table.labels().tolist() == [i // 2 % 2 for i in range(24)]
    assert table.groups() == [f"v{i // 2}" for i in range(24)]
    assert table.find("000003_000001") == 7
    assert table.find("no such") is None


def test_max_samples_takes_the_first(shards):
    reader = ShardReader(shards, max_samples=5)
    assert len(reader) == 5
    assert len(reader.table.labels()) == 5
    assert reader[4].row.facts()["number"] == 4
    assert len(ShardReader(shards, max_samples=500)) == 24
    assert reader.table.find("000003_000001") is None
    with pytest.raises(UsageError, match="max_samples"):
        ShardReader(shards, max_samples=0)


def test_a_selection_made_by_hand_opens_in_its_order(copy):
    index = pl.read_csv(copy / "index.csv", infer_schema=False)
    index[[20, 3, 7]].write_csv(copy / "selection.csv")
    reader = ShardReader(copy, "selection.csv")
    assert [reader[i].row.facts()["number"] for i in range(3)] == [20, 3, 7]
    whole = ShardReader(copy)
    assert rows(reader) == [whole.table.row(i) for i in (20, 3, 7)]
    assert not reader.table.is_sidecar


def test_a_label_changed_in_the_index_counts(copy):
    text = (copy / "index.csv").read_text(encoding="utf-8")
    changed = text.replace("sample_000000_000001,3,0,", "sample_000000_000001,3,1,")
    assert len(changed) == len(text)
    (copy / "index.csv").write_text(changed, encoding="utf-8")
    reader = ShardReader(copy)
    assert [reader.table.row(i).label for i in range(3)] == [0, 1, 1]


def test_shards_of_another_program_open_without_a_sidecar(copy):
    before = rows(ShardReader(copy))
    for path in copy.glob("*.arrow"):
        path.unlink()
    reader = ShardReader(copy)
    assert [(r.sample_id, r.offset, r.crc32) for r in rows(reader)] == [
        (r.sample_id, r.offset, r.crc32) for r in before
    ]
    assert remake_sidecar(copy, "index.csv") == 24
    assert ShardReader(copy).table.is_sidecar
    assert ShardReader(copy)[5].row.facts()["number"] == 5


def test_a_stale_sidecar_never_gives_another_sample(copy, frames_of):
    """As after shards were replaced and the sidecar was not."""
    first, second = sorted(copy.glob("*.tar"))[:2]
    first.write_bytes(second.read_bytes())
    reader = ShardReader(copy)
    with pytest.raises(SampleError, match=r"not those that were written|bytes are there"):
        reader[0]


def test_one_changed_bit_is_noticed(copy):
    reader = ShardReader(copy)
    row = reader.table.row(4)
    shard = copy / row.shard
    broken = bytearray(shard.read_bytes())
    broken[row.offset + 900] ^= 1
    shard.write_bytes(broken)
    with pytest.raises(SampleError, match="000002_000000"):
        reader[4]
    assert reader[5].row.facts()["number"] == 5


def test_a_shard_that_was_cut_off_is_noticed(copy):
    reader = ShardReader(copy)
    last = reader.table.row(23)
    with (copy / last.shard).open("r+b") as stream:
        stream.truncate(last.offset + 1000)
    with pytest.raises(SampleError, match="cut off"):
        reader[23]


def test_what_is_absent_is_named(copy, tmp_path):
    with pytest.raises(DataError, match="no_such"):
        ShardReader(tmp_path / "no_such")
    with pytest.raises(DataError, match=r"other\.csv"):
        ShardReader(copy, "other.csv")
    reader = ShardReader(copy)
    (copy / "shard_00000.tar").unlink()
    with pytest.raises(DataError, match="shard_00000"):
        reader[0]


def test_an_index_that_is_none_is_refused(copy):
    (copy / "x.csv").write_text("path,label\na,0\n", encoding="utf-8")
    with pytest.raises(TableError, match="lacks sample_id"):
        ShardReader(copy, "x.csv")
    header = "sample_id,shard,dir,num_frames,label,metadata\n"
    (copy / "x.csv").write_text(header + "a,shard_00000.tar,sample_a,3,fake,{}\n", encoding="utf-8")
    with pytest.raises(TableError, match="numbers"):
        ShardReader(copy, "x.csv")
    (copy / "x.csv").write_text(header + "a,shard_00000.tar,sample_a,3,1,{}\n", encoding="utf-8")
    with pytest.raises(DataError, match="in no shard"):
        ShardReader(copy, "x.csv")


@pytest.mark.parametrize("shard", ["../secret.tar", "/etc/passwd", "a/b.tar"])
def test_an_index_leads_nowhere_else(copy, shard):
    (copy.parent / "secret.tar").write_bytes((copy / "shard_00000.tar").read_bytes())
    header = "sample_id,shard,dir,num_frames,label,metadata\n"
    line = f"000000_000000,{shard},sample_000000_000000,3,0,{{}}\n"
    (copy / "x.csv").write_text(header + line, encoding="utf-8")
    with pytest.raises(DataError, match="beside"):
        ShardReader(copy, "x.csv")[0]


def test_a_reader_can_be_sent_to_another_process(shards):
    reader = ShardReader(shards)
    reader[0]
    sent = pickle.dumps(reader)
    assert len(sent) < 2000
    assert pickle.loads(sent)[7].row == reader[7].row
