import pytest

from aura.atomic import atomic_path, write_text


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "f.txt"
    write_text(path, "old")

    def interrupted() -> None:
        with atomic_path(path) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folders_are_made(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "x")
    assert (tmp_path / "a" / "b.txt").read_text() == "x"


def test_lines_keep_their_ends(tmp_path):
    write_text(tmp_path / "f", "a\nb\r\n")
    assert (tmp_path / "f").read_bytes() == b"a\nb\r\n"


def test_equal_content_leaves_the_file_untouched(tmp_path):
    path = tmp_path / "f"
    write_text(path, "same")
    before = path.stat().st_mtime_ns
    write_text(path, "same")
    assert path.stat().st_mtime_ns == before
    write_text(path, "more")
    assert path.read_text() == "more"
