import json

import numpy as np
import pytest

pytest.importorskip("torch")

from aura.errors import DataError, UsageError
from aura.models import create_feature_model, create_frame_model
from aura.training import ClipRecipe, FeatureRecipe
from aura.training.checkpoint import (
    load_fold_model,
    load_fold_models,
    save_fold_model,
)

CLIPS = ClipRecipe(n_frames=3, size_px=24)
FEATURES = FeatureRecipe(names=("a", "b"))


@pytest.fixture
def network_folder(tmp_path):
    network = create_frame_model("naive_cnn", channels=(8, 8, 8, 8))
    save_fold_model(tmp_path / "net", network, name="naive_cnn", recipe=CLIPS)
    return tmp_path / "net"


@pytest.fixture
def linear_folder(tmp_path):
    model = create_feature_model("logistic_regression", C=0.5)
    matrix = np.array([[0.0, 1.0], [1.0, 0.0], [0.2, 3.0], [2.0, 0.0]])
    model.fit(matrix, np.array([0, 1, 0, 1]), names=FEATURES.names)
    save_fold_model(tmp_path / "linear", model, name="logistic_regression", recipe=FEATURES)
    return tmp_path / "linear"


def rewrite(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_checkpoint_says_what_it_is(network_folder, linear_folder):
    network, linear = load_fold_model(network_folder), load_fold_model(linear_folder)
    assert (network.kind, network.name, network.recipe) == ("frames", "naive_cnn", CLIPS)
    assert (linear.kind, linear.name, linear.recipe) == (
        "features",
        "logistic_regression",
        FEATURES,
    )
    assert linear.model.config.C == 0.5
    assert not network.network.training


def test_frames_of_a_clip_can_be_scored_for_a_timeline(network_folder):
    model = load_fold_model(network_folder)
    clip = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), dtype=np.uint8)
    frames = model.frame_logits(clip)
    assert frames.shape == (3,)
    assert frames.mean() == pytest.approx(model.logits([clip])[0], abs=1e-6)
    assert model.logits([]).shape == (0,)


def test_inputs_made_by_another_recipe_are_refused_naming_both(network_folder, linear_folder):
    other = ClipRecipe(n_frames=3, size_px=32)
    with pytest.raises(DataError) as caught:
        load_fold_model(network_folder, recipe=other)
    for part in (CLIPS.fingerprint(), other.fingerprint(), "size_px: 24 and 32"):
        assert part in str(caught.value)
    with pytest.raises(DataError, match="kind: features and frames"):
        load_fold_model(linear_folder, recipe=CLIPS)


def test_a_clip_or_columns_of_another_recipe_are_refused(network_folder, linear_folder):
    with pytest.raises(DataError, match="expected uint8"):
        load_fold_model(network_folder).logits([np.zeros((3, 32, 32, 3), np.uint8)])
    model = load_fold_model(linear_folder)
    with pytest.raises(DataError, match="absent: b, unknown: c"):
        model.logits(np.zeros((1, 2)), ("a", "c"))
    with pytest.raises(DataError, match="in a fixed order"):
        model.logits(np.zeros((1, 2)), ("b", "a"))


def test_a_recipe_changed_by_hand_is_refused(network_folder):
    changed = ClipRecipe(n_frames=4, size_px=24).model_dump(mode="json")
    rewrite(network_folder, recipe=changed)
    with pytest.raises(DataError, match="the file was changed"):
        load_fold_model(network_folder)


def test_a_checkpoint_of_another_version_is_refused(network_folder):
    rewrite(network_folder, model_version=99)
    with pytest.raises(DataError, match=r"of version 99.*train again"):
        load_fold_model(network_folder)


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": 2}'])
def test_what_is_no_checkpoint_is_refused(network_folder, content):
    path = network_folder / "model.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(DataError, match="expected a model that AURA trained"):
        load_fold_model(network_folder)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"\x00" * 64])
@pytest.mark.parametrize("kind", ["network_folder", "linear_folder"])
def test_damaged_weights_are_refused(request, kind, content):
    folder = request.getfixturevalue(kind)
    (weights,) = folder.glob("weights.*")
    weights.unlink() if content is None else weights.write_bytes(content)
    with pytest.raises(DataError, match="weights"):
        load_fold_model(folder)


def test_pickled_weights_are_refused(linear_folder):
    np.savez(linear_folder / "weights.npz", bias=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="cannot be read as arrays"):
        load_fold_model(linear_folder)


def test_weights_of_another_network_are_refused(network_folder):
    rewrite(network_folder, settings={"channels": [8, 8, 8, 16]})
    with pytest.raises(DataError, match="does not hold this network's weights"):
        load_fold_model(network_folder)


def test_a_recipe_of_the_other_kind_is_refused_on_saving(tmp_path):
    with pytest.raises(UsageError, match="fed with frames, the recipe makes features"):
        save_fold_model(
            tmp_path, create_frame_model("naive_cnn"), name="naive_cnn", recipe=FEATURES
        )


def test_folds_of_unfinished_training_are_not_loaded(tmp_path):
    with pytest.raises(DataError, match="training has not finished there"):
        load_fold_models(tmp_path)
