"""What headers say of a video's pictures is what its first picture shows."""

import sys
from pathlib import Path

import av
import pytest

from aura.media import MediaLimits, probe
from aura.media.container import open_media, video_stream
from aura.media.picture import PictureFacts, facts_from_headers

KINDS = [
    ("x.mp4", {}),
    ("x.mov", {"codec": "prores_ks"}),
    ("x.mp4", {"codec": "libx265", "pixel_format": "yuv420p10le"}),
    ("x.mp4", {"codec": "libvpx-vp9"}),
    ("x.mp4", {"codec": "mpeg4"}),
    ("x.avi", {"codec": "mjpeg"}),
    ("x.flv", {"codec": "flv"}),
    ("x.gif", {"codec": "gif"}),
    ("x.ts", {}),
]


def decoded_facts(path: Path) -> PictureFacts:
    with av.open(str(path)) as container:
        return PictureFacts.of(next(container.decode(video=0)))


def header_facts(path: Path) -> PictureFacts | None:
    with open_media(path, limits=MediaLimits()) as media:
        return facts_from_headers(media, video_stream(media))


@pytest.mark.parametrize(("name", "config"), KINDS)
def test_headers_tell_what_the_first_picture_shows(name, config, write) -> None:
    path = write(name, n=5, **config)
    assert header_facts(path) == decoded_facts(path)


def test_headers_of_real_clips_tell_the_same(real_clips: list[Path]) -> None:
    for path in real_clips:
        facts = header_facts(path)
        if path.suffix == ".mkv":
            assert facts is None, "Matroska may ask for a turn where we do not look"
        else:
            assert facts == decoded_facts(path), path


def test_probing_decodes_nothing_where_headers_tell(write, monkeypatch) -> None:
    path = write("x.mp4")

    def never(*_args: object, **_more: object) -> None:
        raise AssertionError("a picture was decoded")

    module = sys.modules["aura.media.probe"]  # the package gives its function by that name
    monkeypatch.setattr(module, "facts_by_decoding", never)
    monkeypatch.setattr(module, "scan_packets", never)
    assert (probe(path).n_frames, probe(path).pixel_format) == (36, "yuv420p")
