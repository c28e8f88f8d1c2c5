import json
from typing import Any

import numpy as np
import pytest

from aura.augment import OPERATION_NAMES, AugmentConfig
from aura.engine import Item
from aura.media import Audio, MediaLimits, probe, read_audio
from aura.stages import AugmentStage
from aura.stages.augment import version_id

TEMPORAL = {"frame_drop", "frame_duplicate"}
RATE_HZ = 16_000


def only(name: Any, **further) -> AugmentStage:
    """Return the stage that does nothing but one operation."""
    return AugmentStage(AugmentConfig(operations=(name,), n_operations=1, **further))


@pytest.fixture
def tone() -> Audio:
    return Audio((np.sin(np.arange(2 * RATE_HZ) / 10) / 2).astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("name", OPERATION_NAMES)
@pytest.mark.parametrize("size", [(60, 96), (57, 93)])
def test_a_version_has_the_size_of_its_original_and_all_its_frames(name, size, write, out):
    item = write("x.mp4", n=24, height=size[0], width=size[1])
    (row,) = only(name).process(item, out).rows
    info = probe(out / row["file"])
    assert (info.height, info.width) == size
    assert info.n_frames == row["n_frames"]
    assert info.fps == pytest.approx(25)
    if name in TEMPORAL:
        assert row["n_frames"] != 24
        assert 18 <= info.n_frames <= 30
    else:
        assert row["n_frames"] == 24
    assert [operation["name"] for operation in json.loads(str(row["operations"]))] == [name]


def test_something_was_done_to_the_pictures(write, out, decoded):
    item = write("x.mp4")
    stage = only("horizontal_flip", crf_lowest=0, crf_highest=0)
    (row,) = stage.process(item, out).rows
    before, after = decoded(item.path)[0].astype(int), decoded(out / row["file"])[0].astype(int)
    assert np.abs(after - before[:, :, ::-1]).mean() < np.abs(after - before).mean() / 4


@pytest.mark.parametrize("name", ["hue", "frame_drop", "frame_duplicate"])
def test_sound_is_kept_unless_frames_come_or_go(name, write, out, tone):
    item = write("x.mp4", n=50, audio=tone)
    (row,) = only(name).process(item, out).rows
    original, sound = read_audio(item.path), read_audio(out / row["file"])
    assert original is not None
    assert row["has_audio"] == probe(out / row["file"]).has_audio == (sound is not None)
    assert row["has_audio"] == (name not in TEMPORAL)
    if sound is not None:
        assert np.array_equal(sound.samples, original.samples)


def test_a_silent_video_has_silent_versions(write, out):
    (row,) = only("hue").process(write("x.mp4"), out).rows
    assert row["has_audio"] is False
    assert not probe(out / row["file"]).has_audio


def test_frames_keep_their_times_so_that_the_sound_fits_them(write, out, decoded, tone):
    times_s = [0.0, 0.04, 0.5, 0.54, 1.25, 1.9]
    item = write("variable.mp4", n=6, times_s=times_s, audio=tone)
    (row,) = only("hue").process(item, out).rows
    assert row["has_audio"]
    assert np.allclose(decoded(out / row["file"])[1], times_s, atol=1e-4)


def test_frames_after_a_damaged_part_keep_their_times(write, out, decoded):
    item = write("x.mp4", n=30, gop=5, b_frames=0)
    content = bytearray(item.path.read_bytes())
    middle = content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 3
    content[middle : middle + 1500] = bytes(1500)
    item.path.write_bytes(content)
    _, times_s = decoded(item.path)
    assert 0 < len(times_s) < 30
    (row,) = only("hue").process(item, out).rows
    assert np.allclose(decoded(out / row["file"])[1], times_s, atol=1e-4)


def test_versions_are_named_after_the_original_and_differ(write, out):
    item = write("x.mp4")
    output = AugmentStage(AugmentConfig(n_versions=3)).process(item, out)
    ids = [row["video_id"] for row in output.rows]
    assert (
        ids == [version_id("x", number) for number in (1, 2, 3)] == ["x~aug1", "x~aug2", "x~aug3"]
    )
    assert {row["parent_id"] for row in output.rows} == {"x"}
    assert output.files == tuple(f"{video_id}.mp4" for video_id in ids)
    assert len({(out / file).read_bytes() for file in output.files}) == 3


def test_what_is_done_follows_from_the_id_and_the_seed_alone(write, out, tmp_path):
    item = write("x.mp4")

    def made(stage: AugmentStage, video_id: str) -> bytes:
        (row,) = stage.process(Item(video_id, item.path, "another key"), out).rows
        return (out / row["file"]).read_bytes()

    first = made(AugmentStage(AugmentConfig()), "x")
    assert made(AugmentStage(AugmentConfig()), "x") == first
    assert made(AugmentStage(AugmentConfig(seed=7)), "x") != first
    assert made(AugmentStage(AugmentConfig()), "y") != first


def test_more_versions_leave_the_first_as_it_was(write, out):
    item = write("x.mp4")
    AugmentStage(AugmentConfig(n_versions=1)).process(item, out)
    first = (out / "x~aug1.mp4").read_bytes()
    AugmentStage(AugmentConfig(n_versions=2)).process(item, out)
    assert (out / "x~aug1.mp4").read_bytes() == first


def test_the_compression_is_within_bounds_and_obeyed(write, out):
    item = write("x.mp4")
    sizes = {}
    for crf in (5, 45):
        (row,) = only("hue", crf_lowest=crf, crf_highest=crf).process(item, out).rows
        assert row["crf"] == crf
        sizes[crf] = (out / row["file"]).stat().st_size
    assert sizes[45] < sizes[5] / 2


def test_no_versions_are_no_rows(write, out):
    output = AugmentStage(AugmentConfig(n_versions=0)).process(write("x.mp4"), out)
    assert (output.rows, output.files) == ((), ())


def test_limits_are_part_of_what_results_depend_on():
    strict = AugmentStage(AugmentConfig(), limits=MediaLimits(max_frames=3))
    assert strict.settings != AugmentStage(AugmentConfig()).settings
