import math
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aura.errors import TrainingError  # noqa: E402
from aura.models import create_frame_model  # noqa: E402
from aura.models.frame_network import FrameNetwork  # noqa: E402
from aura.training import loop  # noqa: E402
from aura.training.determinism import deterministic  # noqa: E402
from aura.training.loader import ordered_loader, training_loader  # noqa: E402
from aura.training.loop import WeightedLoss, fit, rate_factor  # noqa: E402

CHANNELS = (8, 8, 8, 8)


@pytest.fixture
def fit_tiny(tiny_run, quick):
    """Fit a small network to the tiny run; the third fold's originals validate."""
    originals = [s for s in tiny_run.samples if s.parent_id is None and s.fold is not None]
    train = [s for s in originals if s.fold != 2]
    validation = [s for s in originals if s.fold == 2]

    def run(network=None, validation=validation, on_epoch=lambda record: None, **changes):
        config = quick.model_copy(update=changes)
        with deterministic(0, n_threads=1):
            network = network or create_frame_model("naive_cnn", channels=CHANNELS)
            result = fit(
                network,
                training_loader(train, tiny_run.clips, batch_size=3, seed=0),
                validation_loader=ordered_loader(validation, tiny_run.clips, batch_size=3),
                loss=WeightedLoss.for_labels([s.label for s in train], config),
                config=config,
                on_epoch=on_epoch,
            )
        return network, result

    return run


def scripted_validation(monkeypatch, scores, states):
    """Make validation say ``scores`` (loss, AUC) and note the weights it was asked about."""
    remaining = iter(scores)

    def evaluate(fabric, module, loader, **_):
        states.append({k: v.clone() for k, v in module.state_dict().items()})
        return next(remaining)

    monkeypatch.setattr(loop, "evaluate", evaluate)


def test_the_rate_rises_then_falls_along_a_cosine():
    rates = [rate_factor(s, 100, warmup=0.1, final_rate=0.02) for s in range(100)]
    assert rates[:10] == pytest.approx([(s + 1) / 10 for s in range(10)])
    assert rates[55] == pytest.approx(0.51)
    assert all(a >= b for a, b in pairwise(rates[10:]))
    assert rates[99] < 0.025
    assert rate_factor(500, 100, warmup=0.1, final_rate=0.02) == pytest.approx(0.02)


@pytest.mark.parametrize("warmup", [0.0, 1.0])
def test_the_rate_stays_within_its_bounds_without_or_with_only_warm_up(warmup):
    rates = [rate_factor(s, 7, warmup=warmup, final_rate=0) for s in range(7)]
    assert all(0 < rate <= 1 for rate in rates)
    assert max(rates) == 1


def test_the_scheduler_is_stepped_once_a_batch(fit_tiny, quick):
    _, result = fit_tiny()
    n_steps = 3 * quick.epochs
    expected = [
        quick.learning_rate
        * rate_factor(s, n_steps, warmup=quick.warmup, final_rate=quick.final_rate)
        for s in (2, 5, 8)
    ]
    assert [r.learning_rate for r in result.history] == pytest.approx(expected)


def test_training_learns_what_can_be_learned(fit_tiny):
    _, result = fit_tiny(epochs=12, patience=12, learning_rate=0.02)
    assert result.history[-1].train_loss < 0.5 * result.history[0].train_loss
    assert result.history[result.best_epoch - 1].val_auc == 1.0


def test_the_best_epoch_on_validation_is_kept_and_the_earlier_of_equals(fit_tiny, monkeypatch):
    states = []
    scores = [(0.9, 0.5), (0.3, 0.4), (0.3, 0.9), (0.5, 0.5)]
    scripted_validation(monkeypatch, scores, states)
    network, result = fit_tiny(epochs=4)
    assert result.best_epoch == 2
    kept = network.state_dict()
    # Fabric's wrapper may prefix the names; the order is the same.
    for (key, value), noted in zip(kept.items(), states[1].values(), strict=True):
        assert torch.equal(value, noted), key
    assert not all(
        torch.equal(value, noted)
        for value, noted in zip(kept.values(), states[3].values(), strict=True)
    )
    assert not network.training


def test_the_best_epoch_can_be_chosen_by_auc(fit_tiny, monkeypatch):
    scripted_validation(monkeypatch, [(0.1, 0.5), (0.3, 0.4), (0.9, 0.9)], [])
    assert fit_tiny(select_by="auc")[1].best_epoch == 3


def test_training_ends_when_validation_stops_improving(fit_tiny, monkeypatch):
    losses = [0.9, 0.5, 0.6, 0.6, 0.1]
    scripted_validation(monkeypatch, [(loss, 0.5) for loss in losses], [])
    _, result = fit_tiny(epochs=50, patience=2)
    assert [r.epoch for r in result.history] == [1, 2, 3, 4]
    assert result.best_epoch == 2


def test_choosing_by_auc_with_one_class_on_validation_is_refused(fit_tiny, tiny_run):
    fakes = [s for s in tiny_run.samples if s.fold == 2 and s.label and not s.parent_id]
    assert fit_tiny(validation=fakes)[1].history[0].val_auc is None
    with pytest.raises(TrainingError, match=r"select_by=loss"):
        fit_tiny(validation=fakes, select_by="auc")


class Broken(FrameNetwork):
    """Gives one learned number for every clip until its calls in training exceed ``n_good``."""

    def __init__(self, n_good, faulty_gradient=False):
        super().__init__(loop.TrainingConfig(), mean=(0, 0, 0), std=(1, 1, 1), min_side_px=1)
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.n_good, self.faulty_gradient = n_good, faulty_gradient

    def frame_logits(self, clips):
        return self.forward(clips)[:, None].expand(clips.shape[:2])

    def forward(self, clips, mask=None):
        self.n_good -= 1
        logits = self.weight.expand(len(clips))
        if self.n_good >= 0:
            return logits
        if self.faulty_gradient:
            return torch.sqrt(torch.abs(logits * 0)) + logits
        return logits * float("nan")


@pytest.mark.parametrize(("n_good", "where"), [(1, "epoch 1, batch 2"), (5, "epoch 2, batch 1")])
def test_a_loss_that_is_not_a_number_ends_training_and_says_where(fit_tiny, n_good, where):
    with pytest.raises(TrainingError, match=f"{where}: the training loss is nan"):
        fit_tiny(network=Broken(n_good))


def test_a_validation_loss_that_is_not_a_number_ends_training(fit_tiny):
    with pytest.raises(TrainingError, match="epoch 1, batch 1: the validation loss is nan"):
        fit_tiny(network=Broken(3))


def test_a_gradient_that_is_not_a_number_ends_training_before_the_step(fit_tiny):
    network = Broken(0, faulty_gradient=True)
    with pytest.raises(TrainingError, match="epoch 1, batch 1: the gradient is nan"):
        fit_tiny(network=network)
    assert network.weight.item() == 0


def test_classes_weigh_the_same_whatever_their_numbers(quick):
    labels = [0, 0, 0, 1]
    loss = WeightedLoss.for_labels(labels, quick)
    logits, truth = torch.zeros(4), torch.tensor(labels).float()
    total, weight = loss.sums(logits, truth)
    assert (total / weight).item() == pytest.approx(math.log(2))
    real, _ = loss.sums(logits[:3], truth[:3])
    fake, _ = loss.sums(logits[3:], truth[3:])
    assert real.item() == pytest.approx(fake.item())


def test_label_smoothing_moves_the_best_logit(quick):
    config = quick.model_copy(update={"label_smoothing": 0.1})
    loss = WeightedLoss.for_labels([0, 1], config)
    logit = torch.zeros(1, requires_grad=True)
    total, _ = loss.sums(logit + math.log(9), torch.ones(1))
    total.backward()
    assert logit.grad.item() == pytest.approx(0, abs=1e-6)


def test_mirroring_turns_all_frames_of_a_clip():
    clips = torch.arange(2 * 3 * 2 * 4 * 3, dtype=torch.uint8).view(2, 3, 2, 4, 3)
    rng = np.random.default_rng(0)
    assert torch.equal(loop._mirrored(clips, chance=1, rng=rng), clips.flip(3))
    assert torch.equal(loop._mirrored(clips, chance=0, rng=rng), clips)
