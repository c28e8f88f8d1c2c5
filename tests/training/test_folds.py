import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from aura.errors import ConfigError, DataError, LeakageError, TrainingError, UsageError
from aura.tables import PREDICTIONS
from aura.training import ClipStore, train_folds
from aura.training import folds as folds_module
from aura.training.checkpoint import load_fold_models

MODELS = ("logistic_regression", "naive_cnn")


class Recorder:
    """A progress that remembers."""

    def __init__(self):
        self.totals, self.steps = {}, {}

    def start(self, name, *, total, done=0):
        self.totals[name], self.steps[name] = total, done

    def advance(self, name, *, steps=1, note=""):
        self.steps[name] += steps

    def finish(self, name, *, note=""):
        pass

    def log(self, message):
        pass


@pytest.fixture
def train(tiny_run, quick, tmp_path):
    def run(folder=tmp_path / "training", samples=None, progress=None, clips=None, **changes):
        models = train_folds(
            samples or tiny_run.samples,
            folder,
            config=quick.model_copy(update={"epochs": 2} | changes),
            features=tiny_run.features,
            clips=clips or tiny_run.clips,
            progress=progress,
        )
        return [row for model in models for row in model.predictions]

    return run


def contents(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def trained_folds(monkeypatch):
    """Note which folds are trained from now on."""
    noted = []
    original = folds_module._train_fold

    def spy(job, plan, *, fold_folder):
        noted.append((job.card.name, plan.fold))
        original(job, plan, fold_folder=fold_folder)

    monkeypatch.setattr(folds_module, "_train_fold", spy)
    return noted


def test_each_video_outside_the_test_split_is_scored_once_a_model(train, tiny_run, tmp_path):
    progress = Recorder()
    rows = train(progress=progress)
    wanted = sorted(
        s.video_id for s in tiny_run.samples if s.parent_id is None and s.fold is not None
    )
    fold_of = {s.video_id: s.fold for s in tiny_run.samples}
    for model in MODELS:
        mine = [row for row in rows if row.model == model]
        assert [row.video_id for row in mine] == wanted
        assert all(row.fold == fold_of[row.video_id] for row in mine)
        assert all(row.probability == pytest.approx(1 / (1 + np.exp(-row.logit))) for row in mine)
        summary = json.loads((tmp_path / "training" / model / "summary.json").read_text())
        assert summary["model"] == model
        assert [fold["fold"] for fold in summary["folds"]] == [0, 1, 2]
        assert len(load_fold_models(tmp_path / "training" / model)) == 3
    PREDICTIONS.from_rows(rows)
    assert summary["auc_mean"] == pytest.approx(np.mean([fold["auc"] for fold in summary["folds"]]))
    assert (
        progress.steps
        == progress.totals
        == {
            "train logistic_regression": 3,
            "train naive_cnn": 6,
        }
    )


def test_separable_videos_are_told_apart(train, tmp_path):
    train(models=("logistic_regression",))
    path = tmp_path / "training" / "logistic_regression" / "summary.json"
    assert json.loads(path.read_text())["auc_pooled"] > 0.9


def test_the_same_run_gives_the_same_bytes_and_another_seed_does_not(train, tiny_run, tmp_path):
    first = train(folder=tmp_path / "a")
    second = train(folder=tmp_path / "b", samples=tiny_run.samples[::-1])
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    train(folder=tmp_path / "c", seed=7)
    weights = "naive_cnn/fold_0/weights.safetensors"
    assert contents(tmp_path / "a")[weights] != contents(tmp_path / "c")[weights]


def test_a_finished_run_is_not_trained_again(train, tmp_path, monkeypatch):
    first = train()
    before = contents(tmp_path / "training")
    noted = trained_folds(monkeypatch)
    progress = Recorder()
    assert train(progress=progress) == first
    assert noted == []
    assert contents(tmp_path / "training") == before
    assert progress.steps == progress.totals


def test_what_changed_is_trained_again_and_nothing_else(train, tiny_run, monkeypatch):
    train()
    noted = trained_folds(monkeypatch)
    train(epochs=1)
    assert noted == [("naive_cnn", 0), ("naive_cnn", 1), ("naive_cnn", 2)]
    noted.clear()
    # g0 is in fold 0; the features' models of the other folds learn from it, its own is tested.
    samples = [replace(s, key="new") if s.video_id == "g0-0-aug" else s for s in tiny_run.samples]
    train(models=("logistic_regression",), samples=samples)
    assert noted == [("logistic_regression", 1), ("logistic_regression", 2)]


class Killed(BaseException):
    """Ends the process as far as the code can tell."""


@pytest.mark.parametrize(
    ("models", "moment", "n_calls"),
    [
        (("naive_cnn",), "save_fold_model", 2),
        (("logistic_regression",), "load_fold_model", 2),
        (("logistic_regression",), "write_text", 2),
    ],
)
def test_a_run_killed_in_a_fold_ends_with_the_same_bytes(
    train, tmp_path, monkeypatch, models, moment, n_calls
):
    train(folder=tmp_path / "whole", models=models)
    with monkeypatch.context() as patch:
        original, calls = getattr(folds_module, moment), []

        def die(*args, **kwargs):
            calls.append(1)
            if len(calls) == n_calls:
                raise Killed
            return original(*args, **kwargs)

        patch.setattr(folds_module, moment, die)
        with pytest.raises(Killed):
            train(models=models)
    folder = tmp_path / "training" / models[0]
    assert not (folder / "summary.json").exists()
    assert not (folder / "fold_1" / "fold.json").exists()
    (folder / "fold_1" / "rubbish").write_text("half")
    noted = trained_folds(monkeypatch)
    train(models=models)
    assert noted == [(models[0], 1), (models[0], 2)]
    assert contents(tmp_path / "training") == contents(tmp_path / "whole")


@pytest.mark.parametrize("damage", ["truncate", "remove", "marker"])
def test_a_damaged_fold_is_trained_again(train, tmp_path, monkeypatch, damage):
    train(models=("logistic_regression",))
    before = contents(tmp_path / "training")
    folder = tmp_path / "training" / "logistic_regression" / "fold_1"
    if damage == "truncate":
        (folder / "weights.npz").write_bytes(b"PK")
    elif damage == "remove":
        (folder / "predictions.parquet").unlink()
    else:
        (folder / "fold.json").write_text("[]")
    noted = trained_folds(monkeypatch)
    train(models=("logistic_regression",))
    assert noted == [("logistic_regression", 1)]
    assert contents(tmp_path / "training") == before


def test_no_network_reads_its_test_videos_or_their_kin_before_it_is_trained(
    train, tiny_run, monkeypatch
):
    reads, trained_at = [], []
    original_read, original_save = ClipStore.read, folds_module.save_fold_model

    def read(self, video_id):
        reads.append(video_id)
        return original_read(self, video_id)

    def save(folder, model, **keywords):
        trained_at.append(len(reads))
        return original_save(folder, model, **keywords)

    monkeypatch.setattr(ClipStore, "read", read)
    monkeypatch.setattr(folds_module, "save_fold_model", save)
    train(models=("naive_cnn",))
    group_of = {s.video_id: s.group_id for s in tiny_run.samples}
    fold_of = {s.video_id: s.fold for s in tiny_run.samples}
    start = 0
    for fold, end in enumerate(trained_at):
        seen = set(reads[start:end])
        tested = reads[end : end + 4]
        assert {fold_of[v] for v in tested} == {fold}
        assert not any(v.endswith("-aug") for v in tested)
        assert not {group_of[v] for v in seen} & {group_of[v] for v in tested}
        assert None not in {fold_of[v] for v in seen}
        assert any(v.endswith("-aug") for v in seen)
        start = end + 4
    assert start == len(reads)


def test_folds_of_one_class_have_no_auc_and_everything_else_works(train, tiny_run, tmp_path):
    # Leave one source out: fold 0 has the fakes of its group only.
    samples = [s for s in tiny_run.samples if not (s.fold == 0 and s.label == 0)]
    rows = train(samples=samples)
    assert len(rows) == 2 * 10
    summary = json.loads((tmp_path / "training" / "naive_cnn" / "summary.json").read_text())
    assert summary["folds"][0]["auc"] is None
    assert summary["n_folds_without_auc"] == 1
    assert summary["auc_mean"] is not None
    assert summary["auc_pooled"] is not None


def test_training_without_what_a_model_is_fed_with_is_refused(tiny_run, quick, tmp_path):
    with pytest.raises(UsageError, match="naive_cnn is trained on frames, none were made"):
        train_folds(tiny_run.samples, tmp_path, config=quick, features=tiny_run.features)


def test_a_sample_without_a_clip_is_named(train, tiny_run):
    tiny_run.clips.path_of("g1-1").unlink()
    with pytest.raises(DataError, match=r"1 of \d+ samples have no frames: g1-1;"):
        train(models=("naive_cnn",))


def test_wrong_models_and_settings_are_refused_before_anything_is_trained(train, tmp_path):
    with pytest.raises(UsageError, match="did you mean naive_cnn"):
        train(models=("logistic_regression", "naive_cn"))
    with pytest.raises(ConfigError, match="colour"):
        train(settings={"naive_cnn": {"colour": 1}})
    with pytest.raises(ConfigError, match="mean come from the recipe"):
        train(settings={"naive_cnn": {"mean": [0, 0, 0]}})
    assert not (tmp_path / "training").exists()


def test_a_group_in_two_folds_is_refused(train, tiny_run):
    samples = [replace(s, group_id="group1") if s.fold == 0 else s for s in tiny_run.samples]
    with pytest.raises(LeakageError, match="trained on"):
        train(samples=samples)


def test_a_fit_that_fails_names_model_and_fold(train, monkeypatch):
    from aura.training import networks

    def fail(*args, **kwargs):
        raise TrainingError("epoch 1, batch 2: the training loss is nan")

    monkeypatch.setattr(networks, "fit", fail)
    with pytest.raises(TrainingError, match="model naive_cnn, fold 0: epoch 1, batch 2"):
        train(models=("naive_cnn",))
