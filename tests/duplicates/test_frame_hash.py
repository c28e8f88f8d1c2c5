import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dctn

from aura.duplicates.frame_hash import FrameHashes, distances, hash_pictures, mirrored


def pictures(n: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 65280, (n, 32, 32), dtype=np.uint16)


def bit(hashes: FrameHashes, picture: int, *, block: int, coefficient: int) -> bool:
    place = 16 * coefficient + block
    return bool(int(hashes.bits[picture, place // 64]) >> (place % 64) & 1)


def test_each_bit_is_the_sign_of_a_cosine_coefficient_of_its_block():
    grey = pictures(3)
    hashes = hash_pictures(grey)
    frequencies = [(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2)]
    for picture in range(3):
        for block in range(16):
            top, left = 8 * (block // 4), 8 * (block % 4)
            transformed = dctn(grey[picture, top : top + 8, left : left + 8].astype(float))
            for coefficient, place in enumerate(frequencies):
                value = transformed[place]
                # The cosines in whole numbers are off by less than a percent.
                if abs(value) > 2e4:
                    found = bit(hashes, picture, block=block, coefficient=coefficient)
                    assert found == (value > 0)


@given(st.integers(0, 2**32 - 1))
def test_a_mirrored_hash_is_the_hash_of_the_mirrored_picture(seed):
    grey = pictures(2, seed=seed)
    grey[1, :16] = 30000
    direct = hash_pictures(grey[:, :, ::-1])
    turned = mirrored(hash_pictures(grey))
    np.testing.assert_array_equal(turned.textured, direct.textured)
    differing, _ = distances((turned.bits, direct.bits), (turned.textured, direct.textured))
    # Only a coefficient of exactly zero has no sign that mirroring could change.
    assert differing.max() <= 1


def test_mirroring_twice_changes_nothing():
    hashes = hash_pictures(pictures(4))
    again = mirrored(mirrored(hashes))
    np.testing.assert_array_equal(again.bits, hashes.bits)
    np.testing.assert_array_equal(again.textured, hashes.textured)


@pytest.mark.parametrize(("gain", "lift"), [(0.5, 0), (0.5, 20000), (0.9, 3000)])
def test_brightness_and_contrast_do_not_matter(gain, lift):
    grey = pictures(1)
    changed = np.rint(grey * gain + lift).astype(np.uint16)
    one, other = hash_pictures(grey), hash_pictures(changed)
    differing, n_blocks = distances((one.bits, other.bits), (one.textured, other.textured))
    assert n_blocks == 16
    assert differing <= 1


def test_blocks_of_one_tone_are_marked_and_count_for_nothing():
    grey = np.full((2, 32, 32), 20000, dtype=np.uint16)
    grey += np.random.default_rng(1).integers(0, 60, grey.shape, dtype=np.uint16)
    grey[:, :8, :8] = pictures(1)[0, :8, :8]
    hashes = hash_pictures(grey)
    assert hashes.textured.tolist() == [1, 1]
    differing, n_blocks = distances(
        (hashes.bits[0], hashes.bits[1]), (hashes.textured[0], hashes.textured[1])
    )
    assert (differing, n_blocks) == (0, 1)


def test_what_covers_one_block_changes_the_bits_of_no_other():
    grey = pictures(1)
    covered = grey.copy()
    covered[0, 0:8, 24:32] = np.linspace(0, 60000, 64).reshape(8, 8)
    changed = hash_pictures(grey).bits ^ hash_pictures(covered).bits
    of_block_3 = np.uint64(0x0008_0008_0008_0008)
    assert changed.any()
    assert not (changed & ~of_block_3).any()


def test_the_bits_are_the_same_on_every_machine():
    hashes = hash_pictures(pictures(1, seed=5))
    assert [hex(word) for word in hashes.bits[0].tolist()] == [
        "0xe41173ad033000de",
        "0x609d86491b551053",
    ]


def test_no_pictures_give_no_hashes():
    hashes = hash_pictures(np.empty((0, 32, 32), dtype=np.uint16))
    assert hashes.bits.shape == (0, 2)
    assert len(hashes) == 0
