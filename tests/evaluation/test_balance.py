import pytest

from aura.errors import DataError
from aura.evaluation.balance import class_balance


def test_both_classes_are_counted_by_fold_in_order(make_videos):
    table = class_balance(make_videos(20), "fold")
    assert table.rows() == [("0", 3, 3), ("1", 3, 3), ("2", 2, 2), ("3", 2, 2)]


def test_names_come_by_count_and_missing_ones_are_named(make_videos):
    def change(number):
        return {"method": "splice" if number % 4 == 1 else "swap" if number % 4 == 3 else None}

    table = class_balance(make_videos(22, change), "method")
    assert table.rows() == [("none", 11, 0), ("splice", 0, 6), ("swap", 0, 5)]


def test_rare_values_share_a_row_and_nothing_is_lost(make_videos):
    videos = make_videos(60, lambda number: {"source": f"s{number // 2:02d}"})
    table = class_balance(videos, "source", max_rows=5)
    assert table.height == 6
    assert table.row(5) == ("25 others", 25, 25)
    assert table["real"].sum() + table["fake"].sum() == 60


def test_videos_without_a_fold_are_counted_last(make_videos):
    videos = make_videos(8, lambda number: {"fold": None if number < 2 else 1})
    assert class_balance(videos, "fold").rows() == [("1", 3, 3), ("none", 1, 1)]


def test_an_unknown_column_is_an_error(make_videos):
    with pytest.raises(DataError, match="colour"):
        class_balance(make_videos(4), "colour")
