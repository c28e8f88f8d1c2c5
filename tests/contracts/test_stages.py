"""What every stage must do."""

import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

from aura.augment import AugmentConfig
from aura.engine import Item, Stage
from aura.engine.stage import item_fingerprint, stage_fingerprint
from aura.errors import AuraError
from aura.features import FeatureConfig
from aura.media import MediaLimits, encode_video
from aura.stages import (
    AugmentStage,
    ClipConfig,
    ClipStage,
    FeatureStage,
    FingerprintStage,
    FrameConfig,
    FrameStage,
    ScaleConfig,
    ScaleStage,
    ScanStage,
)

STAGES: list[Stage] = [
    ScanStage(MediaLimits()),
    AugmentStage(AugmentConfig(n_versions=2)),
    FeatureStage(FeatureConfig()),
    FeatureStage(FeatureConfig(), name="features_scaled"),
    FingerprintStage(),
    FrameStage(FrameConfig()),
    ScaleStage(ScaleConfig(max_side_px=48)),
    ClipStage(ClipConfig(), size_px=96),
]
STRICT: list[Stage] = [
    ScanStage(MediaLimits(max_frames=3)),
    AugmentStage(AugmentConfig(), limits=MediaLimits(max_frames=3)),
    FeatureStage(FeatureConfig(), limits=MediaLimits(max_frames=3)),
    FingerprintStage(limits=MediaLimits(max_frames=3)),
    FrameStage(FrameConfig(), limits=MediaLimits(max_frames=3)),
    ScaleStage(ScaleConfig(), limits=MediaLimits(max_frames=3)),
    ClipStage(ClipConfig(), size_px=96, limits=MediaLimits(max_frames=3)),
]
stages = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)


@pytest.fixture
def item(tmp_path) -> Item:
    grain = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    frames = [np.roll(grain, 3 * i, axis=1) // 2 + np.uint8(2 * i) for i in range(20)]
    encode_video(tmp_path / "clip.mp4", frames, fps=25)
    return Item("clip-1a2b", tmp_path / "clip.mp4", "key")


def made(stage: Stage, item: Item, folder: Path) -> tuple[list[dict], dict[str, bytes]]:
    """Return a stage's rows, and the content of all it left behind."""
    folder.mkdir()
    output = stage.process(item, folder)
    left = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert set(left) == set(output.files)
    assert len(output.files) == len(set(output.files))
    return [dict(row) for row in output.rows], left


def test_every_stage_is_tried_here():
    from aura import stages as room

    tried = {type(stage).__name__ for stage in STAGES}
    assert tried == {name for name in room.__all__ if name.endswith("Stage")}


@stages
def test_its_rows_are_what_its_columns_promise(stage, item, tmp_path):
    rows, _ = made(stage, item, tmp_path / "out")
    assert rows
    for row in rows:
        assert list(row) == list(stage.columns)
        for name, kind in stage.columns.items():
            assert type(row[name]) is kind, name
            assert kind is not float or math.isfinite(row[name]), name
        assert row["video_id"].partition("~")[0] == item.video_id
    assert len({row["video_id"] for row in rows}) == len(rows)


@stages
def test_a_journal_can_hold_its_rows(stage, item, tmp_path):
    rows, _ = made(stage, item, tmp_path / "out")
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@stages
def test_the_same_video_gives_the_same_rows_and_bytes(stage, item, tmp_path):
    first = made(stage, item, tmp_path / "one")
    again = made(pickle.loads(pickle.dumps(stage)), item, tmp_path / "another name")
    assert again == first


@stages
def test_the_name_and_place_of_the_file_do_not_matter(stage, item, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    moved = Item(item.video_id, tmp_path / "elsewhere" / "with ünd 'sp ace.mp4", item.key)
    moved.path.write_bytes(item.path.read_bytes())
    assert made(stage, moved, tmp_path / "one") == made(stage, item, tmp_path / "two")


@stages
def test_the_video_is_left_as_it_was(stage, item, tmp_path):
    before = item.path.read_bytes(), item.path.stat().st_mtime_ns
    made(stage, item, tmp_path / "out")
    assert (item.path.read_bytes(), item.path.stat().st_mtime_ns) == before
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out"}


@stages
@pytest.mark.parametrize("damage", ["absent", "empty", "text", "folder", "headless", "zeroed"])
def test_a_damaged_video_is_an_error_of_our_own_that_names_it(stage, damage, item, tmp_path):
    content = item.path.read_bytes()
    item.path.unlink()
    if damage == "folder":
        item.path.mkdir()
    elif damage != "absent":
        start = content.index(b"mdat") + 4
        damaged = {
            "empty": b"",
            "text": b"no video at all\n" * 100,
            "headless": content.replace(b"moov", b"junk"),
            "zeroed": content[:start] + bytes(len(content) - start),
        }
        item.path.write_bytes(damaged[damage])
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(AuraError, match=r"clip\.mp4") as raised:
        stage.process(item, folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("stage", STRICT, ids=lambda stage: stage.name)
def test_limits_are_kept_and_are_part_of_the_fingerprint(stage, item, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(AuraError, match="max_frames"):
        stage.process(item, tmp_path / "out")
    lenient = type(stage)(**{**vars(stage), "limits": MediaLimits()})
    assert stage_fingerprint(lenient) != stage_fingerprint(stage)


@stages
def test_its_fingerprint_names_stage_settings_and_content(stage, item):
    assert stage_fingerprint(pickle.loads(pickle.dumps(stage))) == stage_fingerprint(stage)
    assert json.loads(json.dumps(dict(stage.settings)))
    same_place = Item(item.video_id, Path("elsewhere.mp4"), item.key)
    changed = Item(item.video_id, item.path, "another key")
    mark = stage_fingerprint(stage)
    assert item_fingerprint(mark, same_place) == item_fingerprint(mark, item)
    assert item_fingerprint(mark, changed) != item_fingerprint(mark, item)


def test_no_two_stages_share_a_fingerprint():
    assert len({stage_fingerprint(stage) for stage in STAGES}) == len(STAGES)
