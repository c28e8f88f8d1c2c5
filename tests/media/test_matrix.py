"""Every codec in every container that holds it: frames on demand equal decoding start to end."""

from pathlib import Path

import pytest
from reference import assert_reads_like, read_sequentially
from specimens import (
    CODECS_IN_CONTAINERS,
    LENGTHS,
    OLDER_FORMATS,
    TIMES_AND_STREAMS,
    Specimen,
    generate,
)

from aura.media import open_video, read_audio


@pytest.mark.parametrize("specimen", [*CODECS_IN_CONTAINERS, *OLDER_FORMATS], ids=str)
def test_codecs_in_containers_read_exactly(specimen: Specimen, tmp_path: Path) -> None:
    path = generate(specimen, tmp_path)
    reference = read_sequentially(path)
    assert len(reference.frames) == specimen.n_frames
    assert_reads_like(path, reference)


@pytest.mark.parametrize("specimen", LENGTHS, ids=str)
def test_few_and_tiny_frames_read_exactly(specimen: Specimen, tmp_path: Path) -> None:
    path = generate(specimen, tmp_path)
    reference = read_sequentially(path)
    assert len(reference.frames) == specimen.n_frames
    assert reference.frames[0].shape == (specimen.height, specimen.width, 3)
    assert_reads_like(path, reference)


@pytest.mark.parametrize("specimen", TIMES_AND_STREAMS, ids=str)
def test_uneven_times_and_other_streams_read_exactly(specimen: Specimen, tmp_path: Path) -> None:
    path = generate(specimen, tmp_path)
    reference = read_sequentially(path)
    assert len(reference.frames) == specimen.n_frames
    assert_reads_like(path, reference)
    with open_video(path) as video:
        assert video.info.has_audio == ("sound" in specimen.streams)
    if "sound" in specimen.streams:
        sound = read_audio(path)
        assert sound is not None
        assert sound.duration_s == pytest.approx(specimen.n_frames / 25, abs=0.1)


@pytest.mark.parametrize(
    "specimen", [s for s in TIMES_AND_STREAMS if s.times_ms is not None], ids=str
)
def test_frames_at_uneven_times_are_those_on_display(specimen: Specimen, tmp_path: Path) -> None:
    assert specimen.times_ms is not None
    with open_video(generate(specimen, tmp_path)) as video:
        halfway_s = [
            (start + end) / 2000
            for start, end in zip(specimen.times_ms, specimen.times_ms[1:], strict=False)
            if end - start > 2
        ]
        shown = video.frames_at(seconds=halfway_s).indices.tolist()
    assert shown == [sum(t <= 1000 * s for t in specimen.times_ms) - 1 for s in halfway_s]
