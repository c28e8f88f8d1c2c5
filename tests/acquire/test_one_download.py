import os
import sys

import pytest

from aura.acquire.one_download import only_download
from aura.errors import DownloadError, UsageError


def test_a_root_is_made_and_nothing_stays_of_the_lock(tmp_path):
    with only_download(tmp_path / "new" / "root"):
        assert (tmp_path / "new" / "root").is_dir()
    assert list((tmp_path / "new" / "root").iterdir()) == []


def test_what_a_later_download_goes_on_with_is_kept(tmp_path):
    with only_download(tmp_path):
        (tmp_path / ".aura-download" / "half").write_bytes(b"x")
    assert [path.name for path in (tmp_path / ".aura-download").iterdir()] == ["half"]


def test_the_second_is_told_and_the_first_stays_alone(tmp_path):
    with only_download(tmp_path):
        for _ in range(2):
            with (
                pytest.raises(UsageError, match="another download into it is running"),
                only_download(tmp_path),
            ):
                pass


def test_a_download_that_failed_frees_the_root(tmp_path):
    with pytest.raises(RuntimeError), only_download(tmp_path):
        raise RuntimeError
    with only_download(tmp_path):
        pass


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom folders can refuse"
)
def test_a_root_that_cannot_be_written_to_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match="cannot be written to"), only_download(tmp_path):
        pass


def test_a_file_in_the_place_of_the_root_is_named(tmp_path):
    (tmp_path / "root").write_text("a file")
    with (
        pytest.raises(DownloadError, match="root: cannot be written to"),
        only_download(tmp_path / "root"),
    ):
        pass
