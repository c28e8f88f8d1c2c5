import contextlib
import stat
import struct
import zipfile

import pytest
from archive_files import damage, write_zip, zip_info
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
    read = {}
    archive = open_archive(path, where=path.name)
    for member, stream in archive.open_members(contents_of(path).members):
        assert stream is not None
        read[member.path] = b"".join(iter(lambda s=stream: s.read(700), b""))
    return read


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_method_is_read(method, tmp_path):
    path = write_zip(tmp_path / "a.zip", FILES, method=method)
    assert read_all(path) == FILES
    assert {m.path: m.n_bytes for m in contents_of(path).members} == {
        name: len(content) for name, content in FILES.items()
    }


def test_more_members_than_a_plain_zip_can_count(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_600):
            archive.writestr(zipfile.ZipInfo(f"FVC1/{number % 7}/{number}.mp4"), b"%d" % number)
    contents = contents_of(path)
    assert len(contents.members) == 65_600
    for member, stream in open_archive(path, where="a").open_members(contents.members[-1:]):
        assert stream is not None
        assert (member.path, stream.read(10)) == ("FVC1/2/65599.mp4", b"65599")
    with pytest.raises(ArchiveError, match=r"archives\.max_files"):
        contents_of(path, max_files=65_599)


def test_a_zip64_member_is_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.mp4", "w", force_zip64=True) as out:
        out.write(b"content")
    assert read_all(path) == {"a.mp4": b"content"}


def test_folders_are_no_files_and_names_are_as_meant(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("FVC1")
        archive.writestr(zip_info("FVC1/é.mp4"), b"1")
        archive.writestr(zip_info("win\\dows.mp4"), b"2")
    assert set(read_all(path)) == {"FVC1/é.mp4", "win/dows.mp4"}


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(stat.S_IFLNK, "symbolic link"), (stat.S_IFIFO, "neither"), (stat.S_IFCHR, "neither")],
)
def test_links_and_devices_are_refused_and_the_rest_is_read(mode, reason, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zip_info("link.mp4", mode=mode | 0o777), b"/etc/passwd")
        archive.writestr(zip_info("a.mp4", mode=stat.S_IFREG | 0o4755), b"a")
    contents = contents_of(path)
    assert [member.path for member in contents.members] == ["a.mp4"]
    (refused,) = contents.refused
    assert refused.name == "link.mp4"
    assert reason in refused.reason


def test_an_encrypted_archive_says_so(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.mp4": b"a", "b.mp4": b"b"}, method=0)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="1 of 2 entries are encrypted"):
        contents_of(path)


def test_a_method_that_cannot_be_read_is_named(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.mp4": b"a"}, method=0)
    content = bytearray(path.read_bytes())
    struct.pack_into("<H", content, content.index(b"PK\x03\x04") + 8, 9)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 9)
    path.write_bytes(content)
    (refused,) = contents_of(path).refused
    assert "compressed by Deflate64" in refused.reason


def test_entries_that_share_bytes_are_refused(tmp_path):
    """Two names for one body: the bomb that no ratio of a single member gives away."""
    path = write_zip(tmp_path / "a.zip", {"a.mp4": b"a" * 90, "b.mp4": b"b" * 90}, method=0)
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, second + 42, 0)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="share bytes, as in a zip bomb"):
        contents_of(path)


def test_an_entry_that_reaches_into_the_directory_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.mp4": b"a" * 90}, method=0)
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<II", content, directory + 20, 120, 120)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="share bytes"):
        contents_of(path)


def test_declared_sizes_count_against_the_limits_before_anything_is_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.mp4": bytes(1 << 20)})
    assert path.stat().st_size < 2000
    with pytest.raises(ArchiveError, match=r"archives\.max_total_bytes"):
        contents_of(path, max_total_bytes=(1 << 20) - 1)
    with pytest.raises(ArchiveError, match=r"archives\.max_ratio"):
        contents_of(path, max_ratio=100)
    assert contents_of(path).members


def test_a_cut_archive_is_damaged(tmp_path):
    path = write_zip(tmp_path / "a.zip", FILES)
    whole = path.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 60):
        path.write_bytes(whole[:size])
        with pytest.raises(ArchiveError, match=r"a\.zip: is damaged or cut short .*get it again"):
            contents_of(path)


def test_damage_in_one_member_is_met_when_that_one_is_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.mp4": b"a" * 100, "b.mp4": b"b" * 100}, method=0)
    damage(path, at=path.read_bytes().index(b"aaaa"))
    archive = open_archive(path, where="a.zip")
    (_, first), (_, second) = [
        (member, stream) for member, stream in _eager(archive, contents_of(path).members)
    ]
    assert isinstance(first, ArchiveError)
    assert "Bad CRC" in str(first)
    assert second == b"b" * 100


def _eager(archive, members):
    for member, stream in archive.open_members(members):
        try:
            yield member, stream.read(1000)
        except ArchiveError as error:
            yield member, error


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
@given(data=st.data())
def test_whatever_is_damaged_only_our_error_comes_of_it(data, tmp_path):
    path = write_zip(tmp_path / "a.zip", FILES)
    size = path.stat().st_size
    for _ in range(data.draw(st.integers(1, 4))):
        damage(path, at=data.draw(st.integers(0, size - 1)), xor=data.draw(st.integers(1, 255)))
    with contextlib.suppress(ArchiveError):
        archive = open_archive(path, where="a.zip")
        for _, content in _eager(archive, contents_of(path).members):
            assert isinstance(content, bytes | ArchiveError)
