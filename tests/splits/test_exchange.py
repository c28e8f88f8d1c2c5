import json

import pytest

from aura.errors import DataError
from aura.splits import SplitConfig, SplitScheme, assign_folds, splits_from_json, splits_to_json

RATIO = SplitConfig(scheme=SplitScheme.RATIO)


def test_a_division_survives_the_way_through_json(make_table, tmp_path):
    table = assign_folds(make_table(40), split=RATIO)
    splits_to_json(table, tmp_path / "splits.json", split=RATIO)
    fresh = make_table(40)[::-1]
    taken = splits_from_json(fresh, tmp_path / "splits.json")
    assert taken["video_id"].to_list() == fresh["video_id"].to_list()
    columns = ["video_id", "split", "fold"]
    assert taken.select(columns).sort("video_id").equals(table.select(columns).sort("video_id"))


def test_equal_divisions_give_equal_bytes_whatever_the_order_of_rows(make_table, tmp_path):
    table = assign_folds(make_table(40), split=RATIO)
    splits_to_json(table, tmp_path / "one.json", split=RATIO)
    splits_to_json(table[::-1], tmp_path / "two.json", split=RATIO)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_videos_the_file_does_not_name_are_counted(make_table, tmp_path):
    splits_to_json(assign_folds(make_table(40), split=RATIO), tmp_path / "splits.json")
    with pytest.raises(DataError, match="does not name 2 of 42 videos, first v040, v041"):
        splits_from_json(make_table(42), tmp_path / "splits.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "expected what"),
        ('{"parts": [{"split": "train"}]}', "each of its parts needs"),
        ('{"parts": [{"split": "dev", "fold": 0, "videos": []}]}', "each of its parts needs"),
        ('{"parts": [{"split": "train", "fold": 1.5, "videos": []}]}', "each of its parts needs"),
        ('{"parts": [{"split": "train", "fold": true, "videos": []}]}', "each of its parts needs"),
        ('{"parts": [{"split": "train", "fold": 0, "videos": "v0"}]}', "each of its parts needs"),
        ('{"parts": [{"split": "train", "fold": 0, "videos": null}]}', "each of its parts needs"),
        ('{"aura_splits": 99, "parts": []}', "is of version 99"),
        ('{"parts": [{"split": "train", "fold": 0, "videos": ["v000", "v000"]}]}', "more than"),
        ('{"parts": [{"split": "test", "fold": 3, "videos": ["v000"]}]}', "has the split 'test'"),
    ],
)
def test_a_file_that_is_no_division_is_refused_with_the_reason(
    make_table, tmp_path, content, message
):
    (tmp_path / "splits.json").write_text(content)
    with pytest.raises(DataError, match=message):
        splits_from_json(make_table(1), tmp_path / "splits.json")


def test_a_missing_file_is_said(make_table, tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        splits_from_json(make_table(1), tmp_path / "splits.json")


def test_how_videos_were_divided_stands_in_the_file(make_table, tmp_path):
    splits_to_json(assign_folds(make_table(40), split=RATIO), tmp_path / "s.json", split=RATIO)
    assert json.loads((tmp_path / "s.json").read_text())["made_by"]["scheme"] == "ratio"
