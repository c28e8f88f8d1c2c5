"""From a video, or frames of one, to its features."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aura.errors import InsufficientEvidence
from aura.features import blockiness, codec, dct, noise, resampling, sharpness, temporal
from aura.features.catalogue import FeatureConfig, Group, feature_names
from aura.features.codec import ContainerFacts
from aura.features.planes import MIN_SIDE_PX, luma_planes, usable_runs

if TYPE_CHECKING:
    from aura.media import MediaLimits, Video

Runs = Sequence[NDArray[np.float32]]

_MEASURES: dict[Group, Callable[[Runs], dict[str, float]]] = {
    "noise": noise.measure,
    "dct": dct.measure,
    "sharpness": sharpness.measure,
    "blockiness": blockiness.measure,
    "resampling": resampling.measure,
    "temporal": temporal.measure,
}

_MIN_RUN = 3  # a second difference in time needs three frames


def sample(n_frames: int, config: FeatureConfig | None = None) -> list[tuple[int, ...]]:
    """Return the frames to read: runs of consecutive indices, in order and without overlap.

    A video that has no more frames than would be read is read whole, as one run.

    >>> sample(8)
    [(0, 1, 2, 3, 4, 5, 6, 7)]
    >>> [len(burst) for burst in sample(300)]
    [3, 3, 3, 3, 3, 3, 3, 3]
    """
    from aura.media.sampling import bursts

    config = config or FeatureConfig()
    if n_frames <= config.n_bursts * config.burst_frames:
        return [tuple(range(n_frames))]
    return bursts(n_frames, config.n_bursts, config.burst_frames)


def compute(
    bursts_of_frames: Sequence[NDArray[np.uint8]],
    info: ContainerFacts,
    *,
    config: FeatureConfig | None = None,
    n_sampled: int | None = None,
) -> dict[str, float]:
    """Return the features of the frames sampled from one video.

    Args:
        bursts_of_frames: Runs of consecutive frames, each ``uint8 [L, H, W, 3]``, RGB.
        info: What the container says.
        config: Which features, and the least number of usable frames.
        n_sampled: How many frames were asked for, where some of them could not be decoded.

    Returns:
        One finite number for each of ``feature_names(config)``, in that order.

    Raises:
        InsufficientEvidence: The frames are smaller than 16 pixels, too few of them are usable
            (decoded, and not of one colour), or no three usable ones are consecutive.
    """
    config = config or FeatureConfig()
    runs: list[NDArray[np.float32]] = []
    n_decoded = 0
    for frames in bursts_of_frames:
        if len(frames):
            _require_size(frames)
            runs += usable_runs(luma_planes(frames, crop_px=config.crop_px))
            n_decoded += len(frames)
    _require_evidence(
        [len(run) for run in runs],
        n_decoded=n_decoded,
        n_sampled=n_decoded if n_sampled is None else n_sampled,
        config=config,
    )
    values: dict[str, float] = {}
    for group in config.groups:
        values |= codec.measure(info) if group == "codec" else _MEASURES[group](runs)
    assert np.isfinite(list(values.values())).all(), values
    return {name: values[name] for name in feature_names(config)}


def measure(
    video: "Video",
    config: FeatureConfig | None = None,
    *,
    within: range | None = None,
    size: tuple[int, int] | None = None,
) -> dict[str, float]:
    """Return the features of an open video, or of a stretch of it.

    Args:
        video: An open video.
        config: Which features, and how many frames of what length of run.
        within: The frames to sample from, each following the one before; by default all.
        size: Height and width to which frames are scaled while they are converted; by default
            they stay as they are. The container's facts are always those of the file.

    Raises:
        InsufficientEvidence: There is too little usable material; see `compute`.
    """
    config = config or FeatureConfig()
    within = range(video.n_frames) if within is None else within
    wanted = [within[i] for burst in sample(len(within), config) for i in burst]
    frames = video.frames_at(indices=wanted, size=size)
    bursts = [frames.data[run] for run in _consecutive(frames.indices)]
    return compute(bursts, video.info, config=config, n_sampled=len(wanted))


def extract(
    path: Path | str,
    config: FeatureConfig | None = None,
    *,
    limits: "MediaLimits | None" = None,
) -> dict[str, float]:
    """Return the features of the video at ``path``.

    Args:
        path: A video file.
        config: Which features, and how many frames of what length of run.
        limits: What the video may at most be.

    Raises:
        MediaError: The video cannot be opened.
        InsufficientEvidence: It has too little usable material; see `compute`.
    """
    from aura.media import open_video

    with open_video(path, limits=limits) as video:
        try:
            return measure(video, config)
        except InsufficientEvidence as error:
            raise InsufficientEvidence(f"{path}: {error}") from error


def _consecutive(indices: NDArray[np.int64]) -> list[slice]:
    """Return the stretches over which ``indices`` grow by one.

    >>> _consecutive(np.array([0, 1, 2, 50, 52, 53]))
    [slice(0, 3, None), slice(3, 4, None), slice(4, 6, None)]
    """
    if not len(indices):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(indices) != 1) + 1).tolist(), len(indices)]
    return [slice(start, end) for start, end in pairwise(cuts)]


def _require_size(frames: NDArray[np.uint8]) -> None:
    height, width = frames.shape[1:3]
    if min(height, width) < MIN_SIDE_PX:
        raise InsufficientEvidence(
            f"frames of {width}x{height} pixels, at least {MIN_SIDE_PX}x{MIN_SIDE_PX} needed: "
            "use the video at its original size"
        )


def _require_evidence(
    run_lengths: Sequence[int], *, n_decoded: int, n_sampled: int, config: FeatureConfig
) -> None:
    n_usable = sum(run_lengths)
    found = (
        f"{n_usable} usable frames of {n_sampled} sampled ({n_sampled - n_decoded} could not be "
        f"decoded, {n_decoded - n_usable} of one colour)"
    )
    if n_usable < config.min_usable_frames:
        raise InsufficientEvidence(
            f"{found}, at least {config.min_usable_frames} needed: use a longer or less damaged "
            "video, or sample more of it with features.n_bursts"
        )
    if max(run_lengths, default=0) < _MIN_RUN:
        raise InsufficientEvidence(
            f"{found}, no {_MIN_RUN} of them consecutive, as differences in time need: "
            "use a less damaged video, or longer bursts with features.burst_frames"
        )
