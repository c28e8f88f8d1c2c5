import dataclasses

import polars as pl
import pytest

from aura.errors import TableError
from aura.tables import FAILURES, PREDICTIONS, Failure, Prediction, TableOf, read_frame, write_frame

ROW = Prediction(
    video_id="a", group_id="g", label=1, fold=None, model="m", probability=0.5, logit=0.0
)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv"])
def test_rows_survive_a_file(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    PREDICTIONS.write(PREDICTIONS.from_rows([ROW]), path)
    assert PREDICTIONS.rows(PREDICTIONS.read(path)) == [ROW]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv"])
def test_equal_tables_give_equal_bytes(tmp_path, suffix):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    one, two = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    write_frame(frame, one)
    write_frame(frame, two)
    assert one.read_bytes() == two.read_bytes()


def test_further_columns_are_kept(tmp_path):
    frame = PREDICTIONS.from_rows([ROW]).with_columns(mine=pl.lit("x"))
    PREDICTIONS.write(frame, tmp_path / "t.parquet")
    assert PREDICTIONS.read(tmp_path / "t.parquet")["mine"].to_list() == ["x"]


def test_a_missing_column_is_named():
    with pytest.raises(TableError, match="needs the columns logit"):
        PREDICTIONS.check(PREDICTIONS.from_rows([ROW]).drop("logit"), where="here")


def test_a_repeated_key_is_named_with_its_rows():
    frame = PREDICTIONS.from_rows([ROW])
    with pytest.raises(TableError, match=r"\('a', 'm'\) stands in rows 0, 1"):
        PREDICTIONS.check(pl.concat([frame, frame]), where="here")


def test_an_empty_cell_is_refused_where_it_matters():
    frame = PREDICTIONS.from_rows([ROW]).with_columns(label=pl.lit(None, pl.Int64()))
    with pytest.raises(TableError, match="label of a Prediction table is empty in row 0"):
        PREDICTIONS.check(frame, where="here")


def test_another_type_is_refused():
    frame = PREDICTIONS.from_rows([ROW]).with_columns(label=pl.lit("fake"))
    with pytest.raises(TableError, match="label"):
        PREDICTIONS.check(frame, where="here")


def test_an_empty_table_keeps_its_columns(tmp_path):
    FAILURES.write(FAILURES.from_rows([]), tmp_path / "f.parquet")
    assert FAILURES.read(tmp_path / "f.parquet").columns == [
        f.name for f in dataclasses.fields(Failure)
    ]


def test_names_with_wildcards_are_taken_literally(tmp_path):
    path = tmp_path / "a[1]*.parquet"
    write_frame(pl.DataFrame({"a": [1]}), path)
    assert read_frame(path)["a"].to_list() == [1]


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv"])
def test_absent_and_damaged_files_are_one_clear_error(tmp_path, name):
    with pytest.raises(TableError, match="cannot be read"):
        read_frame(tmp_path / name)
    if not name.endswith("csv"):
        (tmp_path / name).write_bytes(b"not a table")
        with pytest.raises(TableError, match="cannot be read"):
            read_frame(tmp_path / name)


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(TableError, match="ends in"):
        write_frame(pl.DataFrame({"a": [1]}), tmp_path / "t.xlsx")


@dataclasses.dataclass(frozen=True)
class Named:
    name: str
    group: str
    fold: int | None
    is_long: bool
    share: float


NAMED = TableOf(Named, key=("name",))


def test_names_of_digits_survive_a_csv(tmp_path):
    rows = [Named("0001", "1", 0, True, 0.5), Named("1", "01", None, False, 1.0)]
    NAMED.write(NAMED.from_rows(rows), tmp_path / "t.csv")
    assert NAMED.rows(NAMED.read(tmp_path / "t.csv")) == rows


def test_further_columns_of_a_csv_are_text_however_they_begin(tmp_path):
    lines = ["name,group,fold,is_long,share,mine"]
    lines += [f"n{i},g,0,true,0.5,007" for i in range(2000)] + ["last,g,0,true,0.5,late text"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    frame = NAMED.read(tmp_path / "t.csv")
    assert (frame["mine"][0], frame["mine"][2000]) == ("007", "late text")


def test_cells_of_a_csv_are_read_as_other_programs_write_them(tmp_path):
    (tmp_path / "t.csv").write_text(
        "name,group,fold,is_long,share\na,g,1.0,True, 2\nb,g, ,0,3e-1\n"
    )
    assert NAMED.rows(NAMED.read(tmp_path / "t.csv")) == [
        Named("a", "g", 1, True, 2.0),
        Named("b", "g", None, False, 0.3),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,g,1.5,true,0.5", r"column fold .* holds '1.5' in row 1, expected Int64"),
        ("a,g,one,true,0.5", r"column fold .* holds 'one' in row 1"),
        ("a,g,1,maybe,0.5", r"column is_long .* holds 'maybe' in row 1, expected Boolean"),
        ("a,g,1,true,half", r"column share .* holds 'half' in row 1, expected Float64"),
        ("a,g,1,true,", r"column share .* is empty in row 1"),
    ],
)
def test_a_cell_of_another_type_is_named_with_its_row(tmp_path, row, message):
    (tmp_path / "t.csv").write_text(f"name,group,fold,is_long,share\nb,g,0,true,1\n{row}\n")
    with pytest.raises(TableError, match=message):
        NAMED.read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("column", "values", "shown"),
    [
        ("label", [1.0, 0.7], "0.7"),
        ("fold", [None, 1.5], "1.5"),
        ("label", [0.0, float("nan")], "nan"),
        ("label", [0.0, 1e30], "1e\\+30"),
    ],
)
def test_numbers_are_never_cut_to_whole_ones(column, values, shown):
    frame = pl.concat([PREDICTIONS.from_rows([dataclasses.replace(ROW, video_id=i)]) for i in "ab"])
    frame = frame.with_columns(pl.Series(column, values, dtype=pl.Float64))
    with pytest.raises(TableError, match=f"column {column} .* holds {shown} in row 1"):
        PREDICTIONS.check(frame, where="here")


def test_whole_numbers_of_another_type_are_taken():
    frame = PREDICTIONS.from_rows([ROW]).with_columns(label=pl.lit(1.0), fold=pl.lit(None))
    assert PREDICTIONS.rows(PREDICTIONS.check(frame, where="here")) == [ROW]


def test_a_number_that_is_no_truth_value_is_refused():
    frame = pl.DataFrame({"name": "a", "group": "g", "fold": 0, "is_long": 2, "share": 1.0})
    with pytest.raises(TableError, match=r"is_long .* holds 2 in row 0, expected Boolean"):
        NAMED.check(frame, where="here")


def test_numbers_of_a_csv_are_guessed_on_demand_but_for_names(tmp_path):
    (tmp_path / "t.csv").write_text("video_id,x\n001,1\n" + "002,2\n" * 200 + "003,0.5\n")
    frame = read_frame(tmp_path / "t.csv", guess_except=("video_id",))
    assert (frame["video_id"][0], frame["x"][-1]) == ("001", 0.5)
    assert read_frame(tmp_path / "t.csv")["x"][0] == "1"
