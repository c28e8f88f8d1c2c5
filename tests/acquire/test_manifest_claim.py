import gc

import pytest
from archive_files import tree_of, write_zip

from aura.acquire import (
    ArchiveConfig,
    manifest_claimed,
    manifest_obstacle,
    set_up_fvc,
    tear_down_fvc,
)
from aura.errors import UsageError


@pytest.fixture
def root(tmp_path):
    """A finished set-up without a manifest."""
    path = write_zip(tmp_path / "FVC1.zip", {"a.mp4": b"a"})
    set_up_fvc(path, tmp_path / "root", config=ArchiveConfig(keep_free_bytes=0))
    return tmp_path / "root"


def write_manifest(root, content=b"table"):
    with manifest_claimed(root) as path:
        (root / ".videos.scan").mkdir(exist_ok=True)
        (root / ".videos.scan/journal").write_bytes(b"j")
        path.with_suffix(".failures.parquet").write_bytes(b"f")
        path.write_bytes(content)


def test_the_manifest_goes_with_the_rest(root):
    write_manifest(root)
    write_manifest(root, b"written anew")
    assert manifest_obstacle(root) is None
    tear_down_fvc(root)
    assert not root.exists()


def test_a_manifest_that_was_there_before_is_an_obstacle(root):
    (root / "videos.parquet").write_bytes(b"mine")
    assert "was there before set-up, and is kept" in (manifest_obstacle(root) or "")
    tear_down_fvc(root)
    assert tree_of(root) == {"videos.parquet": b"mine"}


def test_a_manifest_changed_since_is_an_obstacle_and_stays(root):
    write_manifest(root)
    (root / "videos.parquet").write_bytes(b"split anew")
    assert "has been changed since set-up wrote it" in (manifest_obstacle(root) or "")
    report = tear_down_fvc(root)
    assert [kept.where for kept in report.kept] == ["videos.parquet"]
    assert tree_of(root) == {"videos.parquet": b"split anew"}


def test_what_a_killed_scan_leaves_goes(root):
    claimed = manifest_claimed(root)  # never left: the process is gone before it could be
    path = claimed.__enter__()
    (root / ".videos.scan").mkdir()
    (root / ".videos.123.partial.parquet").write_bytes(b"half")
    path.with_suffix(".left_out.parquet").write_bytes(b"l")
    del claimed
    gc.collect()
    tear_down_fvc(root)
    assert not root.exists()


def test_a_scan_folder_of_the_users_stays(root):
    (root / ".videos.scan").mkdir()
    write_manifest(root)
    tear_down_fvc(root)
    assert tree_of(root) == {".videos.scan/journal": b"j"}


def test_nobody_takes_down_what_is_being_written(root):
    with manifest_claimed(root), pytest.raises(UsageError, match="at work here"):
        tear_down_fvc(root)
