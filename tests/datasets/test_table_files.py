import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.datasets.table_files import TextTable, read_text_table, read_unquoted_csv
from aura.errors import TableError


def read(folder: Path, content: str | bytes, *, name: str = "t.csv") -> TextTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_text_table(path)


def test_quoted_cells_hold_commas_newlines_and_quotes(tmp_path):
    table = read(tmp_path, 'path,label\r\n"a, ""b"".mp4","two\r\nlines"\r\nc.mp4,real\r\n')
    assert table.rows == [["a, \"b\".mp4", "two\r\nlines"], ["c.mp4", "real"]]  # fmt: skip
    assert table.numbers == [2, 3]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a,b\n1,2\n3,4\n", [2, 3]),
        ("\n\na,b\n1,2\n\n3,4\n", [4, 6]),
        ("a,b\n,\n1,2", [3]),
        ('a,b\n1,"x\ny\nz"\n3,4\n', [2, 3]),
        ("a,b\r1,2\r3,4\r", [2, 3]),
    ],
)
def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path, text, numbers):
    assert read(tmp_path, text).numbers == numbers


def test_a_short_row_has_empty_cells(tmp_path):
    assert read(tmp_path, "a,b,c\n1\n1,2,3,\n").rows == [["1", None, None], ["1", "2", "3"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n1,2,3\n", "row 3 has 3 cells, the header has 2"),
        ('a,b\n1,2\n"1,2\n3,4\n', "row 3: .*quote missing or not closed"),
        ('a,b\n"1"x,2\n', "row 2: .*quote"),
        ("a,a\n1,2\n", "the column 'a' occurs twice"),
        ("", "the file is empty"),
        ("\n\r\n", "the file is empty"),
        ("\ufeff", "the file is empty"),
        ("a,b\n1,2\n".encode("utf-16"), "it is written in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "it is written in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\nü,3\n".encode("latin-1"), "line 3 is not UTF-8"),
        (b"PK\x03\x04\xff\xfe", "line 1 is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_row(tmp_path, content, message):
    with pytest.raises(TableError, match=rf"t\.csv: cannot be read as CSV: {message}"):
        read(tmp_path, content)


def test_a_cell_beyond_all_measure_is_an_error_not_a_crash(tmp_path):
    with pytest.raises(TableError, match="row 2: field larger than field limit"):
        read(tmp_path, f"a,b\n{'x' * 200_000},2\n")


def test_a_file_that_is_not_there_or_a_folder_is_a_table_error(tmp_path):
    (tmp_path / "t.json").mkdir()
    for name in ("t.csv", "t.json", "t.parquet"):
        with pytest.raises(TableError, match="cannot be read as"):
            read_text_table(tmp_path / name)


def test_tabs_separate_a_tsv_whatever_its_header(tmp_path):
    assert read(tmp_path, "a, b\tc\n1\t2\n", name="t.tsv").columns == ("a, b", "c")


def test_commas_without_quotes_can_be_cut_off_on_demand(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2,3,4\n")
    assert read_unquoted_csv(tmp_path / "t.csv").rows == [["1", "2"]]
    with pytest.raises(TableError, match="cannot be read as CSV"):
        read_unquoted_csv(tmp_path / "gone.csv")


def test_json_values_are_text_as_they_are_written(tmp_path):
    text = '[{"id": 12345678901234567890, "x": 1.50, "y": true, "z": null, "w": "", "v": NaN}]'
    table = read(tmp_path, text, name="t.json")
    assert dict(zip(table.columns, table.rows[0], strict=True)) == {
        **{"id": "12345678901234567890", "x": "1.50", "y": "true", "z": None, "w": None},
        "v": "NaN",
    }


def test_json_objects_may_lack_names_and_come_in_any_order(tmp_path):
    table = read(tmp_path, '[{"a": 1}, {"b": 2, "a": 3}]', name="t.json")
    assert (table.columns, table.rows) == (("a", "b"), [["1", None], ["3", "2"]])


def test_rows_of_json_lines_are_numbered_by_their_lines(tmp_path):
    text = '\ufeff{"a": "x\u2028y"}\r\n\r\n{"a": 2}\r\n'
    table = read(tmp_path, text, name="t.jsonl")
    assert (table.numbers, table.rows) == ([1, 3], [["x\u2028y"], ["2"]])
    assert read(tmp_path, '{"a": 1}', name="t.jsonl").rows == [["1"]]


def test_lists_and_objects_are_left_out_by_name(tmp_path):
    table = read(tmp_path, '[{"a": 1, "boxes": [1, 2]}, {"a": 2, "o": {}}]', name="t.json")
    assert table.columns == ("a",)
    assert "boxes (lists or objects), o (lists or objects)" in table.dropped_note()[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[", "Expecting value"),
        ('{"a": [1], "b": [2],\n"c": 3}', "found an object, expected a list of objects"),
        ("3", "found a single value"),
        ("[1, 2]", "entry 1 is no object"),
        ('{"a": 1}\n{"a": \n', "line 2 is no JSON object"),
        ('{"a": 1}\n[2]\n', "line 2 is no object"),
        ('[{"a": 1, "a": 2}]', "the column 'a' occurs twice"),
        ('[{"a": 1, " a": 2}]', "differ by the space around them"),
        ("[" * 100_000, "nested too deeply"),
        ("a,b\n1,2\n", "Expecting value"),
    ],
)
def test_what_is_wrong_with_json_is_said(tmp_path, text, message):
    with pytest.raises(TableError, match=rf"t\.json: cannot be read as JSON.*{message}"):
        read(tmp_path, text, name="t.json")


def test_half_characters_in_json_do_not_reach_a_table(tmp_path):
    table = read(tmp_path, r'[{"a": "x\ud800"}]', name="t.json")
    assert pl.DataFrame({"a": table.rows[0]}).item() == r"x\ud800"


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=8)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_every_format_gives_the_same_cells(rows, tmp_path_factory):
    rows = [(f"x{one}", two) for one, two in rows]
    folder = tmp_path_factory.mktemp("formats")
    frame = pl.DataFrame(rows, schema=["a", "b"], orient="row")
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    frame.write_ipc(folder / "t.arrow")
    records = [{"a": one, "b": two} for one, two in rows]
    (folder / "t.json").write_text(json.dumps(records))
    (folder / "t.jsonl").write_text("\n".join(map(json.dumps, records)))
    expected = [[one, two or None] for one, two in rows]
    for name in ("t.csv", "t.parquet", "t.arrow", "t.json", "t.jsonl"):
        cells = [[cell or None for cell in row] for row in read_text_table(folder / name).rows]
        assert cells == expected, name
