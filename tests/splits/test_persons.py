import numpy as np
import polars as pl
import pytest

from aura.errors import DataError
from aura.splits.persons import divided_persons


def test_all_videos_of_persons_in_two_parts_are_left_out_and_no_others(swapped):
    parts = divided_persons(swapped, shares=[0.5, 0.5], seed=0)
    home: dict[str, int] = {}
    for cell, label, part in zip(swapped["identities"], swapped["label"], parts, strict=True):
        if label == 0:
            assert part >= 0
            assert home.setdefault(cell, part) == part
    for cell, part in zip(swapped["identities"], parts, strict=True):
        homes = {home[person] for person in cell.split(";")}
        assert part == (homes.pop() if len(homes) == 1 else -1)


def test_the_same_seed_divides_alike_in_any_order_of_rows(swapped):
    order = np.random.default_rng(1).permutation(len(swapped))
    one = divided_persons(swapped, shares=[0.5, 0.3, 0.2], seed=4)
    two = divided_persons(swapped[order.tolist()], shares=[0.5, 0.3, 0.2], seed=4)
    assert (one[order] == two).all()


def test_a_near_copy_across_parts_leaves_out_the_smaller_side(swapped):
    plain = divided_persons(swapped, shares=[0.5, 0.5], seed=0)
    ids = swapped["video_id"].to_numpy()
    first, second = ids[plain == 0][0], ids[plain == 1][0]
    near = pl.when(pl.col("video_id").is_in([first, second])).then(pl.lit("n"))
    parts = divided_persons(swapped.with_columns(near_group=near), shares=[0.5, 0.5], seed=0)
    kept = {int(parts[ids == name][0]) for name in (first, second)} - {-1}
    assert len(kept) == 1


def test_videos_without_a_person_stay_with_what_they_are_tied_to(make_table):
    table = make_table(
        12,
        identities=[f"p{i // 2}" if i < 8 else None for i in range(12)],
        ties=[None] * 8 + ["clip:a", "clip:a", "clip:b", "clip:b"],
    )
    parts = divided_persons(table, shares=[0.5, 0.5], seed=0)
    assert (parts >= 0).all()
    assert parts[8] == parts[9]
    assert parts[10] == parts[11]


def test_one_person_cannot_be_divided(make_table):
    with pytest.raises(DataError, match="no division of 1 persons into 2 parts"):
        divided_persons(make_table(4, identities=["p"] * 4), shares=[0.5, 0.5], seed=0)
