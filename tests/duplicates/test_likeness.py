import numpy as np
from scipy.stats import binom

from aura.duplicates import DuplicateConfig
from aura.duplicates.collection import Collection
from aura.duplicates.frame_hash import FrameHashes, mirrored
from aura.duplicates.likeness import alike, allowed_bits

CONFIG = DuplicateConfig()
ALL_BLOCKS = np.uint16(0xFFFF)


def collection(bits: np.ndarray, *, moving: bool, textured: int = 0xFFFF) -> Collection:
    n = len(bits)
    hashes = FrameHashes(bits, np.full(n, textured, dtype=np.uint16))
    return Collection(np.arange(n + 1), hashes, np.full(n, moving))


def flipped(bits: np.ndarray, n: int) -> np.ndarray:
    changed = np.unpackbits(bits.view(np.uint8), bitorder="little")
    changed[np.random.default_rng(n).choice(128, n, replace=False)] ^= 1
    return np.packbits(changed, bitorder="little").view(np.uint64)


def test_allowed_differences_are_next_to_impossible_by_chance():
    for sigmas in (6.5, 8.5):
        allowed = allowed_bits(sigmas)
        for n_blocks in range(6, 17):
            assert binom.cdf(allowed[n_blocks], 8 * n_blocks, 0.5) < 1e-10


def test_more_may_differ_where_more_is_compared_and_where_less_is_asked():
    strict, lenient = allowed_bits(8.5), allowed_bits(6.5)
    assert (np.diff(strict) >= 0).all()
    assert (lenient >= strict).all()
    assert (strict[:6] == -1).all()


def test_still_frames_must_agree_more_closely_than_moving_ones():
    bits = np.random.default_rng(0).integers(0, 2**64, 2, dtype=np.uint64)
    both = np.stack([bits, flipped(bits, 20)])
    one, other = np.array([0]), np.array([1])
    for moving in (True, False):
        found = alike(collection(both, moving=moving), one, other, flipped=False, config=CONFIG)
        assert found.tolist() == [moving]


def test_a_picture_and_its_mirror_image_are_alike_in_the_mirror_only():
    hashes = FrameHashes(
        np.random.default_rng(0).integers(0, 2**64, (1, 2), dtype=np.uint64), ALL_BLOCKS[None]
    )
    both = collection(np.concatenate([hashes.bits, mirrored(hashes).bits]), moving=False)
    one, other = np.array([0]), np.array([1])
    assert not alike(both, one, other, flipped=False, config=CONFIG)
    assert alike(both, one, other, flipped=True, config=CONFIG)


def test_equal_pictures_of_which_too_little_is_textured_are_not_alike():
    bits = np.zeros((2, 2), dtype=np.uint64)
    for textured, expected in ((0b11111, False), (0b111111, True)):
        pair = collection(bits, moving=True, textured=textured)
        found = alike(pair, np.array([0]), np.array([1]), flipped=False, config=CONFIG)
        assert found.tolist() == [expected]
