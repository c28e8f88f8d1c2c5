"""What comes from strangers opens nothing but itself: no connection, no other file, no waiting."""

import os
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from header_edits import edit_box
from hostile_files import (
    alias_reference,
    redirecting_movie,
    scripts,
    url_reference,
    with_subtitle_script,
)
from reference import read_sequentially
from specimens import EVERYTHING, generate

from aura.errors import AuraError, MediaError
from aura.media import open_video, probe, read_audio

BY_NAME = {specimen.name: specimen for specimen in EVERYTHING}


class Listener:
    """Listens on this machine, answers nobody and remembers who came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.n_visits = 0
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if connection.recv(3) == b"bye":
                    return
                self.n_visits += 1

    def close(self) -> int:
        """Stop, after whoever came before has been counted; return how many came."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"bye")
        self._thread.join()
        self._socket.close()
        return self.n_visits


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server that fails the test when anything connects to it."""
    listener = Listener()
    yield listener
    assert listener.close() == 0, "something connected"


def read_in_every_way(path: Path | str) -> list[object]:
    """Return what each way of reading gives: a result, or the message of our own error."""
    return [
        _attempt(lambda: probe(path)),
        _attempt(lambda: _first_frame(path)),
        _attempt(lambda: read_audio(path)),
    ]


def _attempt(read: Callable[[], object]) -> object:
    try:
        return read()
    except AuraError as error:
        return str(error)


def _first_frame(path: Path | str) -> np.ndarray:
    with open_video(path) as video:
        frames = [frame.data for frame in video.stream()]
        found = video.frames_at([0])
        assert found.missing or np.array_equal(found.data[0], frames[0])
        return frames[0]


def test_the_listener_notices_a_visit() -> None:
    listener = Listener()
    with pytest.raises(av.error.FFmpegError):
        av.open(f"http://127.0.0.1:{listener.port}/x.mp4")
    assert listener.close() >= 1


@pytest.mark.parametrize("name", list(scripts("")))
@pytest.mark.parametrize("scheme", ["http", "file", "plain"])
def test_scripts_reach_nothing(name: str, scheme: str, tmp_path: Path, listener: Listener) -> None:
    other = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    target = {
        "http": f"http://127.0.0.1:{listener.port}/x.mp4",
        "file": f"file://{other}",
        "plain": other.name,
    }[scheme]
    for alias in (name, "innocent.mp4", "innocent.avi", "innocent.mkv"):
        path = tmp_path / alias
        path.write_text(scripts(target)[name])
        for outcome in read_in_every_way(path):
            assert "not a video in a format AURA reads" in str(outcome)


def first_packet_of_a_careless_reader(path: Path) -> bytes:
    options = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(path), options=options) as container:
        return bytes(next(container.demux(video=0)))[:200]


@pytest.mark.parametrize("kind", ["address", "alias"])
@pytest.mark.parametrize("name", ["h264_closed.mp4", "h264_open.mov"])
def test_data_references_reach_nothing(
    name: str, kind: str, tmp_path: Path, listener: Listener
) -> None:
    other = generate(BY_NAME["prores.mov"], tmp_path)
    path = generate(BY_NAME[name], tmp_path)
    own = read_sequentially(path).frames[0]
    address = f"http://127.0.0.1:{listener.port}/x.mp4"
    content = url_reference(address) if kind == "address" else alias_reference(other)
    edit_box(path, b"dref", lambda _: content)
    if kind == "alias" and path.suffix == ".mov":
        assert first_packet_of_a_careless_reader(path) == first_packet_of_a_careless_reader(other)
    for outcome in read_in_every_way(path)[:2]:
        if isinstance(outcome, np.ndarray):
            assert np.array_equal(outcome, own)
        else:
            assert outcome is not None


def test_reference_movies_reach_nothing(tmp_path: Path, listener: Listener) -> None:
    path = tmp_path / "redirect.mov"
    for target in (f"http://127.0.0.1:{listener.port}/x.mp4", f"file://{tmp_path}/x.mp4"):
        path.write_bytes(redirecting_movie(target))
        information, frame, sound = read_in_every_way(path)
        assert "holds no stream at all" in str(information) == str(frame)
        assert sound is None


@pytest.mark.parametrize("name", list(scripts("")))
def test_scripts_in_subtitles_of_an_avi_reach_nothing(
    name: str, tmp_path: Path, listener: Listener
) -> None:
    path = generate(BY_NAME["mpeg4.avi"], tmp_path)
    own = read_sequentially(path).frames[0]
    script = scripts(f"http://127.0.0.1:{listener.port}/x.ts")[name]
    path.write_bytes(with_subtitle_script(path.read_bytes(), script))
    _, frame, sound = read_in_every_way(path)
    assert np.array_equal(frame, own)
    assert sound is None


@pytest.mark.parametrize(
    "name",
    [
        "http://127.0.0.1:{port}/x.mp4",
        "https://127.0.0.1:{port}/x.mp4",
        "tcp://127.0.0.1:{port}",
        "rtsp://127.0.0.1:{port}/x",
        "rtmp://127.0.0.1:{port}/x",
        "ftp://127.0.0.1:{port}/x.mp4",
        "hls+http://127.0.0.1:{port}/x.m3u8",
        "icecast://127.0.0.1:{port}/x",
        "concat:part.mp4|part.mp4",
        "concatf:list.txt",
        "file:part.mp4",
        "subfile,,start,0,end,0,,:part.mp4",
        "crypto:part.mp4",
        "async:part.mp4",
        "cache:part.mp4",
        "data:video/mp4;base64,AAAA",
        "pipe:0",
        "pipe:",
        "fd:0",
        "-",
        "-i",
        "%d.mp4",
        "*.mp4",
        "$HOME",
        "~",
    ],
)
def test_a_name_is_a_name(name: str, tmp_path: Path, listener: Listener, monkeypatch) -> None:
    generate(BY_NAME["h264_closed.mp4"], tmp_path).rename(tmp_path / "part.mp4")
    (tmp_path / "list.txt").write_text("part.mp4\n")
    monkeypatch.chdir(tmp_path)
    name = name.format(port=listener.port)
    for outcome in read_in_every_way(name):
        assert "does not exist" in str(outcome)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "one.mp4").symlink_to(tmp_path / "two.mp4")
    (tmp_path / "two.mp4").symlink_to(tmp_path / "one.mp4")
    (tmp_path / "nowhere.mp4").symlink_to(tmp_path / "absent.mp4")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.path.relpath(tmp_path / "door.mp4"))
    expected = {
        tmp_path / "pipe.mp4": "is a device, pipe or socket",
        tmp_path: "is a folder",
        tmp_path / "one.mp4": "could not be opened",
        tmp_path / "nowhere.mp4": "does not exist",
        tmp_path / "door.mp4": "could not be opened",
        Path("/dev/zero"): "is a device, pipe or socket",
        Path("/dev/null"): "is a device, pipe or socket",
    }
    for path, reason in expected.items():
        for outcome in read_in_every_way(path):
            assert reason in str(outcome)


def test_a_link_to_a_video_is_a_video(tmp_path: Path) -> None:
    path = generate(BY_NAME["h264_closed.mp4"], tmp_path)
    (tmp_path / "link.mp4").symlink_to(path)
    assert probe(tmp_path / "link.mp4").n_frames == 24


def test_archives_and_other_files_under_a_videos_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mp4"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.mp4", bytes(20 << 20))
    contents = [
        path.read_bytes(),
        b"\x1f\x8b\x08" + bytes(2000),
        b"%PDF-1.7\n" + bytes(2000),
        b"\x89PNG\r\n\x1a\n" + bytes(2000),
        b"\xff\xd8\xff\xe0" + bytes(2000),
        b"<!DOCTYPE html><html><body>video removed</body></html>" * 20,
        bytes(4096),
        b"\xff" * 4096,
    ]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(MediaError, match="not a video in a format AURA reads"):
            probe(path)
