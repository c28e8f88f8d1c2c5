"""Depth, colour, odd sizes and transparency: frames equal sequential decoding in eight bits."""

from pathlib import Path

import av
import numpy as np
import pytest
from reference import assert_reads_like, read_sequentially
from specimens import CODECS_IN_CONTAINERS, PICTURES, Specimen, generate, pictures

from aura.media import open_video, probe

BY_NAME = {specimen.name: specimen for specimen in (*CODECS_IN_CONTAINERS, *PICTURES)}


@pytest.mark.parametrize("specimen", PICTURES, ids=str)
def test_every_kind_of_picture_reads_exactly(specimen: Specimen, tmp_path: Path) -> None:
    path = generate(specimen, tmp_path)
    reference = read_sequentially(path)
    assert len(reference.frames) == specimen.n_frames
    assert reference.frames[0].shape == (specimen.height, specimen.width, 3)
    assert_reads_like(path, reference)


@pytest.mark.parametrize("specimen", PICTURES, ids=str)
def test_every_kind_of_picture_looks_like_what_was_written(
    specimen: Specimen, tmp_path: Path
) -> None:
    path = generate(specimen, tmp_path)
    written = pictures(specimen.n_frames, height=specimen.height, width=specimen.width)[9]
    left = slice(0, (specimen.width + 1) // 2)
    with open_video(path) as video:
        found = video.frames_at([9]).data[0]
    # The opaque half, in brightness, which no codec and no colour subsampling loses much of.
    error = found[:, left].mean(axis=2) - written[:, left, :3].mean(axis=2)
    assert abs(error.mean()) < 8
    assert np.abs(error).mean() < 30


@pytest.mark.parametrize("name", ["alpha_prores.mov", "alpha_ffv1.mkv", "alpha_animation.mov"])
def test_transparent_pixels_show_the_colour_coded_below_them(name: str, tmp_path: Path) -> None:
    path = generate(BY_NAME[name], tmp_path)
    assert "a" in probe(path).pixel_format
    written = pictures(24, height=48, width=64)[5]
    assert (written[:, 32:, 3] == 0).all()
    with open_video(path) as video:
        found = video.frames_at([5]).data[0].astype(int)
    error = found[:, 32:] - written[:, 32:, :3]
    assert np.abs(error).mean() < 12


@pytest.mark.parametrize("suffix", ["vp8.webm", "vp9.webm"])
def test_transparent_webm_shows_the_colour_coded_below(suffix: str, tmp_path: Path) -> None:
    clear = BY_NAME[f"alpha_{suffix}"]
    with open_video(generate(clear, tmp_path)) as video:
        transparent = video.frames_at([3, 20]).data
        assert not video.frames_at([3]).missing
    assert transparent[:, :, 32:].std() > 20


def test_transparent_pixels_of_a_gif_are_white_as_on_a_page(tmp_path: Path) -> None:
    path = tmp_path / "clear.gif"
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[:, :15] = (200, 30, 40, 255)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 30, 20, "pal8"
        frame = av.VideoFrame(30, 20, "pal8")
        index = np.where(rgba[..., 3] > 0, 1, 0).astype(np.uint8)
        palette = np.zeros((256, 4), np.uint8)
        palette[1] = (255, 200, 30, 40)
        frame = av.VideoFrame.from_ndarray((index, palette), format="pal8")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with open_video(path) as video:
        found = video.frames_at([0]).data[0]
    assert (found[:, :15] == (200, 30, 40)).all()
    assert (found[:, 15:] == 255).all()


def test_a_video_that_changes_size_keeps_the_size_of_its_first_frame(tmp_path: Path) -> None:
    options = BY_NAME["h264_closed.mp4"].options
    small = generate(Specimen("small.ts", "libx264", options), tmp_path)
    large = generate(Specimen("large.ts", "libx264", options, height=96, width=80), tmp_path)
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    before, after = read_sequentially(small).frames, read_sequentially(large).frames
    with open_video(path) as video:
        assert video.n_frames == len(before) + len(after)
        frames = video.frames_at([2, 40])
        assert frames.data.shape == (2, 48, 64, 3)
        streamed = [frame.data for frame in video.stream()]
    assert np.array_equal(frames.data[0], before[2])
    assert np.array_equal(frames.data[1], streamed[40])
    shrunk = after[40 - len(before)].reshape(48, 2, 80, 3).mean(axis=1)
    assert abs(frames.data[1].mean() - shrunk.mean()) < 3
