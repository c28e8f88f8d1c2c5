import os
from pathlib import Path

import pytest
from archive_files import tree_of, write_zip

from aura.acquire import ArchiveConfig, plan_teardown, set_up_fvc, tear_down_fvc
from aura.errors import DataError

LIMITS = ArchiveConfig(keep_free_bytes=0)


@pytest.fixture
def archives(tmp_path) -> Path:
    folder = tmp_path / "archives"
    write_zip(folder / "FVC1.zip", {"FVC1/a.mp4": b"a1" * 999, "FVC1/deep/b.mp4": b"b1"})
    write_zip(folder / "FVC2.zip", {"a.mp4": b"a2"})
    return folder


@pytest.fixture
def root(archives, tmp_path) -> Path:
    """A finished set-up."""
    set_up_fvc(archives, tmp_path / "root", config=LIMITS)
    return tmp_path / "root"


def test_all_that_set_up_made_goes_and_the_archives_stay(root, archives):
    before = tree_of(archives)
    plan = plan_teardown(root)
    assert (len(plan.files), plan.n_bytes, plan.kept) == (3, 2002, ())
    report = tear_down_fvc(root)
    assert (report.n_removed, report.n_bytes, report.problems) == (3, 2002, ())
    assert not root.exists()
    assert tree_of(archives) == before


def test_planning_removes_nothing(root):
    before = tree_of(root)
    plan_teardown(root)
    assert tree_of(root) == before


def test_what_the_user_added_or_changed_stays(root):
    (root / "FVC1/mine.mp4").write_bytes(b"mine")
    (root / "FVC1/deep/b.mp4").write_bytes(b"B1")  # as long as before
    (root / "FVC1/empty").mkdir()
    report = tear_down_fvc(root)
    assert tree_of(root) == {"FVC1/mine.mp4": b"mine", "FVC1/deep/b.mp4": b"B1"}
    assert [(kept.where, kept.reason) for kept in report.kept] == [
        ("FVC1/deep/b.mp4", "has been changed since set-up made it")
    ]
    assert (root / "FVC1/empty").is_dir()
    assert not (root / "FVC2").exists()
    assert not (root / ".aura-setup").exists()


def test_a_file_that_was_only_touched_goes(root):
    os.utime(root / "FVC1/a.mp4")
    assert tear_down_fvc(root).kept == ()
    assert not root.exists()


def test_a_root_that_was_there_before_stays(archives, tmp_path):
    (tmp_path / "root").mkdir()
    set_up_fvc(archives, tmp_path / "root", config=LIMITS)
    tear_down_fvc(tmp_path / "root")
    assert list((tmp_path / "root").iterdir()) == []


def test_what_was_found_in_place_stays(archives, tmp_path):
    root = tmp_path / "root"
    (root / "FVC1").mkdir(parents=True)
    (root / "FVC1/a.mp4").write_bytes(b"a1" * 999)
    set_up_fvc(archives, root, config=LIMITS)
    report = tear_down_fvc(root)
    assert (report.n_removed, report.n_found) == (2, 1)
    assert tree_of(root) == {"FVC1/a.mp4": b"a1" * 999}


def test_archives_stay_even_in_the_root_and_even_when_set_up_made_them(tmp_path):
    deep = write_zip(tmp_path / "deep.zip", {"FVC1/x.mp4": b"x"})
    inner = write_zip(tmp_path / "inner.zip", {"deep.zip": deep.read_bytes()})
    outer = write_zip(tmp_path / "root/FVC1.zip", {"inner.zip": inner.read_bytes()})
    root = outer.parent
    set_up_fvc(outer, root, config=LIMITS)
    assert (root / "FVC1/deep.zip").exists()
    set_up_fvc(root / "FVC1/deep.zip", tmp_path / "other", config=LIMITS)
    # One that set-up made and was then itself given as an archive of this root:
    set_up_fvc(deep, root, config=LIMITS)
    tear_down_fvc(root)
    assert tree_of(root) == {"FVC1.zip": outer.read_bytes()}


def test_nothing_is_removed_through_links(root, tmp_path):
    outside = tmp_path / "outside"
    (root / "FVC1").rename(outside)
    (root / "FVC1").symlink_to(outside)
    (root / "FVC2/a.mp4").rename(tmp_path / "a.mp4")
    (root / "FVC2/a.mp4").symlink_to(tmp_path / "a.mp4")
    report = tear_down_fvc(root)
    assert {kept.where for kept in report.kept} == {"FVC1/a.mp4", "FVC1/deep/b.mp4", "FVC2/a.mp4"}
    assert len(tree_of(outside)) == 2
    assert (tmp_path / "a.mp4").read_bytes() == b"a2"


def test_what_cannot_be_removed_is_listed_and_tried_again(root, monkeypatch):
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "b.mp4":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    report = tear_down_fvc(root)
    assert [(p.where, p.reason) for p in report.problems] == [
        ("FVC1/deep/b.mp4", "cannot be removed: Permission denied")
    ]
    assert list(tree_of(root)) == ["FVC1/deep/b.mp4"]
    monkeypatch.undo()
    assert tear_down_fvc(root).problems == ()
    assert not root.exists()


@pytest.mark.parametrize("made", [True, False])
def test_without_a_set_up_there_is_nothing_to_take_down(made, tmp_path):
    if made:
        (tmp_path / "root").mkdir()
    with pytest.raises(DataError, match="nothing to take down: no set-up has left its record"):
        tear_down_fvc(tmp_path / "root")
    assert (tmp_path / "root").exists() == made


def test_a_record_that_points_elsewhere_removes_nothing(root, tmp_path):
    (tmp_path / "victim").write_bytes(b"v")
    record = root / ".aura-setup/record.jsonl"
    lines = record.read_text()
    record.write_text(lines.replace("FVC2/a.mp4", "../victim"))
    with pytest.raises(DataError, match=r"line \d+ is not what set-up writes"):
        tear_down_fvc(root)
    assert (tmp_path / "victim").exists()
    record.write_text(lines)
    assert tear_down_fvc(root).problems == ()
