import cv2
import numpy as np
import polars as pl
import pytest

from aura.errors import DataError, MediaError
from aura.evaluation import mistake_frames, worst_mistakes
from aura.evaluation.mistakes import jpeg_bytes


@pytest.fixture
def clip(tmp_path):
    """A clip of 20 frames that brighten steadily, at 10 frames a second."""
    from aura.media import VideoWriter

    path = tmp_path / "clip.mp4"
    with VideoWriter(path, width=96, height=64, fps=10) as writer:
        for number in range(20):
            writer.write(np.full((64, 96, 3), 20 + 10 * number, dtype=np.uint8))
    return path


def _wrong(predictions, **probabilities):
    column = pl.col("probability")
    for video_id, value in probabilities.items():
        column = pl.when(pl.col("video_id") == video_id).then(value).otherwise(column)
    return predictions.with_columns(probability=column)


@pytest.fixture
def right(make_videos, make_predictions):
    videos = make_videos(12)
    sure = make_predictions(videos, model="m", skill=9.0)
    return videos, sure


def test_the_farthest_from_the_truth_comes_first(right):
    videos, predictions = right
    predictions = _wrong(predictions, v0001=0.3, v0002=0.99, v0005=0.05, v0006=0.6)
    mistakes = worst_mistakes(predictions, videos, model="m", n=3)
    assert [m.video_id for m in mistakes] == ["v0002", "v0005", "v0001"]
    assert [m.label for m in mistakes] == [0, 1, 1]
    assert mistakes[0].probability == 0.99
    assert mistakes[0].fold == 1


def test_the_threshold_says_what_is_wrong(right):
    videos, predictions = right
    predictions = _wrong(predictions, v0002=0.5, v0003=0.6)
    assert [m.video_id for m in worst_mistakes(predictions, videos, model="m")] == ["v0002"]
    stricter = worst_mistakes(predictions, videos, model="m", threshold=0.7)
    assert [m.video_id for m in stricter] == ["v0003"]


def test_a_video_that_cannot_be_read_is_listed_with_the_reason(right):
    videos, predictions = right
    (mistake,) = worst_mistakes(_wrong(predictions, v0002=0.9), videos, model="m")
    assert mistake.thumbnails == ()
    assert "v0002.mp4" in mistake.note


def test_no_mistakes_give_an_empty_list(right):
    videos, predictions = right
    assert worst_mistakes(predictions, videos, model="m") == ()


def test_an_unknown_model_is_an_error_that_names_the_known(right):
    videos, predictions = right
    with pytest.raises(DataError, match="those of m"):
        worst_mistakes(predictions, videos, model="other")


def test_predictions_of_other_videos_are_an_error(right):
    videos, predictions = right
    with pytest.raises(DataError, match="v0000"):
        worst_mistakes(predictions, videos.tail(4), model="m")


def test_frames_are_spread_over_the_clip_and_small(clip):
    thumbnails = mistake_frames(clip, n=4, max_side=48)
    images = [cv2.imdecode(np.frombuffer(t.data, np.uint8), cv2.IMREAD_COLOR) for t in thumbnails]
    assert [max(image.shape) for image in images] == [48] * 4
    means = [image.mean() for image in images]
    assert means == sorted(means)
    assert means[-1] - means[0] > 100
    assert [t.caption for t in thumbnails] == ["0.20 s", "0.70 s", "1.20 s", "1.70 s"]


def test_a_readable_mistake_has_its_frames(right, clip):
    videos, predictions = right
    videos = videos.with_columns(path=pl.lit(str(clip)))
    (mistake,) = worst_mistakes(_wrong(predictions, v0002=0.9), videos, model="m", n_frames=3)
    assert len(mistake.thumbnails) == 3
    assert mistake.note is None


def test_an_absent_video_is_a_media_error(tmp_path):
    with pytest.raises(MediaError):
        mistake_frames(tmp_path / "absent.mp4")


def test_red_stays_red_in_a_thumbnail():
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 255
    blue_green_red = cv2.imdecode(np.frombuffer(jpeg_bytes(red), np.uint8), cv2.IMREAD_COLOR)
    assert blue_green_red[..., 2].mean() > 240
    assert blue_green_red[..., 0].mean() < 15


def test_an_empty_image_is_a_media_error():
    with pytest.raises(MediaError, match="JPEG"):
        jpeg_bytes(np.zeros((0, 0, 3), dtype=np.uint8))
