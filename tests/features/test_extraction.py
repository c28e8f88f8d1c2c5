from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

import aura.media
from aura.errors import InsufficientEvidence
from aura.features import GROUPS, FeatureConfig, compute, extract, feature_names, measure, sample
from aura.media import EncodeConfig, encode_video, open_video

PICTURES = FeatureConfig(groups=tuple(group for group in GROUPS if group != "codec"))
ONE_COLOUR = np.full((1, 120, 160, 3), 40, np.uint8)


@dataclass(frozen=True)
class SmallFacts:
    width: int = 64
    height: int = 48
    fps: float = 25.0
    duration_s: float = 1.0
    bit_rate_bps: float = 1e5
    has_audio: bool = False


@given(
    height=st.integers(16, 41),
    width=st.integers(16, 41),
    kinds=st.lists(
        st.lists(
            st.sampled_from(["random", "flat", "black", "gradient", "binary", "faint"]), max_size=5
        ),
        max_size=4,
    ),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=60)
def test_any_frames_give_finite_numbers_or_say_that_they_do_not_suffice(height, width, kinds, seed):
    rng = np.random.default_rng(seed)
    shape = (height, width, 3)
    make = {
        "random": lambda: rng.integers(0, 256, shape),
        "flat": lambda: np.full(shape, rng.integers(0, 256)),
        "black": lambda: np.zeros(shape),
        "gradient": lambda: np.broadcast_to(np.arange(width)[None, :, None] * 5, shape),
        "binary": lambda: rng.integers(0, 2, shape) * 255,
        "faint": lambda: 128 + rng.integers(-5, 6, shape),
    }
    bursts = [
        np.array([make[kind]() for kind in burst], np.uint8).reshape(-1, *shape) for burst in kinds
    ]
    usable = [[kind not in ("flat", "black") for kind in burst] for burst in kinds]
    enough = sum(map(sum, usable)) >= 4 and any(
        all(burst[i : i + 3]) for burst in usable for i in range(len(burst) - 2)
    )
    if enough:
        values = compute(bursts, SmallFacts(width=width, height=height))
        assert tuple(values) == feature_names()
        assert np.isfinite(list(values.values())).all()
    else:
        with pytest.raises(InsufficientEvidence):
            compute(bursts, SmallFacts(width=width, height=height))


def test_the_same_frames_give_the_same_numbers_and_stay_as_they_are(scene, facts):
    kept = scene.copy()
    assert compute([scene], facts) == compute([scene.copy()], facts)
    np.testing.assert_array_equal(scene, kept)


def test_one_colour_frames_among_others_do_not_count(scene, facts):
    black = np.zeros_like(scene[:1])
    plain = compute([scene], facts)
    assert compute([np.concatenate([black, scene, black])], facts) == plain
    assert compute([ONE_COLOUR, scene], facts) == plain


def test_a_repeated_picture_in_a_larger_frame_gives_like_numbers(facts):
    rng = np.random.default_rng(12)
    tile = gaussian_filter(rng.uniform(0, 255, (64, 64, 3)), (1.5, 1.5, 0), mode="wrap")
    frames = np.stack([np.roll(tile, t, axis=1) for t in range(4)]).astype(np.uint8)
    small = compute([np.tile(frames, (1, 2, 2, 1))], facts)
    large = compute([np.tile(frames, (1, 4, 4, 1))], facts)
    for name in small:
        # Counted over few blocks, or peaks of a spectrum that grows with the frame.
        if not name.startswith(("resampling", "dct_periodicity", "blockiness")):
            assert large[name] == pytest.approx(small[name], rel=0.1, abs=0.03), name


def test_too_few_usable_frames_are_named_by_number(scene, facts):
    bursts = [scene[:3], np.concatenate([ONE_COLOUR] * 3)]
    message = (
        r"3 usable frames of 24 sampled \(18 could not be decoded, 3 of one colour\), at least 4"
    )
    with pytest.raises(InsufficientEvidence, match=message):
        compute(bursts, facts, n_sampled=24)


@pytest.mark.parametrize("bursts", [[], [np.zeros((0, 48, 64, 3), np.uint8)]])
def test_no_frames_are_insufficient_evidence(bursts, facts):
    with pytest.raises(InsufficientEvidence, match="0 usable frames of 0 sampled"):
        compute(bursts, facts)


def test_scattered_frames_are_insufficient_evidence(scene, facts):
    with pytest.raises(InsufficientEvidence, match="no 3 of them consecutive"):
        compute([scene[:2], scene[3:5]], facts)


def test_tiny_frames_are_insufficient_evidence(scene, facts):
    with pytest.raises(InsufficientEvidence, match="frames of 160x15 pixels, at least 16x16"):
        compute([scene[:, :15]], facts)


@given(n_frames=st.integers(0, 2000), n_bursts=st.integers(1, 12), length=st.integers(3, 6))
def test_sampled_runs_are_consecutive_and_exist(n_frames, n_bursts, length):
    bursts = sample(n_frames, FeatureConfig(n_bursts=n_bursts, burst_frames=length))
    indices = [index for burst in bursts for index in burst]
    assert indices == sorted(set(indices))
    assert all(0 <= index < n_frames for index in indices)
    assert all(burst == tuple(range(burst[0], burst[-1] + 1)) for burst in bursts if burst)
    assert len(indices) == min(n_frames, n_bursts * length)


@dataclass(frozen=True)
class Facts(SmallFacts):
    n_frames: int = 0


@dataclass
class StandInVideo:
    """A video whose frames are at hand, except for those that are damaged."""

    frames: np.ndarray
    damaged: tuple[int, ...] = ()

    @property
    def n_frames(self):
        return len(self.frames)

    @property
    def info(self):
        return Facts(n_frames=len(self.frames))

    def frames_at(self, *, indices, size=None):
        assert size is None
        kept = np.array([i for i in indices if i not in self.damaged], np.int64)
        missing = tuple(i for i in indices if i in self.damaged)
        return SimpleNamespace(data=self.frames[kept], indices=kept, missing=missing)


@pytest.fixture
def opened(monkeypatch):
    """Let `extract` open the stand-in it is given instead of a file."""

    def give(video):
        monkeypatch.setattr(
            aura.media, "open_video", lambda _, limits: nullcontext(video), raising=False
        )

    return give


def moving(scene, n_frames):
    wide = np.concatenate([scene[0], scene[0, :, ::-1]], axis=1)
    noise = np.random.default_rng(13).integers(-3, 4, (n_frames, 1, 160, 3))
    frames = np.stack([wide[:, t : t + 160] for t in range(n_frames)])
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


def test_extract_measures_the_sampled_bursts_of_a_video(scene, opened):
    video = StandInVideo(moving(scene, 100))
    opened(video)
    config = FeatureConfig(n_bursts=3, burst_frames=3)
    bursts = [video.frames[list(burst)] for burst in sample(100, config)]
    assert extract("clip.mp4", config) == compute(bursts, video.info, config=config)


def test_a_video_of_eight_frames_has_features(scene, opened):
    opened(StandInVideo(moving(scene, 8)))
    assert tuple(extract("short.mp4")) == feature_names()


def test_a_video_of_one_frame_is_insufficient_evidence(scene, opened):
    opened(StandInVideo(scene[:1]))
    with pytest.raises(InsufficientEvidence, match=r"still.mp4: 1 usable frames of 1 sampled"):
        extract("still.mp4")


def test_a_stretch_of_a_video_is_measured_as_if_it_were_all(scene):
    video = StandInVideo(moving(scene, 100))
    stretch = measure(video, PICTURES, within=range(30, 70))
    assert stretch == measure(StandInVideo(video.frames[30:70]), PICTURES)
    assert stretch != measure(video, PICTURES)


def test_frames_can_be_scaled_before_they_are_measured(scene, tmp_path):
    path = tmp_path / "clip.mp4"
    encode_video(path, moving(scene, 8), fps=25, config=EncodeConfig(lossless=True))
    with open_video(path) as video:
        small = video.frames_at(indices=list(range(8)), size=(60, 80)).data
        values = measure(video, PICTURES, size=(60, 80))
    assert values == compute([small], SmallFacts(), config=PICTURES)


def test_a_damaged_frame_does_not_make_its_neighbours_consecutive(scene, opened):
    video = StandInVideo(moving(scene, 100), damaged=(1, 49))
    opened(video)
    config = FeatureConfig(n_bursts=2, burst_frames=50)
    parts = [video.frames[:1], video.frames[2:49], video.frames[50:]]
    assert extract("damaged.mp4", config) == compute(parts, video.info, config=config)


def test_frames_that_cannot_be_decoded_are_counted(scene, opened):
    opened(StandInVideo(moving(scene, 10), damaged=tuple(range(3, 10))))
    with pytest.raises(InsufficientEvidence, match=r"3 usable frames of 10 sampled .7 could not"):
        extract("damaged.mp4")


def test_a_file_gives_the_features_of_the_frames_it_holds(scene, tmp_path):
    path = tmp_path / "clip.mp4"
    frames = moving(scene, 8)
    encode_video(path, frames, fps=25, config=EncodeConfig(lossless=True))
    values = extract(path)
    assert extract(path, PICTURES) == compute([frames], SmallFacts(), config=PICTURES)
    assert values["codec_fps"] == pytest.approx(25)
    assert values["codec_pixels"] == pytest.approx(np.log2(160 * 120))
    assert values["codec_has_audio"] == 0


def test_real_clips_have_finite_features(real_clips):
    for clip in real_clips[::9]:
        values = extract(clip)
        assert tuple(values) == feature_names()
        assert np.isfinite(list(values.values())).all(), clip
