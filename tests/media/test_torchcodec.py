"""The optional backend: the same frames behind the same handle, or an honest error."""

import builtins
import sys
from pathlib import Path

import numpy as np
import pytest

from aura.errors import MediaError, MissingExtraError, UsageError
from aura.media import open_video
from aura.media.sampling import uniform_indices


def needs_torchcodec() -> None:
    try:
        import torchcodec.decoders  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"torchcodec is not installed or finds no FFmpeg libraries: {error!r:.80}")


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("closed.mp4", {"gop": 8, "b_frames": 3}),
        ("open.mkv", {"open_gop": True, "gop": 8, "b_frames": 3}),
        ("nine.webm", {"codec": "libvpx-vp9", "gop": 8}),
    ],
)
def test_frames_are_those_of_the_default_backend(name, config, write) -> None:
    needs_torchcodec()
    path = write(name, **config)
    with open_video(path) as usual, open_video(path, backend="torchcodec") as other:
        assert other.n_frames == usual.n_frames
        assert other.info == usual.info
        wanted = [30, 2, 19, 19]
        expected, given = usual.frames_at(wanted), other.frames_at(wanted)
        assert np.array_equal(given.data, expected.data)
        assert np.array_equal(given.pts_seconds, expected.pts_seconds)
        assert np.array_equal(given.indices, expected.indices)
        streamed = list(other.stream())
        assert all(
            np.array_equal(one.data, two.data)
            for one, two in zip(streamed, usual.stream(), strict=True)
        )
        part = other.frames_at([5], crop=(3, 5, 20, 30)).data
        assert np.array_equal(part, usual.frames_at([5], crop=(3, 5, 20, 30)).data)
        look = other.frames_at([19], mode="keyframes").indices
        assert np.array_equal(look, usual.frames_at([19], mode="keyframes").indices)


def test_real_clips_are_the_same_and_scaled_ones_nearly(real_clips: list[Path]) -> None:
    needs_torchcodec()
    for path in real_clips[::9]:
        with open_video(path) as usual, open_video(path, backend="torchcodec") as other:
            wanted = uniform_indices(usual.n_frames, 3)
            assert np.array_equal(other.frames_at(wanted).data, usual.frames_at(wanted).data), path
            one = usual.frames_at(wanted, max_side=112).data.astype(float)
            two = other.frames_at(wanted, max_side=112).data.astype(float)
            assert np.abs(one - two).mean() < 3, path


def test_what_it_cannot_promise_it_refuses(write, sequential) -> None:
    needs_torchcodec()
    with pytest.raises(MediaError, match="only decoding tells"):
        open_video(write("x.ts"), backend="torchcodec").__enter__()
    whole = write("x.mp4", gop=8)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 7 // 10])
    with pytest.raises(MediaError, match="damaged or absent frames"):
        open_video(whole, backend="torchcodec").__enter__()


def test_a_graphics_card_that_is_not_there_is_said_so(write) -> None:
    needs_torchcodec()
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UsageError, match='device="cpu"'):
        open_video(write("x.mp4"), backend="torchcodec", device="cuda").__enter__()


def test_without_the_extra_one_line_says_what_to_install(write, monkeypatch) -> None:
    path, original = write("x.mp4", n=2), builtins.__import__

    def refusing(name: str, *rest):
        if name.startswith("torchcodec"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return original(name, *rest)

    for module in [name for name in sys.modules if name.startswith("torchcodec")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(MissingExtraError, match=r"pip install 'aura-forensics\[torchcodec\]'"):
        open_video(path, backend="torchcodec").__enter__()


def test_backends_and_devices_that_do_not_go_together_are_refused(write) -> None:
    path = write("x.mp4", n=2)
    with pytest.raises(UsageError, match="backend"):
        open_video(path, backend="decord").__enter__()  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="torchcodec"):
        open_video(path, device="cuda").__enter__()
