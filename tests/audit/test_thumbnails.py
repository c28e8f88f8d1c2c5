import numpy as np
import pytest

from aura.audit.findings import LeakPair, Side
from aura.audit.thumbnails import with_frames
from aura.media import MediaLimits, encode_video
from aura.progress import Silent


@pytest.fixture
def dark_then_bright(tmp_path):
    """One second dark, one second bright, ten frames each."""
    frames = np.zeros((20, 48, 64, 3), dtype=np.uint8)
    frames[10:] = 250
    path = tmp_path / "two.mp4"
    encode_video(path, frames, fps=10)
    return path


def pair_of(first, second) -> LeakPair:
    one = Side(video_id="a", path=str(first), label=0, place="fold 0")
    other = Side(video_id="b", path=str(second), label=1, place="fold 1")
    return LeakPair((("copy", "x"),), one, other)


def brightness(side) -> float:
    import cv2

    picture = cv2.imdecode(np.frombuffer(side.frame.data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[:2] == (48, 64)
    return float(picture.mean())


def shown(pair, moments=None) -> LeakPair:
    (found,) = with_frames([pair], moments=moments or {}, limits=MediaLimits(), progress=Silent())
    return found


def test_the_moment_that_both_share_is_shown(dark_then_bright):
    found = shown(pair_of(dark_then_bright, dark_then_bright), {("a", "b"): (0.2, 1.5)})
    assert brightness(found.first) < 20
    assert brightness(found.second) > 230
    assert (found.first.frame.caption, found.second.frame.caption) == ("0.20 s", "1.50 s")


def test_the_middle_is_shown_where_no_moment_is_known(dark_then_bright):
    found = shown(pair_of(dark_then_bright, dark_then_bright))
    assert found.first.frame.caption == "1.00 s"


def test_a_file_that_cannot_be_read_says_why_and_the_other_is_shown(dark_then_bright, tmp_path):
    found = shown(pair_of(tmp_path / "gone.mp4", dark_then_bright))
    assert found.first.frame is None
    assert "No frame to show: " in found.first.note
    assert "gone.mp4" in found.first.note
    assert found.second.frame is not None
    assert found.second.note is None
