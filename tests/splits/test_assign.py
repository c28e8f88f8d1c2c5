import polars as pl
import pytest

from aura.errors import DataError, LeakageError
from aura.leakage import leaks, require_whole_groups
from aura.splits import SplitConfig, SplitScheme, assign_folds, judged_folds


def test_ratio_gives_three_splits_and_the_val_split_is_what_models_are_judged_on(make_table):
    table = assign_folds(make_table(200), split=SplitConfig(scheme=SplitScheme.RATIO))
    shares = {s: n / 200 for s, n in table["split"].value_counts().iter_rows()}
    assert shares["test"] == pytest.approx(0.2, abs=0.03)
    assert shares["val"] == pytest.approx(0.1, abs=0.03)
    assert set(table.filter(pl.col("split") == "val")["fold"]) == {0}
    assert set(table.filter(pl.col("split") == "train")["fold"]) == {1}
    folded = table.drop_nulls("fold")
    assert judged_folds(folded["fold"].to_list(), splits=folded["split"].to_list()) == (0,)


def test_ratios_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(ValueError, match="leave nothing to train on"):
        SplitConfig(scheme=SplitScheme.RATIO, test=0.6, val=0.4)


def test_all_ties_join_groups_and_none_crosses_folds(make_table):
    table = make_table(
        60,
        declared_group=[f"g{i // 2}" for i in range(60)],
        url=[f"u{i // 4}" if i < 40 else None for i in range(60)],
        identities=["anna;ben" if i in (0, 41) else None for i in range(60)],
        near_group=["n" if i in (5, 59) else None for i in range(60)],
        ties=["clip:x" if i in (20, 50) else None for i in range(60)],
    )
    split = assign_folds(table, split=SplitConfig(folds=4))
    assert leaks(split).is_empty()
    require_whole_groups(split)
    group = dict(split.select("video_id", "group_id").iter_rows())
    assert group["v000"] == group["v041"] == group["v003"]
    assert group["v005"] == group["v059"]
    assert group["v020"] == group["v050"]
    assert group["v000"] != group["v005"]


def test_hashed_folds_stay_when_rows_are_added(make_table):
    split = SplitConfig(scheme=SplitScheme.HASH, folds=4)
    few, more = (assign_folds(make_table(n), split=split) for n in (300, 500))
    both = few.join(more, on="video_id", suffix="_more")
    assert len(both) == 300
    assert both["fold"].equals(both["fold_more"], null_equal=True)
    assert few["split"].value_counts().filter(pl.col("split") == "test")["count"][0] > 30


def test_persons_that_tie_everything_together_are_explained(swapped):
    with pytest.raises(DataError, match=r"split\.identities=divided"):
        assign_folds(swapped, split=SplitConfig(folds=3))


@pytest.mark.parametrize("scheme", [SplitScheme.GROUP_K_FOLD, SplitScheme.RATIO])
def test_divided_persons_are_each_in_one_place_and_nothing_else_leaks(swapped, scheme):
    split = SplitConfig(scheme=scheme, identities="divided", folds=2, test=0.3, val=0.3)
    table = assign_folds(swapped, split=split)
    assert len(table) == len(swapped)
    used = table.filter(pl.col("split") != "unused")
    assert leaks(table).is_empty()
    places = used.with_columns(pl.col("identities").str.split(";")).explode("identities")
    per_person = places.group_by("identities").agg(pl.struct("split", "fold").n_unique().alias("n"))
    assert set(per_person["n"]) == {1}
    for _, part in used.group_by("split", "fold"):
        assert set(part["label"]) == {0, 1}
    assert 0 < len(table) - len(used) < 0.8 * len(table)


def test_the_fakeavceleb_protocol_divides_persons(swapped):
    split = SplitConfig(scheme=SplitScheme.FAKEAVCELEB_IDENTITY, test=0.3, val=0.2)
    table = assign_folds(swapped, split=split)
    assert set(table["split"]) == {"train", "val", "test", "unused"}
    assert assign_folds(swapped, split=split).equals(table)


def test_dividing_persons_needs_persons(make_table):
    with pytest.raises(DataError, match="no video names its persons"):
        assign_folds(make_table(20), split=SplitConfig(identities="divided"))


def official(make_table, **columns) -> pl.DataFrame:
    splits = ["train"] * 12 + ["val"] * 4 + ["test"] * 4 + [None] * 2
    return make_table(22, official_split=splits, **columns)


def test_official_lists_are_followed_and_unlisted_videos_are_unused(make_table):
    split = SplitConfig(scheme=SplitScheme.FFPP_OFFICIAL)
    table = assign_folds(official(make_table), split=split)
    assert table["split"].to_list()[:20] == official(make_table)["official_split"].to_list()[:20]
    assert table["split"].to_list()[20:] == ["unused"] * 2
    assert table["fold"].to_list() == [1] * 12 + [0] * 4 + [None] * 6


def test_a_train_list_without_a_val_list_is_divided_into_folds(make_table):
    splits = ["train"] * 16 + ["test"] * 6
    table = make_table(22, official_split=splits)
    split = SplitConfig(scheme=SplitScheme.CELEBDF_OFFICIAL, folds=2)
    table = assign_folds(table, split=split)
    assert set(table["fold"].drop_nulls()) == {0, 1}
    assert table["split"].to_list() == splits


def test_persons_shared_by_the_official_lists_of_celeb_df_are_found_as_leaks(make_table):
    table = make_table(
        8,
        official_split=["train"] * 6 + ["test"] * 2,
        identities=[f"celebdf/id{i % 3}" for i in range(8)],
    )
    split = SplitConfig(scheme=SplitScheme.CELEBDF_OFFICIAL, folds=2)
    divided = assign_folds(table, split=split)
    assert set(leaks(divided)["kind"]) == {"identity"}
    with pytest.raises(LeakageError, match=r"split\.allow_leakage=true"):
        require_whole_groups(divided)


def test_official_schemes_need_an_official_split(make_table):
    with pytest.raises(DataError, match="name no official split"):
        assign_folds(make_table(10), split=SplitConfig(scheme=SplitScheme.FFPP_OFFICIAL))


def test_a_second_assignment_forgets_the_first(make_table):
    table = make_table(60)
    first = assign_folds(table, split=SplitConfig(scheme=SplitScheme.RATIO))
    anew = assign_folds(first, split=SplitConfig(folds=3))
    assert anew.sort("video_id").equals(
        assign_folds(table, split=SplitConfig(folds=3)).select(anew.columns).sort("video_id")
    )
