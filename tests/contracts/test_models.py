"""What every model of the catalogue must do."""

import numpy as np
import pytest

from aura.models import create_feature_model, create_frame_model, list_models
from aura.training.checkpoint import load_fold_model, save_fold_model
from aura.training.recipe import ClipRecipe, FeatureRecipe

torch = pytest.importorskip("torch")

FEATURE_MODELS = [card.name for card in list_models() if card.kind == "features"]
FRAME_MODELS = [card.name for card in list_models() if card.kind == "frames"]
NAMES = ("alpha", "beta", "gamma")


@pytest.fixture(autouse=True)
def repeatable():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def clips(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def feature_data(n=40):
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    return rng.normal(size=(n, 3)) + labels[:, None] * np.array([2.0, 0.0, -1.0]), labels


@pytest.mark.parametrize("name", FRAME_MODELS)
@pytest.mark.parametrize("shape", [(1, 1, 3, 64, 64), (3, 4, 3, 48, 80), (2, 9, 3, 112, 112)])
def test_a_network_gives_one_finite_logit_a_clip_and_one_a_frame(name, shape):
    network = create_frame_model(name).eval()
    with torch.no_grad():
        logits = network(clips(*shape))
        frames = network.frame_logits(clips(*shape))
    assert logits.shape == shape[:1]
    assert frames.shape == shape[:2]
    assert logits.dtype == torch.float32
    assert torch.isfinite(logits).all()
    assert torch.isfinite(frames).all()


@pytest.mark.parametrize("name", FRAME_MODELS)
def test_every_parameter_gets_a_finite_gradient(name):
    network = create_frame_model(name).train()
    network(clips(2, 3, 3, 64, 64)).sum().backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key
        assert parameter.grad.abs().max() > 0, key


@pytest.mark.parametrize("name", FRAME_MODELS)
def test_a_network_learns_four_clips_by_heart(name):
    network = create_frame_model(name).train()
    labels = torch.tensor([0.0, 1.0, 1.0, 0.0])
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(60):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(clips(4, 2, 3, 48, 48)), labels
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        logits = network.eval()(clips(4, 2, 3, 48, 48))
    assert ((logits > 0) == (labels > 0.5)).all()
    assert logits.abs().min() > 1


@pytest.mark.parametrize("name", FRAME_MODELS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_a_logit_does_not_depend_on_the_other_clips_of_the_batch(name, mode):
    network = create_frame_model(name, dropout=0.0)
    network.train(mode == "train")
    batch = clips(4, 2, 3, 48, 48)
    with torch.no_grad():
        logits = network(batch)
        torch.testing.assert_close(network(batch.flip(0)).flip(0), logits, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(network(batch[1:2]), logits[1:2], rtol=1e-4, atol=1e-5)
    assert logits.std() > 1e-4


@pytest.mark.parametrize("name", FRAME_MODELS)
@pytest.mark.parametrize("filler", [0.0, 1.0])
def test_frames_that_fill_up_do_not_change_the_logit(name, filler):
    network = create_frame_model(name).eval()
    short = clips(1, 3, 3, 48, 48)
    filled = torch.full((1, 7, 3, 48, 48), filler)
    filled[:, :3] = short
    mask = torch.arange(7)[None] < 3
    with torch.no_grad():
        torch.testing.assert_close(network(filled, mask), network(short), rtol=1e-4, atol=1e-5)
        assert (network(filled) - network(short)).abs() > 1e-5


@pytest.mark.parametrize("card", list_models(), ids=lambda card: card.name)
def test_the_card_tells_the_truth(card):
    assert card.summary.endswith(".")
    assert card.source
    assert card.licence
    assert "none" in card.weights
    if card.kind == "frames":
        n_parameters = sum(p.numel() for p in create_frame_model(card.name).parameters())
        assert card.n_parameters == n_parameters


@pytest.mark.parametrize("name", FRAME_MODELS)
def test_a_saved_network_scores_the_same_and_saves_to_the_same_bytes(name, tmp_path):
    recipe = ClipRecipe(n_frames=3, size_px=48, mean=(0.4, 0.5, 0.6))
    network = create_frame_model(name, mean=recipe.mean, std=recipe.std).eval()
    rng = np.random.default_rng(0)
    videos = [rng.integers(0, 256, (t, 48, 48, 3), dtype=np.uint8) for t in (3, 1, 2)]
    files = save_fold_model(tmp_path / "a", network, name=name, recipe=recipe)
    loaded = load_fold_model(tmp_path / "a", recipe=recipe)
    with torch.no_grad():
        expected = [
            float(network(torch.from_numpy(v)[None].permute(0, 1, 4, 2, 3).float() / 255))
            for v in videos
        ]
    assert loaded.logits(videos).tolist() == expected
    save_fold_model(tmp_path / "b", loaded.network, name=name, recipe=recipe)
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("name", FEATURE_MODELS)
def test_a_feature_model_ranks_what_it_learned_and_repeats_to_the_byte(name, tmp_path):
    matrix, labels = feature_data()
    recipe = FeatureRecipe(names=NAMES)
    for folder in ("a", "b"):
        model = create_feature_model(name)
        model.fit(matrix, labels, names=NAMES)
        files = save_fold_model(tmp_path / folder, model, name=name, recipe=recipe)
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    loaded = load_fold_model(tmp_path / "a", recipe=recipe)
    logits = loaded.logits(matrix, NAMES)
    assert logits.tolist() == model.logits(matrix).tolist()
    assert logits.dtype == np.float64
    assert logits[labels == 1].mean() > logits[labels == 0].mean() + 1
    assert model.feature_names == NAMES
    assert set(model.contributions(matrix[0])) == set(NAMES)


@pytest.mark.parametrize("name", FEATURE_MODELS)
def test_a_row_scores_the_same_alone_and_among_others(name):
    matrix, labels = feature_data()
    model = create_feature_model(name)
    model.fit(matrix, labels, names=NAMES)
    together = model.logits(matrix)
    assert model.logits(matrix[::-1]).tolist() == together[::-1].tolist()
    assert [float(model.logits(row[None])[0]) for row in matrix] == together.tolist()
