import numpy as np

from aura.shards import ShardReader
from aura.shards.contact_sheet import caption, contact_sheet, mel_picture, strip


def test_a_strip_shows_first_and_last_frame_in_their_colours():
    frames = np.zeros((9, 20, 30, 3), np.uint8)
    frames[0, :, :, 0] = 200
    frames[8, :, :, 2] = 100
    picture = strip(frames, height_px=10, n_frames=3)
    assert picture.shape == (10, 45, 3)
    assert picture[5, 5].tolist() == [200, 0, 0]
    assert picture[5, 40].tolist() == [0, 0, 100]


def test_loud_sounds_are_bright_and_high_ones_on_top():
    mel = np.full((20, 30), -10, np.float16)
    mel[15:] = 3  # high notes
    picture = mel_picture(mel)
    assert picture.shape == (20, 30, 3)
    assert picture[:5].mean() > picture[5:].mean() + 30
    assert mel_picture(np.full((4, 5), -np.inf, np.float16)).shape == (4, 5, 3)


def test_a_sheet_has_a_row_for_each_clip(shards):
    reader = ShardReader(shards)
    one, three = (contact_sheet([reader[i] for i in range(n)]) for n in (1, 3))
    assert three.shape[0] == 3 * one.shape[0]
    assert three.dtype == np.uint8
    assert np.array_equal(three[:, : one.shape[1]][: one.shape[0]], one)


def test_a_caption_names_class_size_and_sound(shards):
    reader = ShardReader(shards)
    assert caption(reader[2]) == ("000001_000000  fake  3 frames 32x24  sound 8x5  shard_00000.tar")
    assert "no sound" in caption(reader[0])
