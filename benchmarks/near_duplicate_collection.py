"""Any number of fingerprints as videos have them, with copies planted among them.

Drawing a million videos pixel by pixel would take days. So the bits of the hashes are drawn from
what generated scenes have: each bit is as often set, and each two bits agree as often, as in
2,000 pictures of such scenes. Videos drift from frame to frame, some stand still, some cut; parts
of some are of one tone. Two fifths of the videos are copies of others: with noise in their bits,
cut at the ends, with a logo, mirrored, or with several of these.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.datasets.demo_scene import LOOKS, build_scene
from aura.duplicates.fingerprint import VideoFingerprint
from aura.duplicates.frame_hash import N_BLOCKS, SIDE_PX, FrameHashes, hash_pictures, mirrored

_N_BITS = 128
_N_SCENES = 40
_CROPS_PER_SCENE = 50
_CHUNK = 512
_CLUSTER_SIZES = np.array([1, 2, 3, 5, 10, 40])
_CLUSTER_ODDS = np.array([0.80, 0.12, 0.05, 0.02, 0.008, 0.002])
_MAX_FRAMES = 32


@dataclass(frozen=True, slots=True, eq=False)
class BitStatistics:
    """How the bits of hashes are distributed.

    Attributes:
        mixing: float32 [128, 128]; independent normal numbers times it agree as bits do.
        offset: float32 [128], added so that each bit is set as often as it is.
        textured: uint16 [N], which blocks of the pictures are textured.
    """

    mixing: NDArray[np.float32]
    offset: NDArray[np.float32]
    textured: NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Fingerprints and what is known of them: videos of one cluster show the same footage."""

    video_ids: list[str]
    fingerprints: list[str]
    cluster: NDArray[np.int64]


def measure_bits(rng: np.random.Generator) -> BitStatistics:
    """Return the statistics of the hashes of generated pictures."""
    pictures: list[NDArray[np.uint16]] = []
    for number in range(_N_SCENES):
        scene = build_scene(rng, look=LOOKS[number % len(LOOKS)], width=128, height=96)
        height, width = scene.world.shape[:2]
        for _ in range(_CROPS_PER_SCENE):
            top, left = rng.integers(0, height - 96 + 1), rng.integers(0, width - 128 + 1)
            view = scene.world[top : top + 96, left : left + 128].mean(axis=2)
            small = cv2.resize(view, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
            pictures.append((np.clip(small, 0, 1) * 65280).astype(np.uint16))
    hashes = hash_pictures(np.stack(pictures))
    signs = _as_signs(hashes.bits)
    agreement = np.sin(np.pi / 2 * np.corrcoef(signs.T))
    values, vectors = np.linalg.eigh(agreement)
    mixing = (vectors * np.sqrt(np.maximum(values, 0))).T
    offset = signs.mean(axis=0) * np.sqrt(np.pi / 2)
    return BitStatistics(
        mixing.astype(np.float32), offset.astype(np.float32), np.asarray(hashes.textured)
    )


def plant(n_videos: int, *, seed: int) -> Planted:
    """Return the fingerprints of ``n_videos`` videos, copies among them."""
    rng = np.random.default_rng(seed)
    statistics = measure_bits(rng)
    sizes: list[NDArray[np.int64]] = []
    while sum(int(part.sum()) for part in sizes) < n_videos:
        sizes.append(rng.choice(_CLUSTER_SIZES, size=_CHUNK, p=_CLUSTER_ODDS))
    cluster = np.repeat(np.arange(_CHUNK * len(sizes)), np.concatenate(sizes))[:n_videos]
    fingerprints: list[str] = []
    for start in range(0, n_videos, _CHUNK):
        fingerprints += _draw(rng, statistics, cluster[start : start + _CHUNK])
    order = rng.permutation(n_videos)
    ids = [f"video-{place:07d}" for place in range(n_videos)]
    return Planted(ids, [fingerprints[place] for place in order], cluster[order])


def _draw(
    rng: np.random.Generator, statistics: BitStatistics, cluster: NDArray[np.int64]
) -> list[str]:
    """Return fingerprints; videos of a cluster follow each other, the first is the original."""
    texts: list[str] = []
    _, first = np.unique(cluster, return_index=True)
    latent = _latent_videos(rng, statistics, n=len(first))
    for place, video in enumerate(latent):
        until = first[place + 1] if place + 1 < len(first) else len(cluster)
        shown = rng.choice(statistics.textured)
        lengths = int(rng.integers(16, _MAX_FRAMES + 1))
        for copy in range(until - first[place]):
            texts.append(_version(rng, video[:lengths], textured=shown, is_copy=copy > 0))
    return texts


def _latent_videos(
    rng: np.random.Generator, statistics: BitStatistics, *, n: int
) -> NDArray[np.float32]:
    """Return float32 [n, 32, 128]: numbers whose signs are the bits of a video's frames."""
    drift = rng.choice(np.array([0.02, 0.2, 0.5], np.float32), size=(n, 1))
    states = np.empty((_MAX_FRAMES, n, _N_BITS), dtype=np.float32)
    states[0] = rng.standard_normal((n, _N_BITS), dtype=np.float32)
    for frame in range(1, _MAX_FRAMES):
        is_cut = rng.random((n, 1)) < 0.03
        moved = np.where(is_cut, np.float32(1), drift)
        states[frame] = moved * rng.standard_normal((n, _N_BITS), dtype=np.float32)
        states[frame] += np.sqrt(1 - moved**2) * states[frame - 1]
    return (states @ statistics.mixing + statistics.offset).transpose(1, 0, 2)


def _version(
    rng: np.random.Generator, video: NDArray[np.float32], *, textured: int, is_copy: bool
) -> str:
    frames, shown = video, int(textured)
    if is_copy:
        n_cut = int(rng.integers(0, len(video) * 3 // 10 + 1))
        start = int(rng.integers(0, n_cut + 1))
        frames = video[start : len(video) - n_cut + start]
        noise = rng.choice([0.05, 0.15, 0.3])
        frames = frames + noise * rng.standard_normal(frames.shape, dtype=np.float32)
        if rng.random() < 0.3:
            covered = int(rng.integers(0, N_BLOCKS))
            frames[:, covered::N_BLOCKS] = rng.standard_normal(_N_BITS // N_BLOCKS)
            shown |= 1 << covered
    bits = np.packbits(frames > 0, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    hashes = FrameHashes(bits, np.full(len(bits), shown, dtype=np.uint16))
    if is_copy and rng.random() < 0.05:
        hashes = mirrored(hashes)
    return VideoFingerprint(np.arange(len(bits)) / 4, hashes).to_text()


def _as_signs(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    unpacked = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
    return unpacked.astype(np.float64) * 2 - 1
