import numpy as np
import pytest

from aura.media import Frame, Frames, MissingFrame


def test_frames_check_what_they_hold() -> None:
    data = np.zeros((2, 4, 6, 3), np.uint8)
    times, places = np.array([0.0, 0.5]), np.array([0, 7])
    frames = Frames(data, times, places, [MissingFrame(3, "damaged")])
    assert len(frames) == 2
    assert repr(frames) == "Frames(2 x 6x4, 0.000-0.500 s, 1 missing)"
    for wrong in (
        (data.astype(np.float32), times, places),
        (data[..., :2], times, places),
        (data, times[:1], places),
        (data, times, places.astype(np.int32)),
    ):
        with pytest.raises(ValueError, match="uint8"):
            Frames(*wrong)
    with pytest.raises(ValueError, match="uint8"):
        Frame(0, 0.0, data)
