import json
import os
from pathlib import Path

import polars as pl
import pytest

from aura.datasets import DataConfig, list_table, list_videos
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


def test_missing_files_are_left_out_and_counted_with_their_rows(folder):
    table = write(folder, "path,label\na.mp4,real\ngone.mp4,fake\nb.mp4,fake\n../x.mp4,real\n")
    listing = list_table(table, CONFIG)
    assert [video.path.name for video in listing.videos] == ["a.mp4", "b.mp4"]
    assert listing.failures == ()
    assert [(row.what, row.kind, row.detail) for row in listing.left_out] == [
        ("gone.mp4", "missing file", "row 3"),
        ("../x.mp4", "missing file", "row 5"),
    ]
    assert "left out and listed: 2, first gone.mp4 in row 3" in listing.notes[0]


def test_a_link_that_leads_nowhere_is_a_failure_as_the_file_is_there(folder):
    (folder / "link.mp4").symlink_to(folder / "gone.mp4")
    table = write(folder, "path,label\na.mp4,real\nb.mp4,fake\nlink.mp4,fake\n")
    assert [f.reason for f in list_table(table, CONFIG).failures] == [
        "row 4: the link leads nowhere"
    ]


def test_rows_of_a_missing_file_must_agree_too(folder):
    table = write(folder, "path,label\na.mp4,0\nb.mp4,1\ngone.mp4,0\ngone.mp4,1\n")
    with pytest.raises(DataError, match=r"rows 4 and 5 give .*gone\.mp4 different labels"):
        list_table(table, CONFIG)


def test_a_file_listed_twice_is_used_once_and_reported(folder):
    table = write(folder, "path,label\na.mp4,real\nb.mp4,fake\n./a.mp4,real\n")
    listing = list_table(table, CONFIG)
    assert len(listing.videos) == 2
    assert "row 4 repeats the file of row 2" in listing.failures[0].reason


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_may_be_separated_as_spreadsheets_do_elsewhere(folder, mark):
    table = write(folder, f"path{mark}label\na.mp4{mark}real\nb.mp4{mark}fake\n")
    assert [video.label for video in list_table(table, CONFIG).videos] == [0, 1]


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".ndjson"])
@pytest.mark.parametrize("lines", [False, True])
def test_json_gives_the_same_as_csv(folder, ending, lines):
    rows = [{"path": "a.mp4", "label": 1, "note": "x"}, {"path": "b.mp4", "label": "real"}]
    table = folder / f"t{ending}"
    texts = [json.dumps(row) for row in rows]
    table.write_text("\n".join(texts) if lines else f"[{', '.join(texts)}]")
    from_csv = list_table(write(folder, "path,label,note\na.mp4,1,x\nb.mp4,real,\n"), CONFIG)
    assert list_videos(table, CONFIG).videos == from_csv.videos


def test_words_to_ignore_are_left_out_and_counted(folder):
    rows = "a.mp4,real\nb.mp4,fake\nc d.mp4,Parody\nx.mp4,uncertain\ny.mp4,uncertain\n"
    listing = list_table(write(folder, f"path,label\n{rows}"), CONFIG)
    assert len(listing.videos) == 2
    assert [(row.what, row.kind, row.detail) for row in listing.left_out][:2] == [
        ("c d.mp4", "neither real nor fake", "row 4: Parody"),
        ("x.mp4", "neither real nor fake", "row 5: uncertain"),
    ]
    assert "left out: 3 (2 uncertain, 1 parody)" in listing.notes[0]
    kept = list_table(folder / "t.csv", DataConfig(fake_words=("fake", "parody")))
    assert [video.label for video in kept.videos] == [0, 1, 1]


def test_a_table_of_ignored_words_alone_says_so(folder):
    with pytest.raises(DataError, match=r"no row is real or fake.*1 parody"):
        list_table(write(folder, "path,label\na.mp4,parody\n"), CONFIG)


def test_the_group_of_our_own_manifests_is_the_declared_one(folder):
    text = "path,label,group_id,declared_group\na.mp4,0,merged,one\nb.mp4,1,merged,\n"
    videos = list_table(write(folder, text), CONFIG).videos
    assert [video.group_id for video in videos] == ["one", None]
    assert [dict(video.extras) for video in videos] == [{"stored_group": "merged"}] * 2
    chosen = DataConfig(group_column="scene")
    text = "path,label,scene,declared_group\na.mp4,0,s,one\nb.mp4,1,s,\n"
    assert [v.group_id for v in list_table(write(folder, text), chosen).videos] == ["s", "s"]


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
        ("path,label\ngone.mp4,real\n", r"none of its files is there.*gone\.mp4 in row 2"),
        ("path,label\na.mp4,1\ngone.mp4,0\n", "all 1 videos that are there are fake.*gone"),
        ("file,truth\na.mp4,real\n", "'path' and no column 'label'.*path_column.*label_column"),
        ("path,label,video_id\na.mp4,real,../x\n", "becomes a file name"),
        ("path,label\na.mp4,0.5\n", "row 2 has the label '0.5'"),
        ("path,label\na.mp4,2.0\n", "row 2 has the label '2.0'"),
        ("path,label\na.mp4,nan\n", "row 2 has the label 'nan'"),
    ],
)
def test_a_table_that_cannot_be_used_says_what_is_wrong(folder, text, message):
    with pytest.raises(DataError, match=message):
        list_table(write(folder, text), CONFIG)


def test_what_is_no_csv_is_refused(folder):
    with pytest.raises(TableError, match="cannot be read as CSV"):
        list_table(write(folder, ""), CONFIG)


@pytest.mark.parametrize("paths", [("a.mp4", "b.mp4"), ("x.mp4", "y.mp4"), ("a.mp4", "y.mp4")])
def test_one_video_id_for_two_files_names_table_rows_and_id(folder, paths):
    rows = "".join(f"{path},{label},same\n" for path, label in zip(paths, (0, 1), strict=True))
    table = write(folder, f"path,label,video_id\n{rows}")
    with pytest.raises(DataError, match=r"t\.csv: rows 2 and 3 give the video_id 'same'"):
        list_table(table, CONFIG)


def test_video_ids_that_differ_by_case_alone_are_refused(folder):
    # Results are files of these names, which are one file on some systems.
    table = write(folder, "path,label,video_id\na.mp4,0,Clip\nb.mp4,1,clip\n")
    with pytest.raises(DataError, match=r"rows 2 and 3 .*'Clip' and 'clip', equal but for case"):
        list_table(table, CONFIG)


def test_one_video_id_for_one_file_listed_twice_is_a_repeated_row(folder):
    table = write(folder, "path,label,video_id\na.mp4,0,x\na.mp4,0,x\nb.mp4,1,y\n")
    listing = list_table(table, CONFIG)
    assert [video.video_id for video in listing.videos] == ["x", "y"]
    assert [failure.video_id for failure in listing.failures] == ["x.row3"]


@pytest.mark.parametrize(
    "header", ["path,path,label", "path, path,label", "path,label,x,x ", "path,label,label,x"]
)
def test_a_column_that_occurs_twice_is_named(folder, header):
    n_columns = header.count(",") + 1
    table = write(folder, f"{header}\n{','.join(['a.mp4'] * n_columns)}\n")
    with pytest.raises(TableError, match=r"the column '(path|x|label)' occurs twice"):
        list_table(table, CONFIG)


def test_columns_without_a_name_do_not_stop_a_table_and_are_noted(folder):
    listing = list_table(write(folder, ",path,label,\n0,a.mp4,1,\n1,b.mp4,0,\n"), CONFIG)
    assert all(not video.extras for video in listing.videos)
    assert "left out: one without a name, one without a name" in listing.notes[-1]


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}], [b"\xff", b"x"]])
def test_columns_of_lists_structs_or_bytes_are_left_out_by_name(folder, values):
    frame = pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": [1, 0], "boxes": values})
    frame.write_parquet(folder / "t.parquet")
    listing = list_table(folder / "t.parquet", CONFIG)
    assert all(not video.extras for video in listing.videos)
    assert "left out: boxes (" in listing.notes[-1]


@pytest.mark.parametrize("column", ["path", "label", "group_id", "dataset", "video_id"])
def test_a_needed_column_of_lists_is_refused_by_name(folder, column):
    frame = pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": [1, 0], column: [["a"], ["b"]]})
    frame.write_parquet(folder / "t.parquet")
    with pytest.raises(TableError, match=rf"the column '{column}' holds List\(String\)"):
        list_table(folder / "t.parquet", CONFIG)


@pytest.mark.parametrize("name", ["t.CSV", "t.Parquet", "t.ARROW"])
def test_suffixes_of_tables_may_be_upper_case(folder, name):
    frame = pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": ["fake", "real"]})
    writers = {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}
    writers[Path(name).suffix.lower()](folder / name)
    assert [video.label for video in list_videos(folder / name, CONFIG).videos] == [1, 0]


@pytest.mark.parametrize("name", ["t.txt", "t.parquet", "t.arrow"])
def test_what_is_no_table_is_refused(folder, name):
    (folder / name).write_bytes(b"path,label\n")
    with pytest.raises(TableError, match=r"a table ends in|cannot be read as (Parquet|Arrow)"):
        list_table(folder / name, CONFIG)


@pytest.mark.parametrize("labels", [("1.0", "0.0"), ("1.", "0"), ("True", "FALSE"), ("true", "0")])
def test_labels_as_other_programs_write_them_are_read(folder, labels):
    table = write(folder, f"path,label\na.mp4,{labels[0]}\nb.mp4,{labels[1]}\n")
    assert [video.label for video in list_table(table, CONFIG).videos] == [1, 0]


@pytest.mark.parametrize("labels", [[1.0, 0.0], [1, 0], [True, False]])
def test_label_columns_of_any_type_are_read_from_parquet(folder, labels):
    frame = pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": labels})
    frame.write_parquet(folder / "t.parquet")
    assert [video.label for video in list_table(folder / "t.parquet", CONFIG).videos] == [1, 0]


@pytest.mark.parametrize(("value", "shown"), [(None, "None"), (float("nan"), "'NaN'")])
def test_a_gap_among_number_labels_is_refused_with_its_row(folder, value, shown):
    frame = pl.DataFrame({"path": ["a.mp4", "b.mp4"], "label": [1.0, value]})
    frame.write_parquet(folder / "t.parquet")
    with pytest.raises(DataError, match=f"row 3 has the label {shown}"):
        list_table(folder / "t.parquet", CONFIG)


def test_true_and_false_say_what_they_are_taken_for_and_can_be_turned(folder):
    table = write(folder, "path,is_real,group_id\na.mp4,true,g\nb.mp4,false,h\n")
    plain = list_table(table, DataConfig(label_column="is_real"))
    assert [video.label for video in plain.videos] == [1, 0]
    assert "true means fake" in plain.notes[0]
    turned = list_table(
        table, DataConfig(label_column="is_real", real_words=("true",), fake_words=("false",))
    )
    assert [video.label for video in turned.videos] == [0, 1]
    assert turned.notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("path,label\na.mp4,0\nb.mp4,1\n", "the table has no column group_id: every file is its"),
        ("path,label,group_id\na.mp4,0,\nb.mp4,1,\n", "group_id is empty in 2 of 2 rows"),
        ("path,label,group_id\na.mp4,0,g\nb.mp4,1,\n", "group_id is empty in 1 of 2 rows"),
    ],
)
def test_a_table_without_groups_says_so(folder, text, note):
    assert note in list_table(write(folder, text), CONFIG).notes[0]


def test_a_table_with_groups_needs_no_note(folder):
    table = write(folder, "path,label,group_id\na.mp4,0,g\nb.mp4,1,g\n")
    assert list_table(table, CONFIG).notes == ()


def test_a_file_reached_twice_through_a_link_is_used_once_and_reported(folder):
    (folder / "link.mp4").symlink_to(folder / "a.mp4")
    table = write(folder, "path,label\na.mp4,real\nb.mp4,fake\nlink.mp4,real\n")
    listing = list_table(table, CONFIG)
    assert [video.path.name for video in listing.videos] == ["a.mp4", "b.mp4"]
    assert listing.failures[0].reason.startswith("row 4 repeats the file of row 2, reached through")
    table = write(folder, "path,label\na.mp4,real\nlink.mp4,fake\n")
    with pytest.raises(DataError, match=r"rows 2 and 3 give .* different labels"):
        list_table(table, CONFIG)


def test_a_folder_or_a_name_no_file_can_have_is_a_failure_with_its_row(folder):
    (folder / "sub").mkdir()
    table = write(folder, "path,label\na.mp4,real\nb.mp4,fake\nsub,fake\nx\0.mp4,fake\n")
    folder_row, zero_row = list_table(table, CONFIG).failures
    assert folder_row.reason == "row 4: it is not a file"
    assert zero_row.reason.startswith("row 5: the file cannot be reached")


def test_a_table_in_a_folder_whose_name_is_no_text_can_name_files_elsewhere(folder):
    home = Path(os.fsdecode(os.fsencode(folder) + b"/b\xff"))
    try:
        home.mkdir()
    except OSError:
        pytest.skip("this file system takes only names that are text")
    listing = list_table(
        write(home, f"path,label\n{folder}/a.mp4,0\n{folder}/b.mp4,1\nc.mp4,1\n"), CONFIG
    )
    assert {video.dataset for video in listing.videos} == {r"b\udcff"}
    assert "rename the folder" in listing.failures[0].reason
    with pytest.raises(DataError, match=r"b\\udcff.*no column 'path'"):
        list_table(write(home, "file,label\na.mp4,0\n"), CONFIG)
