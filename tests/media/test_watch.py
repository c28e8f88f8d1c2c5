import io
from pathlib import Path

import pytest

from aura.errors import LimitError
from aura.media.limits import Deadline, MediaLimits
from aura.media.watch import WatchedFile


class Failing(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, n_bytes: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def deadline(**limits: float) -> Deadline:
    return Deadline(Path("x.mp4"), limits=MediaLimits.model_validate(limits))


def test_a_watched_file_reads_like_any_other() -> None:
    file = WatchedFile(io.BytesIO(b"0123456789"), deadline())
    assert file.read(4) == b"0123"
    assert file.seek(2) == file.tell() == 2
    assert file.read() == b"23456789"
    assert file.read(4) == b""


def test_reading_without_a_packet_ends_at_the_limit_and_goes_on_after_one() -> None:
    watch = deadline(max_gap_bytes=8)
    file = WatchedFile(io.BytesIO(bytes(100)), watch)
    file.read(8)
    watch.check()
    file.read(8)
    with pytest.raises(LimitError, match="max_gap_bytes"):
        file.read(1)


def test_reading_ends_when_the_time_is_over_and_goes_on_in_the_next_call(monkeypatch) -> None:
    now = iter([0.0, 1.0, 11.0, 12.0, 20.0, 21.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    watch = deadline(max_call_s=10.0)
    file = WatchedFile(io.BytesIO(b"abc"), watch)
    assert file.read(1) == b"a"
    with pytest.raises(LimitError, match="max_call_s"):
        file.read(1)
    assert file.read(1) == b""
    watch.restart()
    file.seek(1)
    assert file.read(1) == b"b"


def test_a_failing_disk_raises_once_so_that_nothing_is_printed_for_the_second_time() -> None:
    file = WatchedFile(Failing(), deadline())
    with pytest.raises(OSError, match="Input/output"):
        file.read(1)
    assert file.read(1) == b""
