import numpy as np
import polars as pl
import pytest

from aura.audit.leaks import find_leaks, find_places
from aura.errors import LeakageError
from aura.leakage import group_ids, places, require_whole_groups


def grouped(videos: pl.DataFrame) -> pl.DataFrame:
    return videos.with_columns(group=group_ids(videos))


def kinds(leaks) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.n_values, one.n_videos) for one in leaks.kinds}


def test_whole_groups_leak_nothing(make_videos):
    leaks = find_leaks(grouped(make_videos(16)), n_pairs=5)
    assert leaks.has_places
    assert leaks.kinds == leaks.groups == leaks.pairs == ()


@pytest.mark.parametrize(
    ("kind", "column"),
    [("copy", "sha256"), ("url", "url"), ("near-duplicate", "near_group"),
     ("identity", "identities")],
)  # fmt: skip
def test_what_two_videos_in_different_folds_share_is_found(kind, column, make_videos):
    # v0000 is in fold 0 and v0003 in fold 1.
    videos = grouped(make_videos(16, lambda n: {column: "shared"} if n in (0, 3) else {}))
    leaks = find_leaks(videos, n_pairs=5)
    found = kinds(leaks)
    assert found[kind] == (1, 2)
    assert leaks.groups == ("g000",)
    assert leaks.pairs[0].ties[0] == (kind, "shared")
    assert (leaks.pairs[0].first.video_id, leaks.pairs[0].first.place) == ("v0000", "fold 0")
    assert (leaks.pairs[0].second.video_id, leaks.pairs[0].second.place) == ("v0003", "fold 1")


def test_ties_of_a_data_set_keep_their_own_kind(make_videos):
    videos = grouped(make_videos(16, lambda n: {"ties": "cascade:f7"} if n in (0, 3) else {}))
    assert kinds(find_leaks(videos, n_pairs=5)) == {"cascade": (1, 2)}


def test_a_video_that_shares_several_persons_counts_once(make_videos):
    videos = make_videos(
        16, lambda n: {"identities": "p1;p2;p3"} if n in (0, 3) else {"identities": f"q{n}"}
    )
    assert kinds(find_leaks(grouped(videos), n_pairs=5))["identity"] == (3, 2)


def test_a_group_in_two_folds_is_found_and_the_same_fold_is_none(make_videos):
    moved = grouped(make_videos(16, lambda n: {"fold": 3} if n == 0 else {}))
    leaks = find_leaks(moved, n_pairs=5)
    # The group_id says the same and is not counted again.
    assert kinds(leaks) == {"group": (1, 2)}
    assert leaks.groups == ("g000",)


def test_a_pair_shows_all_that_ties_it(make_videos):
    videos = make_videos(16, lambda n: {"url": "u"} if n < 2 else {})
    moved = pl.when(pl.col("video_id") == "v0000").then(3).otherwise("fold")
    videos = grouped(videos.with_columns(fold=moved.cast(pl.Int64)))
    (pair,) = find_leaks(videos, n_pairs=5).pairs
    assert pair.ties == (("url", "u"), ("group", "g000"))


def test_a_stored_group_that_no_tie_explains_is_found_too(make_videos):
    videos = make_videos(16, lambda n: {"declared_group": None, "fold": n % 4})
    leaks = find_leaks(grouped(videos), n_pairs=3)
    assert kinds(leaks) == {"group": (8, 16)}
    assert len(leaks.groups) == 8
    assert len(leaks.pairs) == 3


def test_kinds_take_turns_among_the_pairs(make_videos):
    def change(n: int) -> dict[str, object]:
        return {
            "declared_group": None, "group_id": f"v{n}", "fold": n % 4,
            "sha256": f"{n // 2:064d}", "url": "one" if n in (30, 33) else None,
        }  # fmt: skip

    leaks = find_leaks(grouped(make_videos(40, change)), n_pairs=4)
    assert kinds(leaks) == {"copy": (20, 40), "url": (1, 2)}
    assert len(leaks.pairs) == 4
    assert {kind for pair in leaks.pairs for kind, _ in pair.ties} == {"copy", "url"}
    assert leaks.n_values == 21


def test_no_pairs_are_looked_up_where_none_are_shown(make_videos):
    videos = grouped(make_videos(16, lambda n: {"fold": n % 4}))
    leaks = find_leaks(videos, n_pairs=0)
    assert leaks.kinds
    assert leaks.pairs == ()


def test_a_table_in_one_place_cannot_leak(make_videos):
    videos = make_videos(8, lambda n: {"fold": None, "sha256": "same" * 16})
    leaks = find_leaks(grouped(videos), n_pairs=5)
    assert not leaks.has_places
    assert leaks.kinds == ()


def test_train_and_val_split_are_two_places_and_named_as_everywhere(make_videos):
    def change(n: int) -> dict[str, object]:
        split = "val" if n < 4 else "train"
        return {"split": split, "fold": int(split == "train"), "url": "u" if n in (0, 9) else None}

    videos = grouped(make_videos(12, change))
    (pair,) = find_leaks(videos, n_pairs=5).pairs
    named = {"fold 0 of the val split", "fold 1"}
    assert {pair.first.place, pair.second.place} == named
    assert {one.name for one in find_places(videos)} == named == set(places(videos))


@pytest.mark.parametrize("other", ["val", "test"])
def test_one_fold_in_two_splits_is_two_places(other, make_videos):
    def change(n: int) -> dict[str, object]:
        return {"split": other if n < 4 else "train", "fold": 0} | (
            {"url": "u"} if n in (0, 9) else {}
        )

    videos = grouped(make_videos(12, change))
    leaks = find_leaks(videos, n_pairs=5)
    assert leaks.has_places
    assert kinds(leaks) == {"url": (1, 2)}
    assert leaks.groups == ("g000",)
    (pair,) = leaks.pairs
    assert (pair.first.place, pair.second.place) == (f"fold 0 of the {other} split", "fold 0")
    assert {place.name for place in find_places(videos)} == set(places(videos))


@pytest.mark.parametrize("cell", ["p1 ", " P1"])
def test_blanks_and_case_hide_no_person(cell, make_videos):
    videos = make_videos(16, lambda n: {"identities": {0: "p1", 3: cell}.get(n)})
    assert kinds(find_leaks(grouped(videos), n_pairs=1)) == {"identity": (1, 2)}


def test_the_audit_and_the_guard_of_a_run_agree_on_what_leaks(make_videos):
    rng = np.random.default_rng(0)
    verdicts = set[bool]()
    for trial in range(24):
        sharers = rng.choice(12, 2, replace=False).tolist()
        splits, folds = rng.integers(0, 2, 12).tolist(), rng.integers(0, 2, 12).tolist()

        def change(n: int, *, s=sharers, trial=trial, splits=splits, folds=folds):
            column = ("url", "group_id", "ties", "near_group")[trial % 4]
            own = {"declared_group": None, "group_id": f"h{n}"}
            shared = {column: "kin:x"} if n in s else {}
            return own | shared | {"split": ("train", "val")[splits[n]], "fold": folds[n]}

        videos = make_videos(12, change)
        found = find_leaks(grouped(videos), n_pairs=0)
        try:
            require_whole_groups(videos)
            refused = False
        except LeakageError:
            refused = True
        assert found.is_empty != refused
        assert bool(found.groups) == bool(found.kinds) == refused
        verdicts.add(refused)
    assert verdicts == {True, False}


def test_places_count_and_name_what_lacks(make_videos):
    videos = make_videos(
        20, lambda n: {"fold": None, "split": "test"} if n in (1, 3, 5) else {"fold": n % 2}
    )
    places = {one.name: one for one in find_places(grouped(videos))}
    assert list(places) == ["fold 0", "fold 1", "the test split"]
    assert (places["fold 0"].n_real, places["fold 0"].n_fake) == (10, 0)
    assert places["fold 0"].remark == "no fake video"
    assert places["fold 1"].remark == "no real video"
    assert places["the test split"].n_groups == 3
