import numpy as np
import polars as pl
import pytest

from aura.audit import AuditConfig, audit_record, run_audit
from aura.audit.words import leak_sentences, place_sentences, remarks, verdict
from aura.errors import DataError, TableError
from aura.evaluation import model_results
from aura.evaluation.shortcuts import container_baseline


def test_whole_groups_without_faults_are_clean(make_videos, quick):
    audit = run_audit(make_videos(40), config=quick)
    assert audit.is_clean
    assert (audit.n_videos, audit.n_real, audit.n_fake, audit.n_groups) == (40, 20, 20, 20)
    assert [place.name for place in audit.places] == ["fold 0", "fold 1", "fold 2", "fold 3"]
    assert verdict(audit).startswith("Nothing leaks")
    assert {one.model for one in audit.shortcut} == {"logistic regression", "gradient boosting"}
    assert audit.shortcut[0].by_group.auc == pytest.approx(0.5, abs=0.1)


def test_groups_across_folds_are_no_longer_clean(make_videos, quick):
    audit = run_audit(make_videos(40, lambda n: {"fold": n % 4}), config=quick)
    assert not audit.is_clean
    assert len(audit.leaks.groups) == 20
    assert "lie in more than one place" in leak_sentences(audit)[0]
    assert all(pair.first.frame is None and pair.first.note is None for pair in audit.leaks.pairs)


def test_equal_bytes_with_both_labels_are_a_conflict_though_nothing_leaks(make_videos, quick):
    videos = make_videos(40, lambda n: {"sha256": "same" if n in (0, 1) else str(n)})
    audit = run_audit(videos, config=quick)
    assert not audit.leaks.kinds
    (conflict,) = audit.conflicts
    assert (conflict.kind, sorted(conflict.video_ids)) == ("copy", ["v0000", "v0001"])
    assert not audit.is_clean
    assert "labels contradict" in verdict(audit)


def test_a_table_without_folds_is_audited_for_the_rest(make_videos, quick):
    audit = run_audit(make_videos(40).drop("fold", "split"), config=quick)
    assert audit.is_clean
    assert "no folds" in leak_sentences(audit)[0]
    assert audit.judgements[0].by_group.auc is not None
    assert "no folds yet" in verdict(audit)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"split": "test"}, "video v0000 has the split 'test' and the fold 0"),
        ({"fold": None}, "video v0000 has the split 'train' and the fold None"),
        ({"split": "validation"}, "video v0000 has the split 'validation'"),
        ({"split": "val"}, "fold 0 holds train and val videos"),
    ],
)
def test_folds_and_splits_that_contradict_each_other_are_a_finding(
    changed, said, make_videos, quick
):
    # The whole group moves, so that nothing leaks.
    audit = run_audit(make_videos(40, lambda n: changed if n < 2 else {}), config=quick)
    assert audit.leaks.is_empty
    assert not audit.is_clean
    assert verdict(audit) == (
        "Not fit for training as it is: folds and splits contradict each other."
    )
    assert said in place_sentences(audit)[0]
    assert said in audit_record(audit)["inconsistency"]


def test_all_that_is_wrong_is_in_the_verdict(make_videos, quick):
    def change(n: int) -> dict[str, object]:
        return {"fold": n % 4, "sha256": "same" if n < 2 else str(n)} | (
            {"split": "test"} if n == 9 else {}
        )

    assert verdict(run_audit(make_videos(40, change), config=quick)) == (
        "Not fit for training as it is: the same content lies in several folds or splits, labels "
        "contradict each other and folds and splits contradict each other."
    )


def test_splits_without_any_fold_contradict_nothing(make_videos, quick):
    videos = make_videos(40, lambda n: {"fold": None, "split": "test" if n < 8 else "train"})
    audit = run_audit(videos, config=quick)
    assert audit.is_clean
    assert place_sentences(audit) == ()
    assert {place.name for place in audit.places} == {"the test split", "the train split"}


def test_videos_without_a_fold_are_the_test_split_of_a_table_without_splits(make_videos, quick):
    videos = make_videos(40, lambda n: {"fold": None} if n < 8 else {}).drop("split")
    audit = run_audit(videos, config=quick)
    assert audit.is_clean
    assert "the test split" in {place.name for place in audit.places}


def test_a_group_of_folds_that_are_all_0_leaks_between_splits(make_videos, quick):
    def change(n: int) -> dict[str, object]:
        return {"fold": None if n % 2 else 0, "split": "test" if n % 2 else "train"}

    audit = run_audit(make_videos(40, change), config=quick)
    assert len(audit.leaks.groups) == 20
    same = make_videos(40, lambda n: {"fold": 0, "split": ("train", "val")[n % 2]})
    audit = run_audit(same, config=quick)
    assert len(audit.leaks.groups) == 20
    assert not audit.is_clean


def test_unused_videos_take_no_part(make_videos, quick):
    def change(n: int) -> dict[str, object]:
        out = {"split": "unused", "fold": None} if n >= 36 else {}
        return out | ({"url": "u"} if n in (0, 36) else {})

    audit = run_audit(make_videos(40, change), config=quick)
    assert audit.is_clean
    assert (audit.n_videos, audit.n_unused) == (36, 4)
    assert any("4 videos of the split unused" in one for one in remarks(audit))
    assert {place.name for place in audit.places} == {f"fold {n}" for n in range(4)}


def test_no_video_to_audit_is_said(make_videos, quick):
    with pytest.raises(DataError, match="there is no video to audit"):
        run_audit(make_videos(2, lambda n: {}).clear(), config=quick)


def test_a_table_that_was_never_divided_is_looked_at_whole(make_videos, quick):
    undivided = make_videos(20, lambda n: {"split": "unused", "fold": None})
    audit = run_audit(undivided, config=quick)
    assert (audit.n_videos, audit.n_unused) == (20, 0)
    assert audit.is_clean
    assert "no folds yet" in verdict(audit)


def test_a_label_that_is_none_is_refused(make_videos, quick):
    with pytest.raises(TableError, match="v0000 has the label 3; expected 0"):
        run_audit(make_videos(4, lambda n: {"label": 3}), config=quick)


def test_one_class_alone_has_no_panels_and_still_an_audit(make_videos, quick):
    audit = run_audit(make_videos(20, lambda n: {"label": 1}), config=quick)
    assert all(one.by_group.auc is None for one in audit.judgements)
    assert audit.facts == ()
    assert audit_record(audit)["n_real"] == 0


def test_the_shortcut_is_what_the_report_finds_under_the_same_folds(make_videos):
    rng = np.random.default_rng(0)
    rates = 25 + 5 * (rng.random(200) < 0.5 + 0.3 * (np.arange(200) % 2))
    videos = make_videos(200, lambda n: {"fps": float(rates[n]), "group_id": f"g{n // 2:03d}"})
    ours = run_audit(videos, config=AuditConfig(n_bootstrap=100)).shortcut
    theirs = {one.name: one for one in model_results(container_baseline(videos), n_bootstrap=100)}
    logistic = next(one for one in ours if one.model == "logistic regression")
    other = theirs["container:logistic_regression"].overall
    assert logistic.by_group.auc == pytest.approx(other.auc, abs=0.06)
    assert logistic.by_group.low > 0.5


def test_near_duplicates_that_the_table_names_leak_and_hold_both_labels(make_videos, quick):
    # v0000 real in fold 0, v0003 fake in fold 1.
    videos = make_videos(40, lambda n: {"near_group": "n" if n in (0, 3) else None})
    audit = run_audit(videos, config=quick)
    assert [kind.kind for kind in audit.leaks.kinds] == ["near-duplicate"]
    assert audit.n_mixed_near_groups == 1
    assert audit.conflicts == ()
    assert any("hold both labels" in one for one in remarks(audit))
    assert any(one.evidence == "near-duplicates" for one in audit.judgements)


def test_copies_with_equal_labels_are_remembered_by_rows_and_unknown_by_groups(make_videos, quick):
    # Three versions a scene, all with one label, groups undeclared: the near_group ties them.
    def change(n: int) -> dict[str, object]:
        scene = n // 3
        return {
            "label": scene % 2, "group_id": f"v{n}", "declared_group": None,
            "near_group": f"s{scene}", "fold": scene % 4,
        }  # fmt: skip

    audit = run_audit(make_videos(120, change), config=quick)
    (memory,) = (one for one in audit.judgements if one.evidence == "near-duplicates")
    assert memory.by_row.auc > 0.95
    assert memory.by_group.auc == 0.5
    assert audit.n_groups == 40


def test_persons_that_join_all_videos_are_left_out_of_the_panels_groups(make_videos, quick):
    videos = make_videos(40, lambda n: {"identities": f"p{n // 2};p{(n // 2 + 1) % 20}"})
    audit = run_audit(videos, config=quick)
    assert audit.n_groups == 1
    assert audit.leaks.kinds
    assert audit.judgements[0].by_group.auc is not None
    assert any("leave persons out" in one for one in remarks(audit))


def test_only_so_many_videos_are_fitted_and_the_page_says_so(make_videos, quick):
    config = quick.model_copy(update={"max_fitted": 60})
    audit = run_audit(make_videos(200), config=config)
    assert audit.fitting.n_rows == 60
    assert audit.fitting.n_groups == 30
    assert any("rest on 60 of 200 videos" in one for one in remarks(audit))
    assert sum(value.n_fake for value in audit.composition[0].values) == 100


def test_sources_are_left_out_where_the_table_names_them(make_videos, quick):
    audit = run_audit(make_videos(60, lambda n: {"source": "abc"[n // 20]}), config=quick)
    assert (audit.fitting.source_column, audit.fitting.n_sources) == ("source", 3)
    assert audit.shortcut[0].by_source.n_folds == 3


def test_equal_input_gives_equal_findings_in_any_order_of_columns(make_videos, quick):
    videos = make_videos(40, lambda n: {"fold": n % 4})
    again = videos.select(sorted(videos.columns))
    assert audit_record(run_audit(videos, config=quick)) == audit_record(
        run_audit(again, config=quick)
    )


def test_fingerprints_that_are_none_are_refused(make_videos, quick):
    with pytest.raises(TableError, match="fingerprint is absent"):
        run_audit(make_videos(4), config=quick, near=pl.DataFrame({"video_id": ["v0000"]}))


def test_a_known_near_duplicate_that_was_not_looked_at_again_still_leaks(make_videos, quick):
    # v0000 in fold 0, v0003 in fold 1; only v0001 could be fingerprinted.
    videos = make_videos(40, lambda n: {"near_group": "n" if n in (0, 3) else None})
    looked = pl.DataFrame({"video_id": ["v0001", "elsewhere"], "fingerprint": ["", ""]})
    audit = run_audit(videos, config=quick, near=looked)
    assert [(kind.kind, kind.n_videos) for kind in audit.leaks.kinds] == [("near-duplicate", 2)]
    assert audit.n_looked_at == 1
    assert any("looked for in 1 of 40 videos" in one for one in remarks(audit))
    assert audit_record(audit)["n_looked_at"] == 1


def test_memory_of_the_tables_near_duplicates_is_judged_though_none_was_found_anew(
    make_videos, quick
):
    def change(n: int) -> dict[str, object]:
        scene = n // 3
        return {
            "label": scene % 2, "group_id": f"v{n}", "declared_group": None,
            "near_group": f"s{scene}", "fold": scene % 4,
        }  # fmt: skip

    nothing = pl.DataFrame(schema={"video_id": pl.String, "fingerprint": pl.String})
    audit = run_audit(make_videos(120, change), config=quick, near=nothing)
    (memory,) = (one for one in audit.judgements if one.evidence == "near-duplicates")
    assert memory.by_row.auc > 0.95
    assert "looked for in 0 of 120 videos" in leak_sentences(audit)[0]


def test_a_broken_header_is_missing_and_not_a_number(make_videos, quick):
    def change(n: int) -> dict[str, object]:
        return {"fps": (float("inf"), float("nan"), 25.0)[n % 3], "duration_s": float("inf")}

    audit = run_audit(make_videos(60, change), config=quick)
    rates = next(one for one in audit.composition if one.column == "fps")
    assert {value.value for value in rates.values} == {"25", "not given"}
    lengths = next(one for one in audit.composition if one.column == "duration")
    assert [value.value for value in lengths.values] == ["not given"]
    assert "duration" not in {fact.name for fact in audit.facts}
    assert all("inf" not in fact.words and "nan" not in fact.words for fact in audit.facts)
