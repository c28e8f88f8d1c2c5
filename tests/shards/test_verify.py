import json
import shutil

import numpy as np
import pytest

from aura.errors import DataError
from aura.shards import ShardReader, ShardWriter
from aura.shards.tar_format import end_bytes, member_bytes
from aura.shards.verify import verify_shards


@pytest.fixture
def copy(shards, tmp_path):
    return shutil.copytree(shards, tmp_path / "shards")


def kinds(found) -> set[str]:
    return {finding.kind for finding in found.damage}


def change_index(folder, old: str, new: str, *, name: str = "index.csv") -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("layout", ["folder", "webdataset"])
def test_what_the_writer_wrote_is_whole(tmp_path, write, layout):
    found = verify_shards(write(tmp_path, layout=layout), n_threads=2)
    assert (found.damage, found.remarks) == ((), ())
    facts = found.statistics
    assert (facts["n_samples"], facts["n_read"], facts["n_frames"]) == (24, 24, 72)
    assert facts["classes"] == {"real": 12, "fake": 12}
    assert facts["n_with_sound"] == 16
    assert facts["resolutions"] == {"32x24": 24}
    json.dumps(found.record())


def test_a_changed_bit_is_found_where_it_is(copy):
    row = ShardReader(copy).table.row(4)
    content = bytearray((copy / row.shard).read_bytes())
    content[row.offset + 900] ^= 1
    (copy / row.shard).write_bytes(content)
    found = verify_shards(copy)
    assert {(f.file, f.sample) for f in found.damage} == {(row.shard, row.dir)}
    assert "checksum" in kinds(found)


def test_a_shard_cut_off_and_a_shard_gone_are_found(copy):
    last = ShardReader(copy).table.row(23)
    with (copy / last.shard).open("r+b") as stream:
        stream.truncate(last.offset + 1000)
    (copy / "shard_00000.tar").unlink()
    found = verify_shards(copy)
    assert {"damaged shard", "missing sample", "missing shard"} <= kinds(found)
    assert last.dir in {finding.sample for finding in found.damage}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("sample_000000_000001,3,0", "sample_000000_000001,4,0", "num_frames"),
        ("sample_000000_000001,3,0", "sample_000000_000001,3,1", "label"),
        ('""number"":1}', '""number"":9}', "metadata"),
        ("000000_000001,shard", "000000_00000X,shard", "sample_id"),
        ("000000_000001,shard", "000000_000000,shard", "repeated id"),
        ("sample_000000_000001", "sample_000000_000000", "repeated sample"),
        ("sample_000000_000001", "sample_000000_000000", "unknown sample"),
        ("sample_000000_000001", "sample_000000_00000X", "missing sample"),
        ("shard_00000.tar", "../shard_00000.tar", "strange shard"),
    ],
)
def test_an_index_that_says_otherwise_is_found(copy, old, new, kind):
    change_index(copy, old, new)
    assert kind in kinds(verify_shards(copy))


def test_offsets_that_lead_elsewhere_are_found(copy):
    """As after shards were written anew and the sidecar was kept."""
    shard = copy / "shard_00000.tar"
    shard.write_bytes(member_bytes("sample_new/frame_000.webp", b"x") + shard.read_bytes())
    assert {"offset", "unknown sample"} <= kinds(verify_shards(copy))


def test_splits_that_share_what_they_must_not_are_found(copy):
    lines = (copy / "index_val.csv").read_text(encoding="utf-8").splitlines()
    with (copy / "index_train.csv").open("a", encoding="utf-8") as stream:
        stream.write(lines[1] + "\n")
    assert {"in two splits", "divided group"} <= kinds(verify_shards(copy))
    change_index(copy, ",3,", ",4,", name="index_val.csv")
    assert "other row" in kinds(verify_shards(copy))


def test_what_is_odd_and_no_damage_is_remarked(copy):
    (copy / ".shard_00099.tar.partial").write_bytes(b"half")
    (copy / "index_val.arrow").unlink()
    found = verify_shards(copy)
    assert not found.damage
    assert {finding.kind for finding in found.remarks} == {"unfinished", "no sidecar"}


def test_an_index_changed_by_hand_is_remarked(copy):
    text = (copy / "index.csv").read_text(encoding="utf-8")
    header, *lines = text.splitlines()
    (copy / "index.csv").write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")
    found = verify_shards(copy)
    assert not found.damage
    assert {finding.kind for finding in found.remarks} == {"stale sidecar"}


def test_the_same_frames_twice_are_remarked(tmp_path, frames_of):
    with ShardWriter(tmp_path) as writer:
        for number in range(3):
            writer.add_sample(f"s{number}", frames_of(number % 2), number % 2, {})
    (remark,) = verify_shards(tmp_path).remarks
    assert (remark.kind, remark.sample) == ("same frames", "sample_s2")


def test_sound_that_does_not_fit_its_shape_is_found(tmp_path, frames_of):
    with ShardWriter(tmp_path) as writer:
        writer.add_sample("a", frames_of(0), 0, {}, np.zeros((4, 6), np.float16))
    shard = tmp_path / "shard_00000.tar"
    shard.write_bytes(shard.read_bytes().replace(b'"shape":[4,6]', b'"shape":[4,7]'))
    assert "damaged sample" in kinds(verify_shards(tmp_path))


def test_shards_of_another_program_need_no_more_than_the_specification(tmp_path, frames_of):
    from aura.shards import ImageEncoding

    body = b"".join(
        member_bytes(f"sample_a_0/{name}", data)
        for name, data in [
            ("meta.json", b'{"fps": 25.0}'),
            ("frame_001.webp", ImageEncoding().encode(frames_of(0)[1])),
            ("frame_000.webp", ImageEncoding().encode(frames_of(0)[0])),
        ]
    )
    (tmp_path / "old_00000.tar").write_bytes(body + end_bytes(len(body)))
    (tmp_path / "index.csv").write_text(
        "sample_id,shard,dir,num_frames,label,metadata\n"
        'a_0,old_00000.tar,sample_a_0,2,1,"{""fps"":25.0}"\n',
        encoding="utf-8",
    )
    found = verify_shards(tmp_path)
    assert not found.damage
    assert {finding.kind for finding in found.remarks} == {"no sidecar"}
    clip = ShardReader(tmp_path)[0].clip
    assert abs(clip.frames[1].mean() - frames_of(0)[1].mean()) < 4


def test_a_folder_without_shards_is_none(tmp_path):
    with pytest.raises(DataError, match="neither"):
        verify_shards(tmp_path)
