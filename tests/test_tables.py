import dataclasses

import polars as pl
import pytest

from aura.errors import TableError
from aura.tables import FAILURES, PREDICTIONS, Failure, Prediction, read_frame, write_frame

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
