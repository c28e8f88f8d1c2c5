from pathlib import Path

import polars as pl
import pytest

from aura.datasets import DataConfig, list_table
from aura.errors import DataError, TableError

CONFIG = DataConfig()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.mp4", "c d.mp4"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_words_and_numbers_are_labels_and_columns_are_kept(folder):
    table = write(folder, "path,label,group_id,platform,note\na.mp4,Fake,g,web,x\nb.mp4,0,,tv,\n")
    fake, real = list_table(table, CONFIG).videos
    assert (fake.label, fake.group_id, fake.extras["platform"]) == (1, "g", "web")
    assert (real.label, real.group_id, real.extras["note"]) == (0, None, None)
    assert fake.path == folder / "a.mp4"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_marks_and_line_ends_of_other_systems_do_no_harm(folder, encoding, newline):
    text = newline.join(["path,label", "a.mp4,real", '"c d.mp4",fake', ""])
    assert [v.label for v in list_table(write(folder, text, encoding=encoding), CONFIG).videos] == [
        0,
        1,
    ]


def test_parquet_gives_the_same_as_csv(folder):
    text = "path,label\na.mp4,1\nb.mp4,0\n"
    from_csv = list_table(write(folder, text), CONFIG)
    pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": [1, 0]}).write_parquet(folder / "t.parquet")
    assert list_table(folder / "t.parquet", CONFIG).videos == from_csv.videos


def test_columns_of_other_names_are_set(folder):
    table = write(folder, "file,truth,scene\na.mp4,real,s\nb.mp4,fake,s\n")
    config = DataConfig(path_column="file", label_column="truth", group_column="scene")
    assert [v.group_id for v in list_table(table, config).videos] == ["s", "s"]


def test_a_missing_file_is_a_failure_with_its_row(folder):
    table = write(folder, "path,label\na.mp4,real\ngone.mp4,fake\nb.mp4,fake\n")
    listing = list_table(table, CONFIG)
    assert len(listing.videos) == 2
    (failure,) = listing.failures
    assert failure.reason == "row 3: the file does not exist"


def test_a_file_listed_twice_is_used_once_and_reported(folder):
    table = write(folder, "path,label\na.mp4,real\nb.mp4,fake\n./a.mp4,real\n")
    listing = list_table(table, CONFIG)
    assert len(listing.videos) == 2
    assert "row 4 repeats the file of row 2" in listing.failures[0].reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.mp4,real\n", "no column 'path'.*data.path_column"),
        ("path,truth\na.mp4,real\n", "no column 'label'.*data.label_column"),
        ("path,label\n", "no rows"),
        ("path,label\na.mp4,maybe\n", "row 2 has the label 'maybe'.*data.real_words"),
        ("path,label\na.mp4,\n", "row 2 has the label None"),
        ("path,label\n,real\n", "row 2 has no path"),
        ("path,label\na.mp4,real\na.mp4,fake\n", "rows 2 and 3 give .* different labels"),
        ("path,label\na.mp4,real\nb.mp4,real\n", "all 2 videos are real"),
        ("path,label\ngone.mp4,real\n", "no usable video.*does not exist"),
        ("path,label,video_id\na.mp4,real,../x\n", "becomes a file name"),
    ],
)
def test_a_table_that_cannot_be_used_says_what_is_wrong(folder, text, message):
    with pytest.raises(DataError, match=message):
        list_table(write(folder, text), CONFIG)


def test_what_is_no_csv_is_refused(folder):
    with pytest.raises(TableError, match="cannot be read as CSV"):
        list_table(write(folder, ""), CONFIG)
