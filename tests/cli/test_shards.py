import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from aura.shards import ShardReader, ShardWriter


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "shards"
    ramp = np.linspace(0, 255, 40, dtype=np.uint8)
    with ShardWriter(folder, max_shard_size_bytes=30_000) as writer:
        for number in range(12):
            frames = np.zeros((4, 30, 40, 3), np.uint8)
            frames[..., number % 3] = ramp
            mel = np.zeros((8, 6), np.float16) if number % 2 else None
            writer.add_sample(f"v{number}_0", frames, number % 2, {"source": f"<n{number}>"}, mel)
    return folder


@pytest.fixture
def damaged(shards, tmp_path) -> Path:
    folder = shutil.copytree(shards, tmp_path / "shards")
    row = ShardReader(folder).table.row(0)
    content = bytearray((folder / row.shard).read_bytes())
    content[row.offset + 600] ^= 4
    (folder / row.shard).write_bytes(content)
    return folder


def test_clips_are_shown_with_what_is_known_of_them(aura, shards):
    ended = aura("shards", "view", shards, "--index", "index.csv", "--device", "cpu", "-n", 3)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "v0_0  real  4 frames 40x30  no sound  shard_00000.tar"
    assert lines[1].strip() == '{"source":"<n0>"}'
    assert sum(" frames 40x30 " in line for line in lines) == 3
    assert "--out sheet.html" in ended.out
    assert "▀" not in ended.out


def test_a_terminal_with_colours_shows_the_pictures(aura, shards, monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    ended = aura("shards", "view", shards, "--sample", "v1_0", "--frames", 2)
    blocks = [line.count("▀") for line in ended.out.splitlines() if "▀" in line]
    assert len(blocks) == 14 + 6  # two pixels a line: the frames, and the sound below them
    assert set(blocks) == {74}
    assert "38;2;" in ended.out


def test_a_sample_that_is_not_there_is_2(aura, shards):
    ended = aura("shards", "view", shards, "--sample", "nobody")
    assert ended.code == 2
    assert "nobody" in ended.err


def test_json_says_the_same(aura, shards):
    facts = json.loads(aura("shards", "view", shards, "--json", "--sample", "v1_0").out)
    assert facts == [
        {
            "sample_id": "v1_0",
            "shard": "shard_00000.tar",
            "dir": "sample_v1_0",
            "label": 1,
            "frames": [4, 30, 40, 3],
            "audio_mel": [8, 6],
            "metadata": {"source": "<n1>"},
        }
    ]


def test_a_page_needs_no_other_file_and_escapes_what_it_shows(aura, shards, tmp_path):
    out = tmp_path / "sheet.html"
    assert aura("shards", "view", shards, "--out", out, "-n", 4).code == 0
    page = out.read_text(encoding="utf-8")
    assert page.count('<section class="card clip"') == 4
    assert page.count("data:image/png;base64,") == 4 + page.count("Mel spectrogram,")
    assert "&lt;n0&gt;" in page
    assert "<n0>" not in page
    assert "http" not in page


def test_a_picture_shows_the_clips_in_their_colours(aura, shards, tmp_path):
    out = tmp_path / "sheet.png"
    assert aura("shards", "view", shards, "--out", out, "--sample", "v0_0").code == 0
    blue, green, red = cv2.imread(str(out))[120, 140].tolist()
    assert red > 200 > 100 > max(green, blue)


def test_other_files_are_2(aura, shards, tmp_path):
    assert aura("shards", "view", shards, "--out", tmp_path / "x.pdf").code == 2


def test_a_device_that_is_not_there_is_2(aura, shards):
    ended = aura("shards", "view", shards, "--device", "toaster")
    assert ended.code == 2
    assert "toaster" in ended.err


def test_a_damaged_clip_is_named_and_1(aura, damaged):
    ended = aura("shards", "view", damaged, "--sample", "v0_0", "--sample", "v1_0")
    assert ended.code == 1
    assert "v1_0  fake" in ended.out
    assert "damaged" in ended.err
    assert "'v0_0'" in ended.err


def test_verify_says_what_is_there(aura, shards):
    ended = aura("shards", "verify", shards, "-q")
    assert ended.code == 0
    assert "12 of 12 clips read, 48 frames" in ended.out
    assert ended.out.splitlines()[-1] == "no damage"


def test_verify_ends_with_1_on_damage(aura, damaged):
    ended = aura("shards", "verify", damaged, "-q", "--workers", 2)
    assert ended.code == 1
    assert "damage: shard_00000.tar: sample_v0_0: checksum" in ended.out
    facts = json.loads(aura("shards", "verify", damaged, "-q", "--json").out)
    assert facts["findings"]["checksum"] == 1
    assert facts["damage"][0]["sample"] == "sample_v0_0"


def test_a_folder_that_is_none_is_1(aura, tmp_path):
    ended = aura("shards", "verify", tmp_path / "nowhere", "-q")
    assert ended.code == 1
    assert "nowhere" in ended.err


def test_offsets_are_made_anew(aura, shards, tmp_path):
    folder = shutil.copytree(shards, tmp_path / "shards")
    (folder / "index.arrow").unlink()
    ended = aura("shards", "index", folder)
    assert ended.code == 0
    assert "12 clips" in ended.out
    assert (folder / "index.arrow").exists()
    assert ShardReader(folder).table.is_sidecar
