import contextlib
import gzip
import io
import os
import tarfile

import pytest
from archive_files import damage, tar_info, write_tar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.acquire.archives import list_contents, open_archive
from aura.acquire.limits import Allowance, ArchiveConfig
from aura.errors import ArchiveError

FILES = {"FVC1/a.mp4": b"a" * 5000, "FVC1/b.mp4": bytes(range(256)) * 9, "leer.txt": b""}


def contents_of(path, **limits):
    return list_contents(path, where=path.name, total=Allowance(ArchiveConfig(**limits)))


def read_all(path):
    """Return what every member of an archive holds, by its path."""
    archive = open_archive(path, where=path.name)
    members = contents_of(path).members
    return {
        member.path: None if stream is None else b"".join(iter(lambda s=stream: s.read(700), b""))
        for member, stream in archive.open_members(members)
    }


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.tar", "w"),
        ("a.tar.gz", "w:gz"),
        ("a.tgz", "w:gz"),
        ("a.tbz2", "w:bz2"),
        ("a.txz", "w:xz"),
    ],
)
def test_every_compression_is_read(name, mode, tmp_path):
    path = write_tar(tmp_path / name, FILES, mode=mode)
    assert read_all(path) == FILES


@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_are_read_in_every_format(layout, tmp_path):
    name = "FVC1/" + "n" * 90 + "/é.mp4"
    with tarfile.open(tmp_path / "a.tar", "w", format=layout) as archive:
        archive.addfile(tar_info(name, 1), io.BytesIO(b"1"))
    assert read_all(tmp_path / "a.tar") == {name: b"1"}


def test_a_name_that_is_not_utf8_becomes_text(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tar_info(os.fsdecode(b"caf\xe9.mp4"), 1), io.BytesIO(b"1"))
    assert read_all(tmp_path / "a.tar") == {"café.mp4": b"1"}


@pytest.mark.parametrize(
    ("kind", "link", "reason"),
    [
        (tarfile.SYMTYPE, "/etc/passwd", "symbolic link"),
        (tarfile.SYMTYPE, "a.mp4", "symbolic link"),
        (tarfile.LNKTYPE, "/etc/passwd", "absolute"),
        (tarfile.LNKTYPE, "../../etc/passwd", "'..'"),
        (tarfile.LNKTYPE, "absent.mp4", "no file before it"),
        (tarfile.LNKTYPE, "x.mp4", "no file before it"),
        (tarfile.CHRTYPE, "", "character device"),
        (tarfile.BLKTYPE, "", "block device"),
        (tarfile.FIFOTYPE, "", "named pipe"),
    ],
)
def test_links_out_and_devices_are_refused_and_the_rest_is_read(kind, link, reason, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tar_info("a.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(tar_info("x.mp4", kind=kind, link=link))
    contents = contents_of(tmp_path / "a.tar")
    assert [member.path for member in contents.members] == ["a.mp4"]
    (refused,) = contents.refused
    assert refused.name == "x.mp4"
    assert reason in refused.reason


def test_a_hard_link_within_the_archive_is_a_copy(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tar_info("FVC1/a.mp4", 3), io.BytesIO(b"123"))
        archive.addfile(tar_info("FVC1/b.mp4", kind=tarfile.LNKTYPE, link="FVC1/a.mp4"))
        archive.addfile(tar_info("FVC1/c.mp4", kind=tarfile.LNKTYPE, link="FVC1/b.mp4"))
    a, b, c = contents_of(tmp_path / "a.tar").members
    assert (a.copy_of, b.copy_of, c.copy_of) == (None, "FVC1/a.mp4", "FVC1/a.mp4")
    assert b.n_bytes == c.n_bytes == 3
    assert contents_of(tmp_path / "a.tar").below("x").members[1].copy_of == "x/FVC1/a.mp4"


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
def test_a_cut_archive_is_damaged_wherever_it_is_cut(suffix, tmp_path):
    mode = "w:" + suffix.rpartition(".")[2] if suffix != ".tar" else "w"
    path = write_tar(tmp_path / f"a{suffix}", FILES, mode=mode)
    whole = path.read_bytes()
    # 512 + 5120 bytes: between two members of the plain one, which `tarfile` takes for its end.
    cuts = {"": (5632, 700, 100)}.get(suffix[4:], (len(whole) - 1, len(whole) // 2, 20))
    for size in cuts:
        path.write_bytes(whole[:size])
        with pytest.raises(ArchiveError, match="damaged or cut short"):
            contents_of(path)


def test_a_broken_head_amid_the_members_is_not_taken_for_the_end(tmp_path):
    path = write_tar(tmp_path / "a.tar", FILES)
    damage(path, at=5632 + 10)
    with pytest.raises(ArchiveError, match="mark of the archive's end"):
        contents_of(path)


def test_the_checksum_of_gzip_is_verified(tmp_path):
    path = write_tar(tmp_path / "a.tar.gz", FILES, mode="w:gz")
    damage(path, at=path.stat().st_size - 6)
    with pytest.raises(ArchiveError, match="CRC check failed"):
        contents_of(path)


def test_a_header_that_claims_gigabytes_is_not_read_into_memory(tmp_path):
    head = tar_info("x", 5 << 30, kind=tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tar").write_bytes(head + bytes(10240))
    with pytest.raises(ArchiveError, match="header claims 5,368,"):
        contents_of(tmp_path / "a.tar")


def test_a_negative_size_ends_the_reading(tmp_path):
    """It sends `tarfile` of many versions round in circles."""
    head = tar_info("x").tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    raw = bytearray(head)
    raw[124:136] = b"\xff" * 10 + b"\xfe\x00"  # minus 512
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    (tmp_path / "a.tar").write_bytes(raw + bytes(10240))
    with pytest.raises(ArchiveError, match="damaged"):
        contents_of(tmp_path / "a.tar")


def test_a_compressed_bomb_is_stopped_by_its_declared_size(tmp_path):
    head = tar_info("a.mp4", 3 << 40).tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(head + bytes(10240)))
    with pytest.raises(ArchiveError, match=r"archives\.max_total_bytes"):
        contents_of(tmp_path / "a.tar.gz")
    with pytest.raises(ArchiveError, match=r"archives\.max_ratio"):
        contents_of(tmp_path / "a.tar.gz", max_total_bytes=1 << 50)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100
)
@given(data=st.data(), mode=st.sampled_from(["w", "w:gz", "w:bz2", "w:xz"]))
def test_whatever_is_damaged_only_our_error_comes_of_it(data, mode, tmp_path):
    path = write_tar(tmp_path / "a.tar", FILES, mode=mode)
    size = path.stat().st_size
    for _ in range(data.draw(st.integers(1, 4))):
        damage(path, at=data.draw(st.integers(0, size - 1)), xor=data.draw(st.integers(1, 255)))
    with contextlib.suppress(ArchiveError):
        read_all(path)
