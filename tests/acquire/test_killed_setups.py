"""Set-ups and tear-downs that are killed at every change they make to the disk."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from archive_files import tree_of, write_tar, write_zip

from aura.acquire import ArchiveConfig, set_up_fvc, tear_down_fvc
from aura.errors import DataError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

TREE = {"FVC1/a.mp4": b"a1" * 999, "FVC1/b.mp4": b"b1", "FVC2/d/a.mp4": b"a2", "FVC3/i.mp4": b"i"}


@pytest.fixture
def archives(tmp_path) -> Path:
    """A zip, a tar, and a zip in a zip."""
    folder = tmp_path / "archives"
    write_zip(folder / "FVC1.zip", {name: TREE[name] for name in TREE if "FVC1" in name})
    write_tar(folder / "FVC2.tar.gz", {"d/a.mp4": b"a2"}, mode="w:gz")
    inner = write_zip(tmp_path / "inner.zip", {"i.mp4": b"i"})
    write_zip(folder / "inner.zip", {"FVC3/inner.zip": inner.read_bytes()})
    return folder


def killed(work: str, archives: Path, folder: Path) -> list[Path]:
    """Return the roots of what was killed, one for each moment."""
    folder.mkdir()
    program = Path(__file__).with_name("killed_setups.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, work, archives, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [folder / str(moment) for moment in range(1, int(done.stdout) + 1)]


def test_a_set_up_killed_at_any_moment_goes_on(archives, tmp_path):
    roots = killed("setup", archives, tmp_path / "roots")
    assert len(roots) > 25
    for root in roots:
        assert tree_of(root).items() <= TREE.items()  # whole files only
        report = set_up_fvc(archives, root, config=ArchiveConfig(keep_free_bytes=0))
        assert (report.problems, tree_of(root)) == ((), TREE)
        assert tear_down_fvc(root).kept == ()
        assert not root.exists() or list(root.iterdir()) == []


def test_a_tear_down_killed_at_any_moment_goes_on(archives, tmp_path):
    roots = killed("teardown", archives, tmp_path / "roots")
    assert len(roots) > 8
    for root in roots:
        # Killed when all but the last crumbs were gone, there is no record to go by.
        with suppress(DataError):
            report = tear_down_fvc(root)
            assert report.problems == report.kept == ()
        assert not root.exists() or list(root.iterdir()) == []
    assert len(tree_of(archives)) == 3
