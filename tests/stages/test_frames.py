import errno
from pathlib import Path

import cv2
import numpy as np
import pytest

from aura.engine import Item
from aura.errors import AccessError, MediaError
from aura.media import MediaLimits, open_video
from aura.stages import FrameConfig, FrameStage
from aura.stages import frames as room


def labelled(item: Item, label: int | None = 1) -> Item:
    return Item(item.video_id, item.path, item.key, facts={"label": label, "name": "my clip"})


def encoded(picture: np.ndarray, quality: int = 95) -> bytes:
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def test_three_frames_are_exactly_those_of_sequential_decoding(write, out, decoded):
    item = write("clip.mp4", n=30)
    output = FrameStage(FrameConfig()).process(labelled(item), out)
    pictures, times_s = decoded(item.path)
    assert [row["frame_index"] for row in output.rows] == [10, 15, 20]
    assert [row["seconds"] for row in output.rows] == pytest.approx(times_s[[10, 15, 20]])
    for row, index in zip(output.rows, (10, 15, 20), strict=True):
        assert (out / row["file"]).read_bytes() == encoded(pictures[index])
        assert Path(row["file"]).parent.name == "ai"
        assert Path(row["file"]).name.startswith("ai_my_clip_")
        assert (row["width"], row["height"]) == (96, 60)
        assert row["size_bytes"] == (out / row["file"]).stat().st_size
        assert row["problem"] == ""
    assert [name[-6:-4] for name in output.files] == ["01", "02", "03"]


@pytest.mark.parametrize(("label", "folder"), [(0, "real"), (1, "ai"), (None, "unlabelled")])
def test_the_label_decides_the_folder(label, folder, write, out):
    output = FrameStage(FrameConfig(per_video=1)).process(labelled(write("c.mp4"), label), out)
    assert output.files[0].startswith(f"{folder}/{folder}_my_clip_")


def test_quality_and_side_are_kept(write, out, decoded):
    item = write("clip.mp4", n=5)
    config = FrameConfig(per_video=1, quality=40, max_side_px=48)
    output = FrameStage(config).process(labelled(item), out)
    pictures, _ = decoded(item.path, size=(30, 48))
    assert (out / output.files[0]).read_bytes() == encoded(pictures[2], quality=40)


def test_a_video_of_two_frames_gives_two(write, out):
    output = FrameStage(FrameConfig()).process(labelled(write("short.mp4", n=2)), out)
    assert [row["frame_index"] for row in output.rows] == [0, 1]


@pytest.mark.parametrize("held", [10**9, 0])
def test_five_a_second_held_or_in_passing_are_the_same_frames(held, write, out, monkeypatch):
    item = write("clip.mp4", n=50)
    monkeypatch.setattr(room, "_HELD_BYTES", held)
    output = FrameStage(FrameConfig(fps=5)).process(labelled(item), out)
    assert [row["frame_index"] for row in output.rows] == list(range(0, 50, 5))
    with open_video(item.path) as video:
        frames = video.frames_at(indices=range(0, 50, 5))
    for row, picture in zip(output.rows, frames.data, strict=True):
        assert (out / row["file"]).read_bytes() == encoded(picture)


def test_many_frames_do_not_exceed_the_limit_on_memory(write, out):
    stage = FrameStage(FrameConfig(fps=25), limits=MediaLimits(max_result_bytes=96 * 60 * 3 * 4))
    assert len(stage.process(labelled(write("clip.mp4", n=20)), out).rows) == 20


def test_a_damaged_frame_is_a_row_with_its_reason_and_no_other_takes_its_place(write, out):
    item = write("cut.mp4", n=40)
    content = item.path.read_bytes()
    start = content.index(b"mdat") + 4
    keep = start + (len(content) - start) * 3 // 5
    item.path.write_bytes(content[:keep] + bytes(len(content) - keep))
    output = FrameStage(FrameConfig(fps=25)).process(labelled(item), out)
    absent = [row for row in output.rows if row["problem"]]
    assert 0 < len(absent) < len(output.rows) == 40
    assert all(row["file"] == "" and row["size_bytes"] == 0 for row in absent)
    assert len(output.files) == len(output.rows) - len(absent)
    assert {p.relative_to(out).as_posix() for p in out.rglob("*.jpg")} == set(output.files)


def test_a_full_disk_is_said(write, out, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    item = write("clip.mp4")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(AccessError, match=room.DISK_FULL):
        FrameStage(FrameConfig()).process(labelled(item), out)


def test_a_picture_larger_than_jpeg_holds_is_said():
    with pytest.raises(MediaError, match="max_side_px"):
        room._jpeg(np.zeros((1, 70_000, 3), dtype=np.uint8), quality=95, name="wide.jpg")
