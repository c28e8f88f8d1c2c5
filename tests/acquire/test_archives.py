import io
import tarfile

import pytest
from archive_files import write_tar, write_zip

from aura.acquire.archives import find_archives, list_contents, open_archive
from aura.acquire.limits import Allowance, ArchiveConfig
from aura.errors import ArchiveError, UsageError


def contents_of(path):
    return list_contents(path, where=path.name, total=Allowance(ArchiveConfig()))


def test_archives_are_found_at_any_depth_in_order(tmp_path):
    names = ["FVC1.zip", "FVC2.TAR.GZ", "more/fvc3.tgz", "a.mp4", ".hidden.zip", "skipped/x.zip"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    archives, refused = find_archives(tmp_path, skip={tmp_path / "skipped"})
    assert [path.relative_to(tmp_path).as_posix() for path in archives] == [
        "FVC1.zip",
        "FVC2.TAR.GZ",
        "more/fvc3.tgz",
    ]
    assert refused == []
    assert find_archives(tmp_path / "FVC1.zip", skip=set())[0] == [tmp_path / "FVC1.zip"]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("FVC1.zip.001", "cat NAME.zip"),
        ("FVC1.z01", "zip -s 0"),
        ("FVC1.tar.gz.aa", "divided"),
        ("FVC1.7z", "pack it again as zip or tar"),
        ("FVC1.rar", "pack it again as zip or tar"),
        ("FVC1.zip.crdownload", "download that has not ended"),
    ],
)
def test_what_looks_like_an_archive_and_cannot_be_read_is_explained(name, advice, tmp_path):
    (tmp_path / name).touch()
    archives, (refused,) = find_archives(tmp_path, skip=set())
    assert archives == []
    assert refused.name == str(tmp_path / name)
    assert advice in refused.reason


def test_an_absent_place_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="does not exist; give the folder"):
        find_archives(tmp_path / "absent", skip=set())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n<!DOCTYPE html>", "a web page"),
        (bytes(9000), "begins with zeros"),
        (b"Rar!\x1a\x07", "begins with b'Rar!"),
    ],
)
def test_what_is_no_archive_says_what_it_is(content, said, tmp_path):
    path = tmp_path / "FVC1.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=said):
        open_archive(path, where="FVC1.zip")


def test_content_decides_not_the_ending(tmp_path):
    tar = write_tar(tmp_path / "tar.zip", {"a.mp4": b"1"}, mode="w:gz")
    zipped = write_zip(tmp_path / "zip.tar", {"a.mp4": b"1"})
    assert [m.path for m in contents_of(tar).members] == ["a.mp4"]
    assert [m.path for m in contents_of(zipped).members] == ["a.mp4"]


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path):
    inner = write_zip(tmp_path / "inner.zip", {"a.mp4": b"1"})
    outer = write_tar(tmp_path / "outer.tar", {"inner.zip": inner.read_bytes()})
    assert [m.path for m in contents_of(outer).members] == ["inner.zip"]


def test_evil_names_are_refused_one_by_one(tmp_path):
    names = ["FVC1/a.mp4", "../a.mp4", "/a.mp4", "x/../../a.mp4", "C:/a.mp4", "é" * 200 + ".mp4"]
    contents = contents_of(write_zip(tmp_path / "a.zip", dict.fromkeys(names, b"1")))
    assert [member.path for member in contents.members] == ["FVC1/a.mp4"]
    assert [refused.name for refused in contents.refused] == names[1:]


def test_leftovers_repeats_and_lookalikes_are_told(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"a.mp4": b"1", "A.mp4": b"2", "__MACOSX/._a.mp4": b"3"})
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo("./a.mp4")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"new"))
    contents = contents_of(path)
    assert {m.path: (m.index, m.n_bytes) for m in contents.members} == {
        "A.mp4": (1, 1),
        "a.mp4": (3, 3),
    }
    assert contents.notes == (
        "a.tar: 1 desktop leftovers are left out",
        "a.tar: 1 names occur again; the last of each counts",
        "a.tar: 2 names differ from others in case or accents only: A.mp4, a.mp4",
    )
