"""A small run: twelve videos in six groups and three folds, each with one augmented version."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from aura.training import ClipRecipe, ClipStore, FeatureRecipe, FeatureTable, Sample, TrainingConfig

SIZE_PX = 24


@dataclass(frozen=True)
class TinyRun:
    samples: list[Sample]
    features: FeatureTable
    clips: ClipStore


@pytest.fixture
def tiny_run(tmp_path: Path) -> TinyRun:
    """One real and one fake video a group, two groups a fold, and a test-split group."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "clips"
    folder.mkdir()
    samples, rows = [], []
    for group in range(7):
        fold = None if group == 6 else group % 3
        split = "test" if fold is None else "train"
        for label in (0, 1):
            video_id = f"g{group}-{label}"
            for version in ("", "-aug"):
                samples.append(
                    Sample(
                        video_id=video_id + version,
                        parent_id=video_id if version else None,
                        label=label,
                        group_id=f"group{group}",
                        fold=fold,
                        split=split,
                        key=f"key-{video_id}{version}",
                    )
                )
                rows.append([rng.normal() + 3 * label, rng.normal(), 1.0])
                frames = rng.integers(0, 100, (1 + group % 3, SIZE_PX, SIZE_PX, 3))
                frames[:, ::4] += 100 * label
                np.save(folder / f"{video_id}{version}.npy", frames.astype("uint8"))
    features = FeatureTable(
        tuple(s.video_id for s in samples),
        tuple(s.parent_id for s in samples),
        np.array(rows),
        FeatureRecipe(names=("level", "noise", "constant")),
    )
    recipe = ClipRecipe(n_frames=3, size_px=SIZE_PX)
    return TinyRun(samples, features, ClipStore(folder, recipe))


@pytest.fixture
def quick() -> TrainingConfig:
    """A configuration that trains the small network in a moment."""
    return TrainingConfig(
        epochs=3,
        batch_size=8,
        validation_folds=2,
        accelerator="cpu",
        settings={"naive_cnn": {"channels": [8, 8, 8, 8]}},
    )
