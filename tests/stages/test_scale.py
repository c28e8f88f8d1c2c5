import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.errors import LimitError, MediaError
from aura.media import MediaLimits, probe
from aura.stages import ScaleConfig, ScaleStage
from aura.stages.scale import scaled_size

SMALL = ScaleStage(ScaleConfig(max_side_px=32))
TIMES_S = [0.0, 0.04, 0.5, 0.54, 1.25, 2.0]


@given(height=st.integers(1, 5000), width=st.integers(1, 5000), max_side_px=st.integers(32, 2048))
def test_the_longer_side_is_as_wanted_and_the_shape_is_kept(height, width, max_side_px):
    new_height, new_width = scaled_size(height, width, max_side_px=max_side_px)
    assert max(new_height, new_width) == max_side_px
    assert min(new_height, new_width) >= 1
    ratio = max_side_px / max(height, width)
    assert abs(new_height - height * ratio) <= 1
    assert abs(new_width - width * ratio) <= 1
    assert scaled_size(width, height, max_side_px=max_side_px) == (new_width, new_height)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("plain.mp4", {}),
        ("b_frames.mp4", {"gop": 8, "b_frames": 3}),
        ("odd.mp4", {"height": 57, "width": 93}),
        ("tall.mp4", {"height": 96, "width": 40}),
        ("patches.gif", {"codec": "gif"}),
        ("clip.webm", {"codec": "libvpx-vp9"}),
        ("old.avi", {"codec": "mpeg4"}),
        ("one.mp4", {"n": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("max_side_px", [32, 45, 128])
def test_the_copy_is_what_scaling_on_the_fly_gives(name, how, max_side_px, write, out, decoded):
    item = write(name, **how)
    (row,) = ScaleStage(ScaleConfig(max_side_px=max_side_px)).process(item, out).rows
    info = probe(item.path)
    size = scaled_size(info.height, info.width, max_side_px=max_side_px)
    frames, times_s = decoded(item.path, size=size)
    copy, copied_times_s = decoded(out / row["file"])
    assert copy.shape == frames.shape
    assert np.array_equal(copy, frames)
    assert np.allclose(copied_times_s, times_s, atol=1e-4)
    assert (row["height"], row["width"]) == size
    assert (row["n_frames"], row["n_missing"]) == (len(frames), 0)


def test_a_turned_video_is_upright_in_the_copy(write, out, decoded, turn):
    item = write("turned.mp4")
    upright, _ = decoded(item.path)
    turn(item.path)
    (row,) = SMALL.process(item, out).rows
    assert (row["height"], row["width"]) == (32, 20)
    copy, _ = decoded(out / row["file"])
    assert np.array_equal(copy, decoded(item.path, size=(32, 20))[0])
    expected = np.rot90(upright, k=-1, axes=(1, 2)).mean(axis=(0, 3))
    shrunk = expected.reshape(32, 3, 20, 3).mean(axis=(1, 3))
    assert np.corrcoef(shrunk.ravel(), copy.mean(axis=(0, 3)).ravel())[0, 1] > 0.9
    assert probe(out / row["file"]).rotation_degrees == 0


def test_a_variable_frame_rate_is_kept(write, out, decoded):
    item = write("variable.mp4", n=6, times_s=TIMES_S)
    (row,) = SMALL.process(item, out).rows
    copy, times_s = decoded(out / row["file"])
    assert np.allclose(times_s, TIMES_S, atol=1e-4)
    assert np.array_equal(copy, decoded(item.path, size=(20, 32))[0])


@pytest.mark.parametrize("fps", [5, 23.976, 60])
def test_a_constant_frame_rate_is_kept(fps, tmp_path, out, pictures):
    from aura.engine import Item
    from aura.media import encode_video

    encode_video(tmp_path / "x.mp4", pictures(12), fps=fps)
    (row,) = SMALL.process(Item("x", tmp_path / "x.mp4", "key"), out).rows
    info = probe(out / row["file"])
    assert info.fps == pytest.approx(fps, rel=1e-3)
    assert info.duration_s == pytest.approx(12 / fps, rel=1e-2)


def test_frames_that_are_lost_are_counted_and_not_made_up(write, out, decoded):
    item = write("cut.mp4", n=30, gop=5)
    content = item.path.read_bytes()
    item.path.write_bytes(content[: len(content) * 2 // 3])
    (row,) = SMALL.process(item, out).rows
    copy, times_s = decoded(out / row["file"])
    assert 0 < len(copy) < 30
    assert (row["n_frames"], row["n_missing"]) == (len(copy), 30 - len(copy))
    frames, given_s = decoded(item.path, size=(20, 32))
    assert np.array_equal(copy, frames)
    assert np.allclose(times_s, given_s, atol=1e-4)


def test_the_limits_of_the_run_hold_here_too(write, out):
    stage = ScaleStage(ScaleConfig(), limits=MediaLimits(max_frames=10))
    with pytest.raises(LimitError, match="max_frames"):
        stage.process(write("x.mp4"), out)


def test_what_is_no_video_is_refused_and_nothing_is_left(write, out):
    item = write("x.mp4")
    item.path.write_bytes(b"")
    with pytest.raises(MediaError):
        SMALL.process(item, out)
    assert list(out.iterdir()) == []
