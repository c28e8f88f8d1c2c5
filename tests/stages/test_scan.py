import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from aura.engine import Item
from aura.errors import LimitError, MediaError
from aura.media import Audio, MediaLimits
from aura.stages import ScanStage
from aura.stages.scan import file_key

SCAN = ScanStage(MediaLimits())


def test_the_facts_are_those_of_the_file(write, out):
    tone = Audio((np.sin(np.arange(16_000) / 10) / 2).astype(np.float32), 16_000)
    item = write("x.mp4", audio=tone)
    (row,) = SCAN.process(item, out).rows
    content = item.path.read_bytes()
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    assert (row["codec"], row["container"]) == ("h264", "mov")
    assert (row["width"], row["height"], row["n_frames"]) == (96, 60, 20)
    assert row["fps"] == pytest.approx(25)
    assert row["duration_s"] == pytest.approx(1.0, abs=0.1)
    assert row["has_audio"] is True
    assert row["bit_rate_bps"] == pytest.approx(
        len(content) * 8 / float(str(row["duration_s"])), rel=0.01
    )
    assert list(out.iterdir()) == []


def test_width_and_height_are_as_displayed(write, out, turn):
    item = write("x.mp4")
    turn(item.path)
    (row,) = SCAN.process(item, out).rows
    assert (row["width"], row["height"]) == (60, 96)


def test_a_video_beyond_the_limits_is_refused_by_the_limits_name(write, out):
    with pytest.raises(LimitError, match="max_pixels"):
        ScanStage(MediaLimits(max_pixels=1000)).process(write("x.mp4"), out)


@pytest.mark.parametrize("content", [b"", b"no video\n" * 50, b"#EXTM3U\nfile:///etc/passwd\n"])
def test_what_is_no_video_is_refused_by_name(content, tmp_path, out):
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"x\.mp4"):
        SCAN.process(Item("x", path, "key"), out)


def test_a_key_changes_when_the_file_does_and_not_when_it_is_read(write):
    path = write("x.mp4").path
    key = file_key(path)
    path.read_bytes()
    assert file_key(path) == key
    os.utime(path, ns=(1, 1))
    touched = file_key(path)
    path.write_bytes(path.read_bytes() + b"more")
    os.utime(path, ns=(1, 1))
    assert len({key, touched, file_key(path)}) == 3


def test_a_file_out_of_reach_has_a_key_so_that_the_stage_can_say_why(tmp_path):
    absent = tmp_path / "absent.mp4"
    assert file_key(absent) == file_key(tmp_path / "nowhere" / "x.mp4")
    absent.write_bytes(b"there now")
    assert file_key(absent) != file_key(tmp_path / "nowhere" / "x.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are a matter of POSIX")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.mp4")
    script = (
        "import sys; from pathlib import Path\n"
        "from aura.engine import Item; from aura.errors import MediaError\n"
        "from aura.media import MediaLimits; from aura.stages import ScanStage\n"
        "try: ScanStage(MediaLimits()).process(Item('x', Path(sys.argv[1]), 'k'), Path('.'))\n"
        "except MediaError: print('refused')\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "x.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "refused\n", done.stderr
