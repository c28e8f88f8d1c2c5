"""Time: how frames differ from their neighbours.

Faces made frame by frame flicker and jitter; regions that were repeated, held or generated from
one picture stand still. Everything is taken over pairs and triples of consecutive frames, so the
numbers do not depend on how long a run is.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aura.features.definition import Feature
from aura.features.planes import block_means, log_ratio

_WANG = "Wang and Farid, Exposing Digital Forgeries in Video by Detecting Duplication, MM&Sec 2007"
_FLICKER = "van Roosmalen, Lagendijk and Biemond, Correction of intensity flicker in old film sequences, IEEE TCSVT 9(7), 1999"  # noqa: E501
_AMERINI = "after Amerini et al., Deepfake Video Detection through Optical Flow based CNN, ICCVW 2019, without the flow"  # noqa: E501
_FIRST = "d = mean |luma_t+1 - luma_t|"

FEATURES = (
    Feature("temporal_difference_mean", "temporal", f"{_FIRST}; mean over pairs", _AMERINI),
    Feature("temporal_difference_std", "temporal", "standard deviation of d over pairs", _AMERINI),
    Feature("temporal_difference_p90", "temporal", "90th percentile of d over pairs", _AMERINI),
    Feature(
        "temporal_second_difference_mean",
        "temporal",
        "mean |luma_t - 2 luma_t+1 + luma_t+2|; mean over triples",
        _AMERINI,
    ),
    Feature(
        "temporal_jitter",
        "temporal",
        "ln(mean over triples of the second differences / mean over pairs of the first)",
        _AMERINI,
    ),
    Feature(
        "temporal_flicker_mean",
        "temporal",
        "m = mean luma of a frame; |m_t - 2 m_t+1 + m_t+2|; mean over triples",
        _FLICKER,
    ),
    Feature(
        "temporal_local_flicker_mean",
        "temporal",
        "the same of each 16 px block's mean luma; mean over blocks and triples",
        _FLICKER,
    ),
    Feature(
        "temporal_block_spread_mean",
        "temporal",
        "standard deviation over 16 px blocks of ln(1 + the block's mean |luma_t+1 - luma_t|); "
        "mean over pairs",
        _AMERINI,
    ),
    Feature(
        "temporal_frozen_share",
        "temporal",
        "share of 16 px blocks whose mean |luma_t+1 - luma_t| is below 0.1; mean over pairs",
        _WANG,
    ),
    Feature(
        "temporal_frozen_frames",
        "temporal",
        "share of pairs in which every block is frozen",
        _WANG,
    ),
)

_FROZEN_BELOW = 0.1  # grey levels; a block that was repeated and coded as unchanged has 0
_FLOOR = 0.05  # grey levels


def measure(runs: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return the temporal features of runs of luma planes ``float32 [L, h, w]``.

    At least one run holds three planes.
    """
    changes: list[float] = []
    block_changes: list[NDArray[np.float32]] = []
    second_changes: list[float] = []
    flicker: list[float] = []
    local_flicker: list[float] = []
    for run in runs:
        differences = np.diff(run, axis=0)
        changes += [_mean(np.abs(d)) for d in differences]
        block_changes += [block_means(np.abs(d)) for d in differences]
        # The second difference of block means is the difference of the blocks' mean differences.
        block_steps = [block_means(d) for d in differences]
        second_changes += [_mean(np.abs(b - a)) for a, b in pairwise(differences)]
        local_flicker += [_mean(np.abs(b - a)) for a, b in pairwise(block_steps)]
        flicker += np.abs(np.diff(run.mean(axis=(1, 2), dtype=np.float64), n=2)).tolist()
    frozen = np.array([np.mean(blocks < _FROZEN_BELOW) for blocks in block_changes])
    spread = [np.log1p(blocks).std(dtype=np.float64) for blocks in block_changes]
    change, second_change = float(np.mean(changes)), float(np.mean(second_changes))
    return {
        "temporal_difference_mean": change,
        "temporal_difference_std": float(np.std(changes)),
        "temporal_difference_p90": float(np.percentile(changes, 90)),
        "temporal_second_difference_mean": second_change,
        "temporal_jitter": log_ratio(second_change, change, floor=_FLOOR),
        "temporal_flicker_mean": float(np.mean(flicker)),
        "temporal_local_flicker_mean": float(np.mean(local_flicker)),
        "temporal_block_spread_mean": float(np.mean(spread)),
        "temporal_frozen_share": float(frozen.mean()),
        "temporal_frozen_frames": float(np.mean(frozen == 1)),
    }


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean(dtype=np.float64))
