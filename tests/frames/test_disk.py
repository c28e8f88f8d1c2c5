import pytest

from aura.frames.disk import estimated_bytes, require_space
from aura.media import MediaLimits
from aura.stages import FrameConfig


def test_the_estimate_grows_with_frames_and_shrinks_with_side_and_quality(made_videos):
    paths = sorted(made_videos.rglob("*.mp4"))

    def estimate(**how):
        return estimated_bytes(paths, FrameConfig(**how), limits=MediaLimits())

    three = estimate()
    assert estimate(per_video=6) == pytest.approx(2 * three, rel=0.01)
    assert estimate(fps=3) == pytest.approx(three, rel=0.01)  # the videos last one second
    assert estimate(per_video=1000) == estimate(per_video=12)
    assert estimate(max_side_px=32) == pytest.approx(three / 4, rel=0.01)
    assert estimate(quality=50) < three


def test_unreadable_videos_leave_the_estimate_open(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    assert estimated_bytes([tmp_path / "a.mp4"], FrameConfig(), limits=MediaLimits()) is None
    require_space(tmp_path, None)
    assert estimated_bytes([], FrameConfig(), limits=MediaLimits()) == 0
