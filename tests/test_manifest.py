from pathlib import Path

import polars as pl
import pytest

from aura.datasets import ListedVideo
from aura.errors import DataError, LeakageError
from aura.manifest import build_manifest
from aura.splits import SplitConfig, SplitScheme
from aura.tables import VIDEOS

NO_TEST = SplitConfig(folds=2, test=0)


def listed(n: int = 8, **changes: dict) -> list[ListedVideo]:
    return [
        ListedVideo(
            f"v{i}",
            Path(f"/d/v{i}.mp4"),
            i % 2,
            "d",
            group_id=changes.get("groups", {}).get(i),
            extras={k: c[i] for k, c in changes.get("extras", {}).items()},
        )
        for i in range(n)
    ]


def facts(videos: list[ListedVideo], *, same: dict[int, int] | None = None) -> pl.DataFrame:
    same = same or {}
    return pl.DataFrame(
        [
            {
                "video_id": v.video_id,
                "sha256": f"s{same.get(i, i)}",
                "codec": "h264",
                "container": "mp4",
                "width": 64,
                "height": 48,
                "fps": 25.0,
                "n_frames": 50,
                "duration_s": 2.0,
                "has_audio": False,
                "bit_rate_bps": 1000,
            }
            for i, v in enumerate(videos)
        ]
    )


def test_every_video_has_a_fold_and_groups_stay_whole():
    videos = listed(groups={0: "g", 1: "g", 2: "g"})
    table = build_manifest(videos, facts(videos), split=NO_TEST).videos
    VIDEOS.check(table, where="test")
    assert table["fold"].null_count() == 0
    assert table.filter(pl.col("group_id") == "g")["fold"].n_unique() == 1


def test_exact_copies_join_their_groups():
    videos = listed(groups={0: "a", 1: "x", 2: "b"})
    manifest = build_manifest(videos, facts(videos, same={2: 0}), split=NO_TEST)
    assert manifest.videos["group_id"].to_list()[:3] == ["a", "x", "a"]
    assert any("exact copies" in note for note in manifest.notes)


def test_copies_with_contradicting_labels_become_failures():
    videos = listed()
    manifest = build_manifest(videos, facts(videos, same={1: 0}), split=NO_TEST)
    assert [f.video_id for f in manifest.failures] == ["v0", "v1"]
    assert "other label" in manifest.failures[0].reason
    assert len(manifest.videos) == 6


def test_a_users_column_never_replaces_a_fact():
    videos = listed(extras={"codec": ["mine"] * 8, "platform": ["web"] * 8, "mood": ["x"] * 8})
    table = build_manifest(videos, facts(videos), split=NO_TEST).videos
    assert set(table["codec"]) == {"h264"}
    assert set(table["declared_codec"]) == {"mine"}
    assert set(table["platform"]) == {"web"}
    assert set(table["mood"]) == {"x"}


def test_leaving_one_source_out_gives_each_source_a_fold():
    videos = listed(extras={"source": ["a", "a", "b", "b", "c", "c", "c", "c"]})
    split = SplitConfig(scheme=SplitScheme.LEAVE_ONE_OUT, by="source")
    table = build_manifest(videos, facts(videos), split=split).videos
    assert table["fold"].to_list() == [0, 0, 1, 1, 2, 2, 2, 2]


def test_sources_that_share_a_group_are_left_out_together():
    videos = listed(
        groups={1: "g", 2: "g"}, extras={"source": ["a", "a", "b", "b", "c", "c", "c", "c"]}
    )
    split = SplitConfig(scheme=SplitScheme.LEAVE_ONE_OUT, by="source")
    table = build_manifest(videos, facts(videos), split=split).videos
    assert table["fold"].to_list() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_an_unknown_column_to_leave_out_is_named():
    videos = listed()
    split = SplitConfig(scheme=SplitScheme.LEAVE_ONE_OUT, by="studio")
    undivided = build_manifest(videos, facts(videos), split=split).undivided
    assert undivided.startswith("split.by=studio: no such column")


GIVEN = SplitConfig(scheme=SplitScheme.GIVEN)


def test_given_folds_are_taken_over():
    extras = {"fold": ["0", "1", "0", "1", "0", "1", None, None]}
    extras["split"] = ["train"] * 6 + ["test"] * 2
    videos = listed(extras=extras)
    table = build_manifest(videos, facts(videos), split=GIVEN).videos
    assert table["fold"].to_list() == [0, 1, 0, 1, 0, 1, None, None]
    assert table["split"].to_list() == extras["split"]


def test_given_folds_that_divide_a_group_are_refused():
    extras = {"fold": ["0", "1"] * 4, "split": ["train"] * 8}
    videos = listed(groups={0: "g", 1: "g"}, extras=extras)
    with pytest.raises(LeakageError, match="'g'"):
        build_manifest(videos, facts(videos), split=GIVEN)


def test_given_folds_that_contradict_their_split_are_refused():
    extras = {"fold": ["0", "1"] * 4, "split": ["train"] * 7 + ["test"]}
    videos = listed(extras=extras)
    undivided = build_manifest(videos, facts(videos), split=GIVEN).undivided
    assert "video v7 has the split 'test' and the fold 1" in undivided


def test_folds_must_be_there_to_be_taken_over():
    videos = listed()
    undivided = build_manifest(videos, facts(videos), split=GIVEN).undivided
    assert "needs the columns fold and split" in undivided


def test_no_usable_video_is_said():
    videos = listed()
    with pytest.raises(DataError, match="no usable video is left"):
        build_manifest(videos, facts(videos).head(0), split=NO_TEST)


def test_without_folds_the_manifest_is_whole_and_says_why():
    videos = listed(groups=dict.fromkeys(range(8), "one"))
    manifest = build_manifest(videos, facts(videos, same={1: 0}), split=NO_TEST)
    assert "in at least 2 groups" in manifest.undivided
    assert set(manifest.videos["split"]) == {"unused"}
    assert len(manifest.videos) == 6
    assert len(manifest.failures) == 2
    assert manifest.left_out(NO_TEST) == ()


def test_whole_fractions_are_folds_and_others_are_not():
    extras = {"fold": ["0.0", "1.0"] * 4, "split": ["train"] * 8}
    videos = listed(extras=extras)
    table = build_manifest(videos, facts(videos), split=GIVEN).videos
    assert table["fold"].to_list() == [0, 1] * 4
    videos = listed(extras=extras | {"fold": ["0.5"] * 8})
    assert "is '0.5'" in build_manifest(videos, facts(videos), split=GIVEN).undivided


def test_what_a_table_says_of_pictures_holds_where_they_were_not_compared():
    videos = listed(extras={"near_group": ["n", "n", *[None] * 6]})
    table = build_manifest(videos, facts(videos), split=NO_TEST).videos
    assert table["group_id"][0] == table["group_id"][1]
    fresh = build_manifest(videos, facts(videos), split=NO_TEST, near={}).videos
    assert fresh["near_group"].null_count() == 8


def test_two_columns_of_one_name_are_refused():
    videos = listed(extras={"fold": ["0"] * 8, "declared_fold": ["1"] * 8})
    with pytest.raises(DataError, match=r"columns fold, declared_fold .* as declared_fold"):
        build_manifest(videos, facts(videos), split=NO_TEST)


def test_a_stored_group_is_kept_where_no_group_was_declared():
    videos = listed(extras={"stored_group": ["mine", None, "mine", *[None] * 5]})
    table = build_manifest(videos, facts(videos), split=NO_TEST).videos
    assert table["group_id"][0] == table["group_id"][2]


def test_a_manifest_made_of_a_manifest_takes_its_word_over_that_of_an_earlier_table():
    videos = listed(
        extras={
            "stored_group": [None] * 8,
            "fold": ["0", "1"] * 4,
            "split": ["train"] * 8,
            "declared_fold": ["7"] * 8,
            "sha256": ["x"] * 8,
            "declared_sha256": ["y"] * 8,
        }
    )
    table = build_manifest(videos, facts(videos), split=GIVEN).videos
    assert table["fold"].to_list() == [0, 1] * 4
    assert set(table["declared_sha256"]) == {"x"}
