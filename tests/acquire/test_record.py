import json
import os

import pytest

from aura.acquire.record import UNSEALED, KnownArchive, KnownFile, Record, State, known_file
from aura.errors import DataError, UsageError


@pytest.fixture
def root(tmp_path):
    """A folder with one file."""
    (tmp_path / "a.mp4").write_bytes(b"content")
    return tmp_path


def test_what_is_added_is_there_again(root):
    file = known_file(root / "a.mp4", root=root, archive="k")
    archive = KnownArchive("k", "/x/FVC1.zip", complete=False)
    with Record(root, data_set="fvc") as record:
        record.add_file(file)
        record.add_folder("b/c")
        record.add_workplace(".w")
        record.add_archive(archive)
        record.add_archive(KnownArchive("k", "/x/FVC1.zip", complete=True))
    with Record(root, data_set="fvc") as record:
        assert record.files == {"a.mp4": file}
        assert list(record.folders) == ["b/c"]
        assert list(record.workplaces) == [".w"]
        assert record.archives["k"].complete
        assert not record.made_root


def test_a_torn_line_never_was(root):
    with Record(root, data_set="fvc") as record:
        record.add_folder("one")
        path = record.path
    whole = path.read_bytes()
    for n_bytes in range(1, 30):
        path.write_bytes(whole + b'{"kind": "folder", "path": "two"}'[:n_bytes])
        with Record(root, data_set="fvc") as record:
            assert list(record.folders) == ["one"]
            record.add_folder("three")
        assert json.loads(path.read_bytes().splitlines()[-1])["path"] == "three"


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "folder", "path": "../x"}',
        '{"kind": "folder", "path": "/x"}',
        '{"kind": "file", "path": "x"}',
        '{"kind": "poem"}',
        '{"kind": "setup", "version": 9, "data_set": "fvc", "made_root": true}',
        '{"kind": "setup", "version": 1, "data_set": "dfd", "made_root": true}',
        "[]",
        "words",
    ],
)
def test_a_foreign_line_is_refused_by_its_number(line, root):
    with Record(root, data_set="fvc") as record:
        path = record.path
    path.write_text(path.read_text() + line + "\n")
    with (
        pytest.raises(DataError, match=r"record\.jsonl: line 2 is not what set-up writes"),
        Record(root, data_set="fvc"),
    ):
        pass


def test_how_a_file_stands(root):
    with Record(root, data_set="fvc") as record:
        path = root / "a.mp4"
        file = known_file(path, root=root)
        assert record.state(file) is State.INTACT
        os.utime(path)
        assert record.state(file) is State.INTACT
        path.write_bytes(b"CONTENT")
        assert record.state(file) is State.CHANGED
        path.write_bytes(b"longer than that")
        assert record.state(file) is State.CHANGED
        path.unlink()
        assert record.state(file) is State.MISSING
        path.mkdir()
        assert record.state(file) is State.CHANGED
        claimed = KnownFile("b.parquet", n_bytes=UNSEALED, crc32=0, mtime_ns=0)
        assert record.state(claimed) is State.MISSING
        (root / "b.parquet").write_bytes(b"any")
        assert record.state(claimed) is State.INTACT
        below_a_file = KnownFile("b.parquet/x", n_bytes=1, crc32=0, mtime_ns=0)
        assert record.state(below_a_file) is State.MISSING


def test_one_process_at_a_time(root):
    with (
        Record(root, data_set="fvc"),
        pytest.raises(UsageError, match="another set-up or tear-down is at work"),
        Record(root, data_set="fvc"),
    ):
        pass
    with Record(root, data_set="fvc"):
        pass


def test_a_place_that_cannot_be_written_to_is_said(root):
    with (
        pytest.raises(DataError, match=r"a\.mp4: cannot be written to: Not a directory"),
        Record(root / "a.mp4", data_set="fvc"),
    ):
        pass
