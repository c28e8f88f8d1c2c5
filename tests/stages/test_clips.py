import numpy as np
import pytest

from aura.engine import Item
from aura.errors import InsufficientEvidence
from aura.media import encode_video, open_video
from aura.media.sampling import uniform_indices
from aura.stages import ClipConfig, ClipStage, ScaleConfig, ScaleStage
from aura.stages.clips import cut_clip, letterboxed
from aura.stages.scale import scaled_size

SIZE_PX = 48


def cut(stage: ClipStage, item: Item, out) -> np.ndarray:
    (row,) = stage.process(item, out).rows
    clip = np.load(out / row["file"])
    assert row["n_frames"] == len(clip)
    return clip


@pytest.fixture
def scaled(write, tmp_path):
    """Writes a video and returns it scaled."""

    def _scaled(name: str, **how) -> Item:
        item = write(name, **how)
        folder = tmp_path / "scaled"
        folder.mkdir(exist_ok=True)
        (row,) = ScaleStage(ScaleConfig(max_side_px=SIZE_PX)).process(item, folder).rows
        return Item(item.video_id, folder / row["file"], "key")

    return _scaled


@pytest.mark.parametrize("n_frames", [1, 5, 8, 20])
def test_a_clip_holds_frames_of_the_scaled_video_evenly_spread(n_frames, scaled, out, decoded):
    item = scaled("x.mp4")
    config = ClipConfig(n_frames=n_frames, min_usable_frames=1)
    clip = cut(ClipStage(config, size_px=SIZE_PX), item, out)
    frames, _ = decoded(item.path)
    chosen = list(uniform_indices(20, n_frames))
    assert clip.shape == (n_frames, SIZE_PX, SIZE_PX, 3)
    assert clip.dtype == np.uint8
    assert np.array_equal(clip[:, 9:39], frames[chosen])


@pytest.mark.parametrize("size", [(60, 96), (96, 60), (57, 93), (70, 70)])
def test_bars_are_black_and_the_picture_is_in_the_middle(size, scaled, out, decoded):
    item = scaled("x.mp4", height=size[0], width=size[1])
    clip = cut(ClipStage(ClipConfig(), size_px=SIZE_PX), item, out)
    frames, _ = decoded(item.path)
    height, width = frames.shape[1:3]
    assert max(height, width) == SIZE_PX
    top, left = (SIZE_PX - height) // 2, (SIZE_PX - width) // 2
    picture = clip[:, top : top + height, left : left + width]
    assert np.array_equal(picture, frames[list(uniform_indices(20, 8))])
    assert clip.sum(dtype=np.int64) == picture.sum(dtype=np.int64)


@pytest.mark.parametrize("name", ["x.mp4", "x.gif"])
def test_a_clip_cut_from_the_original_on_the_fly_is_the_same(name, write, scaled, out):
    how = {"codec": "gif"} if name.endswith("gif") else {}
    stored = cut(ClipStage(ClipConfig(), size_px=SIZE_PX), scaled(name, **how), out)
    with open_video(write(name, **how).path) as video:
        size = scaled_size(video.info.height, video.info.width, max_side_px=SIZE_PX)
        fresh = cut_clip(video, ClipConfig(), size_px=SIZE_PX, scaled_to=size)
    assert np.array_equal(stored, fresh)


def test_a_stretch_of_a_video_is_cut_as_if_there_were_no_more(scaled, decoded):
    item = scaled("x.mp4")
    with open_video(item.path) as video:
        part = cut_clip(video, ClipConfig(), size_px=SIZE_PX, within=range(6, 18))
    frames, _ = decoded(item.path)
    assert np.array_equal(part[:, 9:39], frames[6:18][list(uniform_indices(12, 8))])


def test_a_short_video_gives_each_frame_once(scaled, out):
    clip = cut(ClipStage(ClipConfig(n_frames=8), size_px=SIZE_PX), scaled("x.mp4", n=5), out)
    assert len(clip) == 5


@pytest.mark.parametrize(("n_pictures", "is_enough"), [(4, True), (3, False), (0, False)])
def test_frames_of_one_colour_are_not_usable(n_pictures, is_enough, tmp_path, out, pictures):
    frames = np.zeros((8, 30, 48, 3), dtype=np.uint8)
    frames[:n_pictures] = pictures(8, height=30, width=48)[:n_pictures]
    encode_video(tmp_path / "x.mp4", frames, fps=25)
    stage, item = ClipStage(ClipConfig(), size_px=SIZE_PX), Item("x", tmp_path / "x.mp4", "key")
    if is_enough:
        assert len(cut(stage, item, out)) == 8
    else:
        said = rf"{n_pictures} usable frames of 8 .*{8 - n_pictures} of one colour.*at least 4"
        with pytest.raises(InsufficientEvidence, match=said):
            stage.process(item, out)
        assert list(out.iterdir()) == []


def test_letterboxing_does_not_change_what_it_is_given():
    frames = np.full((2, 3, 5, 3), 7, dtype=np.uint8)
    squares = letterboxed(frames, size_px=6)
    assert squares.shape == (2, 6, 6, 3)
    assert squares.sum() == frames.sum() == 2 * 3 * 5 * 3 * 7
    squares[:] = 0
    assert (frames == 7).all()


def test_the_size_is_part_of_what_results_depend_on():
    one, other = (ClipStage(ClipConfig(), size_px=size_px) for size_px in (48, 64))
    assert one.settings != other.settings
