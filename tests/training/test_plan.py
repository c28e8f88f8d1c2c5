from dataclasses import replace

import pytest

from aura.errors import TrainingError
from aura.models import model_card
from aura.training import ClipRecipe, TrainingConfig
from aura.training.plan import folds_of, plan_fold

CNN = model_card("naive_cnn")
LINEAR = model_card("logistic_regression")


@pytest.fixture
def plan(tiny_run):
    def make(samples=None, fold=0, card=CNN, recipe=None, **changes):
        config = TrainingConfig(validation_folds=2).model_copy(update=changes)
        return plan_fold(
            samples or tiny_run.samples,
            fold,
            card=card,
            config=config,
            recipe=recipe or ClipRecipe(),
        )

    return make


@pytest.mark.parametrize("fold", [0, 1, 2])
@pytest.mark.parametrize("card", [CNN, LINEAR], ids=["frames", "features"])
def test_no_group_is_in_two_parts_and_versions_are_only_trained_on(plan, fold, card):
    made = plan(fold=fold, card=card)
    parts = [made.train, made.validation, made.test]
    groups = [{s.group_id for s in part} for part in parts]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    assert all(s.parent_id is None for s in (*made.validation, *made.test))
    assert all(s.fold == fold for s in made.test)
    assert all(s.fold not in (fold, None) for s in (*made.train, *made.validation))
    learned = {s.video_id for s in made.train if s.parent_id is None}
    assert {s.parent_id for s in made.train if s.parent_id} == learned
    assert len(made.test) == 4
    assert bool(made.validation) == (card is CNN)


def test_the_order_of_the_samples_does_not_matter(plan, tiny_run):
    assert plan(samples=tiny_run.samples[::-1]) == plan()


@pytest.mark.parametrize("video_id", ["g0-0", "g1-0", "g2-1", "g1-0-aug"])
def test_the_content_of_each_video_of_the_fold_changes_its_fingerprint(plan, tiny_run, video_id):
    touched = [replace(s, key="new") if s.video_id == video_id else s for s in tiny_run.samples]
    assert any(s.video_id == video_id for s in (*plan(card=LINEAR).train, *plan().test))
    assert plan(samples=touched, card=LINEAR).fingerprint != plan(card=LINEAR).fingerprint


def test_the_content_of_test_split_videos_does_not_concern_a_fold(plan, tiny_run):
    touched = [replace(s, key="new") if s.fold is None else s for s in tiny_run.samples]
    assert plan(samples=touched).fingerprint == plan().fingerprint


def test_settings_recipe_model_and_fold_change_the_fingerprint(plan):
    marks = [
        plan().fingerprint,
        plan(fold=1).fingerprint,
        plan(card=LINEAR).fingerprint,
        plan(recipe=ClipRecipe(size_px=64)).fingerprint,
        plan(epochs=3).fingerprint,
        plan(seed=1).fingerprint,
        plan(settings={"naive_cnn": {"dropout": 0.5}}).fingerprint,
        plan(n_threads=2).fingerprint,
    ]
    assert len(set(marks)) == len(marks)
    assert plan(models=("naive_cnn",)).fingerprint == marks[0]


def test_training_videos_of_one_class_are_refused_naming_the_fold(plan, tiny_run):
    one_class = [s for s in tiny_run.samples if s.fold == 0 or s.label == 1]
    with pytest.raises(TrainingError, match="fold 0: its training videos are 0 real and 4 fake"):
        plan(samples=one_class, card=LINEAR)


def test_few_groups_give_a_larger_validation_part_not_an_error(plan):
    made = plan(fold=2, validation_folds=50)
    assert {s.label for s in made.validation} == {0, 1}
    assert not {s.group_id for s in made.validation} & {s.group_id for s in made.train}


def test_a_class_in_a_single_group_is_refused_with_what_to_do(plan, tiny_run):
    lonely = [
        s for s in tiny_run.samples if s.fold in (None, 2) or s.label == 1 or s.group_id == "group0"
    ]
    with pytest.raises(TrainingError, match=r"fold 2.*larger split\.folds, or add groups"):
        plan(samples=lonely, fold=2)


def test_one_fold_is_none(tiny_run):
    assert folds_of(tiny_run.samples) == (0, 1, 2)
    with pytest.raises(TrainingError, match="at least 2 are needed"):
        folds_of([s for s in tiny_run.samples if s.fold in (0, None)])


def test_with_a_val_split_only_that_is_judged_and_nothing_else_is_held_back(plan, tiny_run):
    def once(sample):
        if sample.fold is None:
            return sample
        val = sample.fold == 2
        return replace(sample, fold=0 if val else 1, split="val" if val else "train")

    samples = [once(sample) for sample in tiny_run.samples]
    assert folds_of(samples) == (0,)
    made = plan(samples=samples, card=LINEAR)
    assert {s.split for s in made.test} == {"val"}
    assert {s.split for s in made.train} == {"train"}
    assert len(made.test) == 4
    assert len(made.train) == 16
