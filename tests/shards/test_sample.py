import json

import numpy as np
import pytest

from aura.errors import DataError, SampleError
from aura.shards import ImageEncoding, encode_sample
from aura.shards.sample import decode_sample
from aura.shards.tar_format import members_of


def decode(sample, **changed):
    facts = {"folder": sample.dir, "num_frames": sample.num_frames, "where": "here"} | changed
    return decode_sample(sample.content, **facts)


def names(sample) -> list[str]:
    return [member.name for member in members_of(sample.content, where="here")]


@pytest.mark.parametrize("layout", ["folder", "webdataset"])
@pytest.mark.parametrize("codec", ["webp", "jpeg"])
def test_a_clip_comes_back_as_it_looked_and_sounded(frames_of, mel_of, layout, codec):
    frames, mel = frames_of(0, n=5, height=96, width=128), mel_of(3)
    sample = encode_sample(
        "a", frames, label=1, mel_clip=mel, encoding=ImageEncoding(codec, 95), layout=layout
    )
    clip = decode(sample)
    assert (clip.frames.dtype, clip.frames.shape) == (np.uint8, frames.shape)
    assert np.abs(clip.frames.astype(int) - frames).mean() < 6
    # Channels in their order: another order would be far off.
    assert np.abs(clip.frames[..., ::-1].astype(int) - frames).mean() > 20
    assert clip.mel.dtype == np.float16
    assert np.array_equal(clip.mel, mel)


def test_the_members_are_those_of_the_specification(frames_of, mel_of):
    sample = encode_sample(
        "000001_000000",
        frames_of(0),
        label=1,
        sample_metadata={"fps": 25.0, "source": "fake"},
        mel_clip=mel_of(0),
    )
    folder = "sample_000001_000000"
    assert names(sample) == [
        f"{folder}/frame_000.webp",
        f"{folder}/frame_001.webp",
        f"{folder}/frame_002.webp",
        f"{folder}/meta.json",
        f"{folder}/audio_mel.f16",
        f"{folder}/audio_mel.json",
    ]
    content = {m.name: sample.content[m.data : m.data + m.size] for m in _members(sample)}
    meta = json.loads(content[f"{folder}/meta.json"])
    assert (meta["fps"], meta["source"]) == (25.0, "fake")
    assert meta["aura"] == {"sample_id": "000001_000000", "label": 1, "num_frames": 3}
    assert json.loads(content[f"{folder}/audio_mel.json"])["shape"] == [8, 5]
    raw = np.frombuffer(content[f"{folder}/audio_mel.f16"], "<f2").reshape(8, 5)
    assert np.array_equal(raw, mel_of(0))


def _members(sample):
    return members_of(sample.content, where="here")


def test_jpeg_files_are_called_jpg(frames_of):
    sample = encode_sample("a", frames_of(0), label=0, encoding=ImageEncoding("jpeg"))
    assert names(sample)[0] == "sample_a/frame_000.jpg"


def test_a_thousand_frames_stay_in_their_order(frames_of):
    frames = np.zeros((1002, 8, 8, 3), np.uint8)
    frames[1001] = 255
    clip = decode(encode_sample("a", frames, label=0))
    assert clip.frames[1001].mean() > 250
    assert clip.frames[:1001].max() < 5


def test_the_effort_reaches_the_encoder(frames_of):
    frame = frames_of(1, height=96, width=128)[0]
    files = {ImageEncoding(webp_method=method).encode(frame) for method in (0, 4, 6)}
    assert len(files) == 3


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((0, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((1, 4, 4, 4), np.uint8),
        np.zeros((1, 4, 4, 3), np.float32),
    ],
)
def test_frames_of_another_form_are_refused(frames):
    with pytest.raises(DataError, match=r"uint8 \[T, H, W, 3\]"):
        encode_sample("a", frames, label=0)


@pytest.mark.parametrize("label", [2, -1, None, "fake", 0.5])
def test_labels_are_0_or_1(frames_of, label):
    with pytest.raises(DataError, match="label"):
        encode_sample("a", frames_of(0), label=label)


def test_numbers_of_numpy_are_metadata_too(frames_of):
    metadata = {"n": np.int64(3), "x": np.float32(0.5), "box": np.array([1, 2]), "ok": np.True_}
    sample = encode_sample("a", frames_of(0), label=np.int64(1), sample_metadata=metadata)
    assert json.loads(sample.metadata) == {"n": 3, "x": 0.5, "box": [1, 2], "ok": True}


@pytest.mark.parametrize(
    "metadata", [{"x": float("nan")}, {"x": object()}, {"aura": 1}, {"x": "\ud800"}]
)
def test_metadata_that_json_cannot_hold_are_refused(frames_of, metadata):
    with pytest.raises(DataError, match="metadata"):
        encode_sample("a", frames_of(0), label=0, sample_metadata=metadata)


@pytest.mark.parametrize("mel", [np.zeros(5), np.zeros((3, 0)), np.zeros((2, 2), np.int16)])
def test_sound_of_another_form_is_refused(frames_of, mel):
    with pytest.raises(DataError, match="mel"):
        encode_sample("a", frames_of(0), label=0, mel_clip=mel)


def test_sound_that_float16_cannot_hold_is_refused_and_not_made_infinite(frames_of):
    with pytest.raises(DataError, match="float16"):
        encode_sample("a", frames_of(0), label=0, mel_clip=np.full((2, 2), 1e6, np.float32))


def test_a_frame_too_many_or_too_few_is_an_error(frames_of):
    sample = encode_sample("a", frames_of(0), label=0)
    for wrong in (2, 4):
        with pytest.raises(SampleError, match="frames, expected"):
            decode(sample, num_frames=wrong)


def test_another_sample_in_its_place_is_an_error(frames_of):
    with pytest.raises(SampleError, match="sample_b"):
        decode(encode_sample("a", frames_of(0), label=0), folder="sample_b")


def test_an_image_that_is_none_is_an_error(frames_of):
    sample = encode_sample("a", frames_of(0), label=0)
    first = next(_members(sample))
    broken = bytearray(sample.content)
    broken[first.data : first.data + first.size] = bytes(first.size)
    with pytest.raises(SampleError, match="frame 0"):
        decode_sample(bytes(broken), folder=sample.dir, num_frames=3, where="here")


def test_bgr_decoders_give_the_same_pixels(frames_of, monkeypatch):
    sample = encode_sample("a", frames_of(0), label=0)
    now = decode(sample).frames
    monkeypatch.setattr("aura.shards.image_codec._DECODES_RGB", False)
    assert np.array_equal(decode(sample).frames, now)
