"""The facts of the corpus, held against the released files."""

import random
from pathlib import Path

import numpy as np
import pytest

from aura.datasets.fvc_corpus import CorpusSummary, corpus_summary, corpus_videos
from aura.datasets.fvc_metadata import FvcRow, read_metadata
from aura.datasets.fvc_urls import parse_url
from aura.datasets.listing import DataConfig
from aura.splits import stratified_group_folds


@pytest.fixture(scope="module")
def released(shared_data: Path) -> tuple[FvcRow, ...]:
    return read_metadata(shared_data / "meta" / "fvc", DataConfig()).rows


@pytest.fixture(scope="module")
def facts(released: tuple[FvcRow, ...]) -> CorpusSummary:
    return corpus_summary(released)


def test_rows_by_file_and_label(facts):
    assert facts.n_rows == {"FVC.csv": 380, "FVC_dup.csv": 5199}
    assert facts.labels_by_file["FVC.csv"] == {"fake": 200, "real": 180}
    assert facts.labels_by_file["FVC_dup.csv"] == {
        **{"fake": 2720, "real": 1984},
        **{"uncertain": 340, "debunked": 89, "parody": 66},
    }
    assert sum(facts.n_rows.values()) == 5579
    assert (facts.labels["fake"], facts.labels["real"]) == (2920, 2164)


def test_platforms(facts):
    assert facts.platforms_by_file["FVC.csv"] == {"youtube": 347, "facebook": 33}
    assert facts.platforms_by_file["FVC_dup.csv"] == {
        **{"youtube": 3028, "facebook": 2030, "twitter": 141}
    }
    by_platform = {
        platform: (words["fake"], words["real"])
        for platform, words in facts.labels_by_platform.items()
    }
    assert by_platform == {"twitter": (113, 17), "facebook": (939, 974), "youtube": (1868, 1173)}


def test_every_address_of_the_corpus_is_understood(released):
    assert all(row.video is not None for row in released)


def test_labels_do_not_follow_the_letter_of_the_cascade(facts):
    assert facts.n_real_in_fake_cascades == 74


def test_cascades_that_share_a_video_are_merged(facts):
    assert facts.n_cascades == 380
    assert facts.merged == (("f138", "f139", "f140", "f142"), ("f144", "f145"))
    assert facts.n_groups == 376


def test_the_two_contradictions_are_named_by_row(facts):
    assert facts.n_videos == 5572
    assert [[(row.place, row.cascade, row.word) for row in rows] for rows in facts.conflicts] == [
        [("FVC_dup.csv row 8", "f0", "fake"), ("FVC_dup.csv row 4632", "f0", "debunked")],
        [("FVC_dup.csv row 3224", "r40", "real"), ("FVC_dup.csv row 5178", "r40", "parody")],
    ]


def test_every_first_video_has_its_event(released):
    titles = {row.cascade: row.event_title for row in released if row.file == "FVC.csv"}
    assert len(titles) == 380
    assert all(titles.values())
    assert titles["f0"] == "Woman falls in volcano lava"


def share_with_a_sibling_in_train(groups: np.ndarray, is_test: np.ndarray) -> float:
    return float(np.isin(groups[is_test], groups[~is_test]).mean())


def test_a_random_split_leaks_98_percent_and_ours_nothing(released):
    usable = [row for row in released if row.word in ("real", "fake")]
    group_of = {video.key: video.group for video in corpus_videos(released)}
    groups = np.array([group_of[row.key] for row in usable])
    labels = [int(row.word == "fake") for row in usable]

    leaks = []
    for seed in range(5):
        test_rows = random.Random(seed).sample(range(len(usable)), len(usable) // 5)
        is_test = np.zeros(len(usable), dtype=bool)
        is_test[test_rows] = True
        leaks.append(share_with_a_sibling_in_train(groups, is_test))
    assert min(leaks) > 0.97
    assert np.mean(leaks) == pytest.approx(0.98, abs=0.005)

    folds = stratified_group_folds(labels, groups.tolist(), n_folds=5, seed=0)
    for fold in range(5):
        assert share_with_a_sibling_in_train(groups, folds == fold) == 0


def row(cascade: str, url: str, word: str = "fake", number: int = 2) -> FvcRow:
    return FvcRow("FVC.csv", number, cascade, url, word, parse_url(url))


def test_one_video_under_two_addresses_ties_its_cascades_in_natural_order():
    rows = [
        row("f10", "https://youtu.be/Y7MJlmbnLQA"),
        row("f9", "https://www.youtube.com/watch?v=Y7MJlmbnLQA", number=3),
        row("f9", "https://youtu.be/aaaaaaaaaaa", number=4),
        row("f2", "https://youtu.be/bbbbbbbbbbb", number=5),
    ]
    videos = corpus_videos(rows)
    assert [(video.group, video.cascades) for video in videos] == [
        ("f9", ("f9", "f10")),
        ("f9", ("f9",)),
        ("f2", ("f2",)),
    ]


def test_chains_of_shared_videos_are_one_group():
    urls = [f"https://youtu.be/{letter * 11}" for letter in "abcde"]
    rows = [row(f"f{n}", url) for n, url in enumerate(urls)]
    rows += [row(f"f{n + 1}", url) for n, url in enumerate(urls)]
    assert corpus_summary(rows).merged == (("f0", "f1", "f2", "f3", "f4", "f5"),)


def test_rows_without_a_cascade_stay_alone():
    rows = [row("", "https://youtu.be/aaaaaaaaaaa"), row("", "https://youtu.be/bbbbbbbbbbb")]
    assert [video.group for video in corpus_videos(rows)] == ["", ""]
    assert corpus_summary(rows).n_cascades == 0
