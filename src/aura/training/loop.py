"""The training loop of the networks, on Lightning Fabric."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from torch.utils.data import DataLoader

from aura.errors import TrainingError, UsageError
from aura.models.frame_network import FrameNetwork
from aura.training.config import TrainingConfig
from aura.training.loader import Batch, network_input
from aura.training.scores import roc_auc


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What one epoch led to.

    Attributes:
        epoch: Counted from 1.
        train_loss: Mean over the epoch's batches, before each step.
        val_loss: On the validation videos, after the epoch.
        val_auc: The same; None where they hold one class.
        learning_rate: That of the epoch's last step.
    """

    epoch: int
    train_loss: float
    val_loss: float
    val_auc: float | None
    learning_rate: float


@dataclass(frozen=True, slots=True)
class FitResult:
    """A finished fit: which epoch's weights the network now holds, and how it went."""

    best_epoch: int
    history: tuple[EpochRecord, ...]


@dataclass(frozen=True, slots=True)
class WeightedLoss:
    """Binary cross-entropy with a weight for each class.

    Attributes:
        real_weight: Weight of a real video.
        fake_weight: Weight of a fake one.
        smoothing: How far targets stand from 0 and 1.
    """

    real_weight: float
    fake_weight: float
    smoothing: float

    @classmethod
    def for_labels(cls, labels: Sequence[int], config: TrainingConfig) -> "WeightedLoss":
        """Return the loss for training videos of these labels, both of which must occur.

        >>> WeightedLoss.for_labels([0, 0, 0, 1], TrainingConfig()).fake_weight
        2.0
        """
        n_fake = sum(labels)
        n_real = len(labels) - n_fake
        if not config.balanced:
            return cls(1.0, 1.0, config.label_smoothing)
        half = len(labels) / 2
        return cls(half / n_real, half / n_fake, config.label_smoothing)

    def sums(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of the losses of ``logits`` [B], and the sum of the weights."""
        weights = torch.where(labels > 0.5, self.fake_weight, self.real_weight)
        targets = labels * (1 - 2 * self.smoothing) + self.smoothing
        losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (weights * losses).sum(), weights.sum()


def rate_factor(step: int, n_steps: int, *, warmup: float, final_rate: float) -> float:
    """Return the share of the highest learning rate at ``step`` of ``n_steps``.

    It rises linearly over the share ``warmup`` of the steps and falls along half a cosine to
    ``final_rate``.

    >>> [round(rate_factor(s, 5, warmup=0.4, final_rate=0), 2) for s in range(5)]
    [0.5, 1.0, 1.0, 0.75, 0.25]
    """
    n_rising = round(warmup * n_steps)
    if step < n_rising:
        return (step + 1) / n_rising
    progress = min((step - n_rising) / max(n_steps - n_rising, 1), 1.0)
    return final_rate + (1 - final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


def make_fabric(config: TrainingConfig) -> Fabric:
    """Return the one device that ``config`` asks for, in full precision.

    Raises:
        UsageError: This machine has no such device.
    """
    try:
        return Fabric(accelerator=config.accelerator, devices=1, precision="32-true")
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"training.accelerator={config.accelerator}: this machine has none that torch can "
            "use; set auto or cpu"
        ) from error


def fit(
    network: FrameNetwork,
    train_loader: DataLoader[Batch],
    *,
    validation_loader: DataLoader[Batch],
    loss: WeightedLoss,
    config: TrainingConfig,
    on_epoch: Callable[[EpochRecord], None],
) -> FitResult:
    """Train ``network``, and leave it on the CPU with the weights of its best epoch.

    The best epoch is chosen on the validation videos alone, the earlier one of equals.

    Args:
        network: Trained in place.
        train_loader: Iterated once an epoch.
        validation_loader: Iterated after each epoch.
        loss: Of training and validation.
        config: Epochs, rates, patience.
        on_epoch: Told of each epoch when it is over.

    Raises:
        TrainingError: A loss or gradient is not finite, or ``select_by`` is ``auc`` and the
            validation videos hold one class.
    """
    fabric = make_fabric(config)
    optimizer = AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    n_steps = config.epochs * len(train_loader)
    scheduler = LambdaLR(
        optimizer,
        lambda step: rate_factor(step, n_steps, warmup=config.warmup, final_rate=config.final_rate),
    )
    module, fabric_optimizer = fabric.setup(network, optimizer)
    flips = np.random.default_rng(torch.initial_seed())
    history: list[EpochRecord] = []
    best_epoch, best_score = 0, math.inf
    best_state: dict[str, Tensor] = {}
    for epoch in range(1, config.epochs + 1):
        train_loss, rate = train_one_epoch(
            fabric,
            module,
            train_loader,
            optimizer=fabric_optimizer,
            scheduler=scheduler,
            loss=loss,
            config=config,
            flips=flips,
            epoch=epoch,
        )
        val_loss, val_auc = evaluate(fabric, module, validation_loader, loss=loss, epoch=epoch)
        history.append(EpochRecord(epoch, train_loss, val_loss, val_auc, rate))
        on_epoch(history[-1])
        score = _score(history[-1], config)
        if score < best_score:
            best_epoch, best_score = epoch, score
            best_state = {key: value.cpu().clone() for key, value in network.state_dict().items()}
        if epoch - best_epoch >= config.patience:
            break
    network.to("cpu")
    network.load_state_dict(best_state)
    network.eval()
    return FitResult(best_epoch, tuple(history))


def train_one_epoch(
    fabric: Fabric,
    module: nn.Module,
    loader: DataLoader[Batch],
    *,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    loss: WeightedLoss,
    config: TrainingConfig,
    flips: np.random.Generator,
    epoch: int,
) -> tuple[float, float]:
    """Take one step a batch and return the mean loss and the last learning rate."""
    module.train()
    total, total_weight, rate = 0.0, 0.0, 0.0
    for number, batch in enumerate(loader, start=1):
        clips = _mirrored(batch.clips, chance=config.flip, rng=flips)
        labels = fabric.to_device(batch.labels)
        logits = module(network_input(fabric.to_device(clips)), fabric.to_device(batch.mask))
        loss_sum, weight_sum = loss.sums(logits, labels)
        _require_finite(loss_sum, "training loss", where=f"epoch {epoch}, batch {number}")
        optimizer.zero_grad()
        fabric.backward(loss_sum / weight_sum)
        norm = nn.utils.clip_grad_norm_(module.parameters(), config.gradient_norm)
        _require_finite(norm, "gradient", where=f"epoch {epoch}, batch {number}")
        rate = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
        total += loss_sum.item()
        total_weight += weight_sum.item()
    return total / total_weight, rate


@torch.no_grad()
def evaluate(
    fabric: Fabric,
    module: nn.Module,
    loader: DataLoader[Batch],
    *,
    loss: WeightedLoss,
    epoch: int,
) -> tuple[float, float | None]:
    """Return loss and AUC over all videos of ``loader``; nothing is learned from them."""
    module.eval()
    total, total_weight = 0.0, 0.0
    logits: list[NDArray[np.float64]] = []
    labels: list[NDArray[np.float64]] = []
    for number, batch in enumerate(loader, start=1):
        scores = module(network_input(fabric.to_device(batch.clips)), fabric.to_device(batch.mask))
        loss_sum, weight_sum = loss.sums(scores, fabric.to_device(batch.labels))
        _require_finite(loss_sum, "validation loss", where=f"epoch {epoch}, batch {number}")
        total += loss_sum.item()
        total_weight += weight_sum.item()
        logits.append(scores.cpu().numpy().astype(np.float64))
        labels.append(batch.labels.numpy().astype(np.float64))
    truth = np.concatenate(labels).astype(np.int64)
    return total / total_weight, roc_auc(truth, np.concatenate(logits))


def _score(record: EpochRecord, config: TrainingConfig) -> float:
    """Return what the best epoch has least of."""
    if config.select_by == "loss":
        return record.val_loss
    if record.val_auc is None:
        raise TrainingError(
            "the validation videos hold one class, so there is no AUC to choose the best epoch "
            "by: set training.select_by=loss"
        )
    return -record.val_auc


def _mirrored(clips: Tensor, *, chance: float, rng: np.random.Generator) -> Tensor:
    """Return ``clips`` [B, T, H, W, 3], some of them mirrored left to right in all frames."""
    chosen = torch.from_numpy(rng.random(len(clips)) < chance)
    return torch.where(chosen.view(-1, 1, 1, 1, 1), clips.flip(3), clips)


def _require_finite(value: Tensor, what: str, *, where: str) -> None:
    if not torch.isfinite(value):
        raise TrainingError(
            f"{where}: the {what} is {value.item()}: lower training.learning_rate or "
            "training.gradient_norm, and look for faulty clips"
        )
