import errno
import io
import os
import tarfile
from pathlib import Path

import pytest
from archive_files import damage, tar_info, tree_of, write_tar, write_zip

from aura.acquire import ArchiveConfig, set_up_fvc, tear_down_fvc
from aura.acquire.record import Record
from aura.errors import DataError, UsageError

LIMITS = ArchiveConfig(keep_free_bytes=0)


@pytest.fixture
def archives(tmp_path) -> Path:
    """The three parts as users have them: a plain zip, a nested tar, a zip without its folder."""
    folder = tmp_path / "archives"
    write_zip(folder / "FVC1.zip", {"FVC1/a.mp4": b"a1" * 999, "FVC1/b b.mp4": b"b1"})
    write_tar(folder / "fvc_2.tar.gz", {"videos/fvc2/a.mp4": b"a2", "FVC.csv": b"x"}, mode="w:gz")
    write_zip(folder / "FVC3.zip", {"a.mp4": b"a3", "c.MOV": b""})
    return folder


TREE = {
    "FVC.csv": b"x",
    "FVC1/a.mp4": b"a1" * 999,
    "FVC1/b b.mp4": b"b1",
    "FVC3/a.mp4": b"a3",
    "FVC3/c.MOV": b"",
    "videos/fvc2/a.mp4": b"a2",
}


def set_up(archives, root, *, config=LIMITS, read_back=False):
    return set_up_fvc(archives, root, config=config, read_back=read_back)


def reasons(report) -> dict[str, str]:
    return {problem.where: problem.reason for problem in report.problems}


def test_the_parts_are_found_wherever_they_landed(archives, tmp_path):
    report = set_up(archives, tmp_path / "root")
    assert tree_of(tmp_path / "root") == TREE
    assert report.problems == ()
    assert report.n_files == report.n_written == len(TREE)
    assert report.n_bytes == sum(map(len, TREE.values()))
    found = {s.name: (s.folder, s.n_files, s.n_videos, s.n_bytes) for s in report.tree.subsets}
    assert found == {
        "FVC1": ("FVC1", 2, 2, 2000),
        "FVC2": ("videos/fvc2", 1, 1, 2),
        "FVC3": ("FVC3", 2, 2, 2),
    }
    assert report.tree.missing() == ()
    assert report.tree.files_by_folder == {".": 1, "FVC1": 2, "FVC3": 2, "videos/fvc2": 1}


def test_a_second_set_up_does_nothing(archives, tmp_path):
    root = tmp_path / "root"
    set_up(archives, root)
    record = (root / ".aura-setup/record.jsonl").read_bytes()
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.mp4")}
    for path in archives.iterdir():  # nor are the archives opened
        times = path.stat()
        path.write_bytes(bytes(times.st_size))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    report = set_up(archives, root)
    assert (report.n_written, report.n_files, report.problems) == (0, len(TREE), ())
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.mp4")} == before
    assert (root / ".aura-setup/record.jsonl").read_bytes() == record


def test_an_absent_part_is_said(archives, tmp_path):
    (archives / "fvc_2.tar.gz").unlink()
    report = set_up(archives, tmp_path / "root")
    assert report.tree.missing() == ("FVC2",)
    assert report.to_json()["missing_subsets"] == ["FVC2"]
    assert report.problems == ()


def test_a_file_that_is_gone_comes_back(archives, tmp_path):
    root = tmp_path / "root"
    set_up(archives, root)
    (root / "FVC1/a.mp4").unlink()
    (root / "videos/fvc2/a.mp4").unlink()
    assert set_up(archives, root).n_written == 2
    assert tree_of(root) == TREE
    (root / "FVC3/a.mp4").unlink()
    (archives / "FVC3.zip").unlink()
    report = set_up(archives, root)
    assert reasons(report) == {
        "FVC3/a.mp4": f"is gone; give {archives / 'FVC3.zip'} again to have it back"
    }


def test_a_changed_archive_has_its_changed_members_unpacked_again(archives, tmp_path):
    root = tmp_path / "root"
    set_up(archives, root)
    before = (root / "FVC1/a.mp4").stat().st_ino
    write_zip(
        archives / "FVC1.zip",
        {
            **{k: v for k, v in TREE.items() if k == "FVC1/a.mp4"},
            "FVC1/b b.mp4": b"new",
            "FVC1/d.mp4": b"d",
        },
    )
    write_tar(archives / "fvc_2.tar.gz", {"videos/fvc2/a.mp4": b"longer", "FVC.csv": b"x"})
    report = set_up(archives, root)
    assert report.problems == ()
    assert report.n_written == 3
    assert tree_of(root) == TREE | {
        "FVC1/b b.mp4": b"new",
        "FVC1/d.mp4": b"d",
        "videos/fvc2/a.mp4": b"longer",
    }
    assert (root / "FVC1/a.mp4").stat().st_ino == before


def test_moved_archives_change_nothing(archives, tmp_path):
    set_up(archives, tmp_path / "root")
    archives.rename(tmp_path / "elsewhere")
    report = set_up(tmp_path / "elsewhere", tmp_path / "root")
    assert (report.n_written, report.problems) == (0, ())


def test_what_was_there_before_is_never_overwritten(archives, tmp_path):
    root = tmp_path / "root"
    (root / "FVC1").mkdir(parents=True)
    (root / "FVC1/a.mp4").write_bytes(b"mine")
    (root / "FVC1/b b.mp4").write_bytes(b"b1")  # the same as the archive's
    (root / "FVC3").write_bytes(b"a file where a folder is needed")
    for _ in range(2):
        report = set_up(archives, root)
        assert set(reasons(report)) == {"FVC1/a.mp4", "FVC3/a.mp4", "FVC3/c.MOV"}
        assert "was there before set-up" in reasons(report)["FVC1/a.mp4"]
        assert "FVC3 is a file" in reasons(report)["FVC3/a.mp4"]
        assert (root / "FVC1/a.mp4").read_bytes() == b"mine"
    tear_down_fvc(root)
    assert tree_of(root) == {
        "FVC1/a.mp4": b"mine",
        "FVC1/b b.mp4": b"b1",
        "FVC3": b"a file where a folder is needed",
    }


def test_what_was_changed_since_is_kept_and_said(archives, tmp_path):
    root = tmp_path / "root"
    set_up(archives, root)
    (root / "FVC1/a.mp4").write_bytes(b"trimmed")
    report = set_up(archives, root)
    assert list(reasons(report)) == ["FVC1/a.mp4"]
    assert "changed since it was unpacked, and is kept" in reasons(report)["FVC1/a.mp4"]
    assert report.n_files == len(TREE) - 1
    (root / "FVC1/a.mp4").unlink()
    assert set_up(archives, root).problems == ()
    assert tree_of(root) == TREE


def test_reading_back_finds_what_size_and_time_hide(archives, tmp_path):
    root = tmp_path / "root"
    set_up(archives, root)
    path = root / "FVC1/a.mp4"
    times = path.stat()
    damage(path, at=5)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert set_up(archives, root).problems == ()
    assert list(reasons(set_up(archives, root, read_back=True))) == ["FVC1/a.mp4"]


def test_nothing_is_written_through_links(archives, tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    root.mkdir()
    (root / "FVC1").symlink_to(outside)
    (root / "FVC3").mkdir()
    (root / "FVC3/a.mp4").symlink_to(outside / "new.mp4")
    report = set_up(archives, root)
    assert set(reasons(report)) == {"FVC1/a.mp4", "FVC1/b b.mp4", "FVC3/a.mp4"}
    assert "FVC1 is a link" in reasons(report)["FVC1/a.mp4"]
    assert list(outside.iterdir()) == []


def test_evil_members_are_listed_and_the_rest_is_unpacked(tmp_path):
    path = tmp_path / "archives/FVC1.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as archive:
        archive.addfile(tar_info("FVC1/a.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(tar_info("../evil.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(tar_info("FVC1/l", kind=tarfile.SYMTYPE, link="../.."))
        archive.addfile(tar_info("FVC1/l/evil.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(tar_info("FVC1/copy.mp4", kind=tarfile.LNKTYPE, link="FVC1/a.mp4"))
        archive.addfile(tar_info(".aura-setup/record.jsonl", 1), io.BytesIO(b"1"))
    report = set_up(path.parent, tmp_path / "root")
    assert set(reasons(report)) == {
        f"{path}!../evil.mp4",
        f"{path}!FVC1/l",
        f"{path}!.aura-setup/record.jsonl",
    }
    assert tree_of(tmp_path) == {
        "archives/FVC1.tar": path.read_bytes(),
        "root/FVC1/a.mp4": b"1",
        "root/FVC1/copy.mp4": b"1",
        "root/FVC1/l/evil.mp4": b"1",
    }
    again = set_up(path.parent, tmp_path / "root")
    assert again.n_written == 0
    assert reasons(again) == reasons(report)


def test_special_modes_are_not_taken_over(tmp_path):
    with tarfile.open(tmp_path / "FVC1.tar", "w") as archive:
        info = tar_info("FVC1/a.mp4", 1)
        info.mode = 0o6777
        archive.addfile(info, io.BytesIO(b"1"))
    set_up(tmp_path / "FVC1.tar", tmp_path / "root")
    assert (tmp_path / "root/FVC1/a.mp4").stat().st_mode & 0o7111 == 0


def test_a_damaged_archive_or_member_does_not_stop_the_others(archives, tmp_path):
    (archives / "FVC3.zip").write_bytes((archives / "FVC3.zip").read_bytes()[:-30])
    write_zip(archives / "FVC1.zip", {"FVC1/a.mp4": b"a" * 99, "FVC1/b.mp4": b"b"}, method=0)
    damage(archives / "FVC1.zip", at=(archives / "FVC1.zip").read_bytes().index(b"aaaa"))
    report = set_up(archives, tmp_path / "root")
    assert set(reasons(report)) == {str(archives / "FVC3.zip"), "FVC1/a.mp4"}
    assert reasons(report)[str(archives / "FVC3.zip")].startswith("is damaged or cut short")
    assert set(tree_of(tmp_path / "root")) == {"FVC.csv", "FVC1/b.mp4", "videos/fvc2/a.mp4"}
    write_zip(archives / "FVC1.zip", {"FVC1/a.mp4": b"a" * 99, "FVC1/b.mp4": b"b"}, method=0)
    write_zip(archives / "FVC3.zip", {"a.mp4": b"a3"})
    assert set_up(archives, tmp_path / "root").problems == ()


def test_what_makes_unzip_cry_bomb_is_unpacked_within_the_limits(tmp_path):
    path = write_zip(tmp_path / "FVC1.zip", {"FVC1/a.mp4": bytes(20 << 20)})
    assert (20 << 20) / path.stat().st_size > 900
    report = set_up(path, tmp_path / "root")
    assert report.problems == ()
    assert (tmp_path / "root/FVC1/a.mp4").stat().st_size == 20 << 20


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        ({"max_total_bytes": (2 << 20) - 1}, "archives.max_total_bytes"),
        ({"max_ratio": 500}, "archives.max_ratio"),
        ({"max_files": 1}, "archives.max_files"),
    ],
)
def test_beyond_a_limit_nothing_is_written_and_the_setting_is_named(limits, setting, tmp_path):
    path = write_zip(tmp_path / "FVC1.zip", {"a.mp4": bytes(2 << 20), "b.mp4": b""})
    config = ArchiveConfig(keep_free_bytes=0, **limits)
    report = set_up(path, tmp_path / "root", config=config)
    (problem,) = report.problems
    assert problem.where == str(path)
    assert problem.reason.endswith(f"if that is right, raise {setting}")
    assert tree_of(tmp_path / "root") == {}


def test_a_disk_too_small_is_said_in_numbers_before_anything_is_written(archives, tmp_path):
    config = ArchiveConfig(keep_free_bytes=1 << 60)
    with pytest.raises(DataError, match=r"needs 2\.0 KiB, and the disk has .* free, of which arch"):
        set_up(archives, tmp_path / "root", config=config)
    assert tree_of(tmp_path / "root") == {}


def test_a_disk_that_fills_up_stops_everything_and_the_next_set_up_goes_on(
    archives, tmp_path, monkeypatch
):
    root = tmp_path / "root"
    synced = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device; mend that and run the same"):
        set_up(archives, root)
    assert len(tree_of(root)) == 2
    assert list((root / ".aura-setup/partial").iterdir()) == []
    report = set_up(archives, root)
    assert report.n_written == len(TREE) - 2
    assert tree_of(root) == TREE


def test_archives_inside_archives_are_unpacked_one_level_deep(tmp_path):
    deepest = write_zip(tmp_path / "deepest.zip", {"x.mp4": b"x"})
    inner = write_zip(tmp_path / "inner.zip", {"a.mp4": b"1", "deep.zip": deepest.read_bytes()})
    evil = write_zip(tmp_path / "evil.zip", {"../a.mp4": b"1"})
    outer = write_zip(
        tmp_path / "archives/FVC.zip",
        {
            "all/FVC1.zip": inner.read_bytes(),
            "all/evil.zip": evil.read_bytes(),
            "broken.tar.gz": b"\x1f\x8b\x08",
            "readme.txt": b"r",
        },
    )
    root = tmp_path / "root"
    report = set_up(outer.parent, root)
    tree = {"readme.txt": b"r", "all/FVC1/a.mp4": b"1", "all/FVC1/deep.zip": deepest.read_bytes()}
    assert tree_of(root) == tree
    assert set(reasons(report)) == {f"{outer}!all/evil.zip!../a.mp4", f"{outer}!broken.tar.gz"}
    assert [s.folder for s in report.tree.subsets] == ["all/FVC1"]
    assert list((root / ".aura-setup/nested").iterdir()) == []
    (root / "all/FVC1/a.mp4").unlink()
    assert set_up(outer.parent, root).n_written == 1
    assert tree_of(root) == tree


def test_one_name_in_two_archives(tmp_path):
    folder = tmp_path / "archives"
    write_zip(folder / "one.zip", {"FVC1/a.mp4": b"1", "FVC1/b.mp4": b"2"})
    write_tar(folder / "two.tar", {"FVC1/a.mp4": b"1", "FVC1/b.mp4": b"3"})
    for _ in range(2):
        report = set_up(folder, tmp_path / "root")
        assert list(reasons(report)) == ["FVC1/b.mp4"]
        assert f"another content comes from {folder / 'one.zip'}" in reasons(report)["FVC1/b.mp4"]
    assert tree_of(tmp_path / "root") == {"FVC1/a.mp4": b"1", "FVC1/b.mp4": b"2"}


def test_archives_may_lie_in_the_root(tmp_path):
    inner = write_zip(tmp_path / "x.zip", {"deep.zip": b"PK"})
    write_zip(tmp_path / "root/FVC1.zip", {"a.mp4": b"1", "in.zip": inner.read_bytes()})
    for _ in range(2):
        report = set_up(tmp_path / "root", tmp_path / "root")
        assert report.problems == ()
        assert report.archives == (str(tmp_path / "root/FVC1.zip"),)


def test_places_without_archives_are_explained(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        set_up(tmp_path / "absent", tmp_path / "root")
    (tmp_path / "FVC1.rar").touch()
    with pytest.raises(DataError, match=r"expected FVC1\.zip.*FVC1\.rar is of a kind"):
        set_up(tmp_path, tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_two_at_once_are_refused(archives, tmp_path):
    root = tmp_path / "root"
    with Record(root, data_set="fvc"), pytest.raises(UsageError, match="another set-up"):
        set_up(archives, root)
