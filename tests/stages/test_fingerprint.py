import numpy as np
import pytest

from aura.duplicates import DuplicateConfig, near_groups
from aura.engine.stage import stage_fingerprint
from aura.media import encode_video
from aura.stages import FingerprintStage


def test_a_row_says_how_many_frames_were_hashed(write, out):
    row = FingerprintStage().process(write("a.mp4", n=50), out).rows[0]
    assert row["video_id"] == "a"
    assert row["n_hashes"] == 16


def test_a_copy_has_a_fingerprint_that_matches(write, out):
    stage = FingerprintStage()
    items = [write("a.mp4", n=40), write("b.mp4", n=40, crf=36)]
    rows = [stage.process(item, out).rows[0] for item in items]
    assert near_groups(["a", "b"], [str(row["fingerprint"]) for row in rows]) == ["a", "a"]


def test_a_blank_video_has_a_row_without_a_fingerprint(write, out):
    item = write("a.mp4")
    encode_video(item.path, np.zeros((10, 60, 96, 3), np.uint8), fps=25)
    row = FingerprintStage().process(item, out).rows[0]
    assert row == {"video_id": "a", "n_hashes": 0, "fingerprint": ""}


@pytest.mark.parametrize("setting", [{"max_frames": 8}, {"max_rate_hz": 4.0}])
def test_what_is_hashed_changes_the_stage(setting):
    changed = FingerprintStage(DuplicateConfig(**setting))
    assert stage_fingerprint(changed) != stage_fingerprint(FingerprintStage())


def test_how_fingerprints_are_compared_does_not():
    changed = FingerprintStage(DuplicateConfig(min_share=0.9, mirrored=False, still_sigmas=9))
    assert stage_fingerprint(changed) == stage_fingerprint(FingerprintStage())
