import numpy as np
import pytest

from aura.duplicates import DuplicateConfig, VideoFingerprint
from aura.duplicates.collection import collect
from aura.duplicates.frame_hash import FrameHashes, mirrored
from aura.duplicates.index import MAX_NEIGHBOURS, candidates

CONFIG = DuplicateConfig()


def text_of(bits: np.ndarray, *, textured: int = 0xFFFF) -> str:
    hashes = FrameHashes(bits, np.full(len(bits), textured, dtype=np.uint16))
    return VideoFingerprint(np.arange(len(bits)) / 4, hashes).to_text()


def noisy(bits: np.ndarray, rng: np.random.Generator, *, share: float) -> np.ndarray:
    flips = rng.random((len(bits), 128)) < share
    return bits ^ np.packbits(flips, axis=1, bitorder="little").view(np.uint64)


def found(texts: list[str], *, in_mirror: bool = False) -> set[tuple[int, int]]:
    pairs = candidates(collect(texts), CONFIG, in_mirror=in_mirror)
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


@pytest.mark.parametrize("share", [0.0, 0.03, 0.08])
def test_copies_with_noise_in_their_bits_are_found(share):
    rng = np.random.default_rng(0)
    films = rng.integers(0, 2**64, (60, 20, 2), dtype=np.uint64)
    copies = [noisy(film, rng, share=share) for film in films]
    assert found([*map(text_of, films), *map(text_of, copies)]) == {(i, i + 60) for i in range(60)}


def test_films_of_their_own_are_not_paired():
    films = np.random.default_rng(1).integers(0, 2**64, (300, 20, 2), dtype=np.uint64)
    assert found([text_of(film) for film in films]) == set()


def test_mirrored_copies_are_found_in_the_mirror_only():
    rng = np.random.default_rng(2)
    films = rng.integers(0, 2**64, (30, 20, 2), dtype=np.uint64)
    everywhere = np.full(20, 0xFFFF, dtype=np.uint16)
    copies = [mirrored(FrameHashes(film, everywhere)).bits for film in films]
    texts = [*map(text_of, films), *map(text_of, copies)]
    assert found(texts) == set()
    assert found(texts, in_mirror=True) == {(i, i + 30) for i in range(30)}


def test_a_copy_whose_other_half_is_of_one_tone_is_found():
    film = np.random.default_rng(3).integers(0, 2**64, (12, 2), dtype=np.uint64)
    other = film & np.uint64(0x00FF_00FF_00FF_00FF)
    assert found([text_of(film, textured=0x00FF), text_of(other, textured=0x00FF)]) == {(0, 1)}


def test_many_copies_are_connected_though_not_all_pairs_are_listed():
    film = np.random.default_rng(4).integers(0, 2**64, (3, 2), dtype=np.uint64)
    n_copies = 4 * MAX_NEIGHBOURS
    pairs = found([text_of(film)] * n_copies)
    assert {(place, place + 1) for place in range(n_copies - 1)} <= pairs
    assert len(pairs) < n_copies * (n_copies - 1) / 2


def test_videos_without_frames_are_no_candidates():
    film = np.random.default_rng(5).integers(0, 2**64, (3, 2), dtype=np.uint64)
    assert found(["", text_of(film), "", text_of(film), ""]) == {(1, 3)}
    assert found([]) == set()
    assert found(["", ""], in_mirror=True) == set()
