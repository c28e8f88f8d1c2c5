import json
import shutil

import cv2
import numpy as np
import pytest

from aura.datasets import DataConfig
from aura.errors import DataError
from aura.frames import ExtractionPlan, extract_frames, list_source, verify_frames
from aura.media import encode_video


@pytest.fixture(scope="module")
def whole(tmp_path_factory, made_videos, here):
    out = tmp_path_factory.mktemp("whole") / "out"
    extract_frames(ExtractionPlan(list_source(made_videos, DataConfig()), out), here)
    return out


@pytest.fixture
def stored(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def kinds(findings):
    return [(finding.file.split("/")[1], finding.kind) for finding in findings]


def first(folder, label="ai"):
    return sorted((folder / label).iterdir())[0]


def test_an_untouched_tree_is_whole_and_counted(stored):
    found = verify_frames(stored, n_threads=2)
    assert (found.damage, found.remarks, found.unknown) == ((), (), ())
    facts = found.record()
    assert (facts["n_read"], facts["n_expected"], facts["n_videos"]) == (18, 18, 6)
    assert facts["classes"] == {"ai": 9, "real": 9}
    assert facts["resolutions"] == {"64x48": 18}
    assert facts["size_bytes"]["total"] == sum(p.stat().st_size for p in stored.rglob("*.jpg"))
    json.dumps(facts)


def spoil_missing(path):
    path.unlink()


def spoil_unreadable(path):
    path.write_bytes(path.read_bytes()[:-200])


def spoil_format(path):
    path.write_bytes(b"\x89PNG and so on")


def spoil_changed(path):
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)


def spoil_size(path):
    picture = cv2.imread(str(path))
    cv2.imwrite(str(path), picture[:, :32])


@pytest.mark.parametrize("kind", ["missing", "unreadable", "format", "changed", "size"])
@pytest.mark.parametrize("witness", ["journal", "index"])
def test_damage_is_found_and_named(kind, witness, stored):
    if witness == "index":
        (stored / "journal.jsonl").unlink()
    path = first(stored)
    globals()[f"spoil_{kind}"](path)
    found = verify_frames(stored)
    assert kinds(found.damage) == [(path.name, kind)]


def test_an_empty_file_is_damage(stored):
    first(stored).write_bytes(b"")
    assert verify_frames(stored).damage[0].detail == "the file is empty"


def test_alien_files_are_named_but_no_damage(stored):
    (stored / "ai" / "thumbs.db").write_text("x")
    found = verify_frames(stored)
    assert (found.damage, found.unknown) == ((), ("ai/thumbs.db",))


def test_blank_frozen_and_repeated_pictures_of_the_videos_are_remarks(
    tmp_path, extract, out, write_video
):
    write_video(tmp_path / "set/real/a.mp4", seed=1)
    shutil.copy(tmp_path / "set/real/a.mp4", tmp_path / "set/real/b.mp4")
    (tmp_path / "set/fake").mkdir()
    encode_video(tmp_path / "set/fake/black.mp4", np.zeros((9, 48, 64, 3), np.uint8), fps=9)
    extract(tmp_path / "set")
    found = verify_frames(out)
    assert found.damage == ()
    assert sorted(kind for _, kind in kinds(found.remarks)) == [
        *["blank"] * 3,
        *["duplicate"] * 3,
        "frozen",
    ]


def test_without_a_record_a_blank_picture_is_damage(tmp_path):
    folder = tmp_path / "ai"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (64, 48))
    for name, content in (("a", picture), ("b", picture), ("c", picture * 0)):
        cv2.imwrite(str(folder / f"ai_{name}_12345678_frame_01.jpg"), content)
    (folder / "poster.jpg").write_bytes(b"x")
    found = verify_frames(tmp_path)
    assert sorted(kind for _, kind in kinds(found.damage)) == ["blank", "duplicate"]
    assert found.unknown == ("ai/poster.jpg",)
    assert found.statistics["is_recorded"] is False


def test_an_interrupted_extraction_is_verified_by_its_journal(stored):
    (stored / "frames.parquet").unlink()
    (stored / "extraction_report.json").unlink()
    first(stored, "real").unlink()
    found = verify_frames(stored)
    assert [finding.kind for finding in found.damage] == ["missing"]
    assert found.statistics["n_expected"] == 18


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(DataError, match="aura frames VIDEOS"):
        verify_frames(tmp_path)
