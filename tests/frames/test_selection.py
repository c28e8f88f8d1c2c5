import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from aura.frames import select_videos


def table(n: int, *, n_persons: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "video_id": [f"v{i:04d}" for i in range(n)],
            "label": [i % 2 for i in range(n)],
            "spread_by": [f"p{i * n_persons // n}" for i in range(n)],
        }
    )


def test_each_class_gives_its_share_spread_over_persons():
    chosen = select_videos(table(400, n_persons=8), 8)
    assert chosen["label"].to_list().count(1) == 8 == chosen["label"].to_list().count(0)
    for label in (0, 1):
        own = chosen.filter(pl.col("label") == label)
        assert own["spread_by"].n_unique() == 8


def test_the_order_of_the_listing_changes_nothing_but_is_kept():
    videos = table(60, n_persons=5)
    shuffled = videos.sample(fraction=1, shuffle=True, seed=3)
    chosen = select_videos(shuffled, 7)
    assert set(chosen["video_id"]) == set(select_videos(videos, 7)["video_id"])
    order = {video_id: place for place, video_id in enumerate(shuffled["video_id"])}
    assert chosen["video_id"].to_list() == sorted(chosen["video_id"], key=order.__getitem__)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 12), st.integers(0, 12))
def test_more_videos_add_to_fewer(n, n_persons, few, more):
    videos = table(n, n_persons=n_persons)
    small = set(select_videos(videos, few)["video_id"])
    assert small <= set(select_videos(videos, few + more)["video_id"])


def test_all_are_taken_without_a_limit_and_unlabelled_ones_are_a_class():
    videos = table(10, n_persons=2).with_columns(label=pl.lit(None, dtype=pl.Int64))
    assert select_videos(videos, None).equals(videos)
    assert len(select_videos(videos, 3)) == 3
