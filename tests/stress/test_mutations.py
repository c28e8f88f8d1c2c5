import random
from collections import Counter
from pathlib import Path

import pytest
from mutations import MUTATIONS, mutate, swap_units
from specimens import EVERYTHING, generate
from units import units

BY_NAME = {specimen.name: specimen for specimen in EVERYTHING}
NAMES = ["h264_closed.mp4", "vp9.webm", "h264_open.mkv", "mpeg4.avi", "h264_open.flv", "mpeg2.ts"]


@pytest.mark.parametrize("name", [*NAMES, "vp8.ogg", "mpeg2.mpg", "patches.gif", "windows.wmv"])
def test_units_lie_within_the_file_and_reach_its_end(name: str, tmp_path: Path) -> None:
    content = generate(BY_NAME[name], tmp_path).read_bytes()
    found = units(content)
    assert len(found) > 5
    assert all(0 <= unit.start < unit.end <= len(content) for unit in found)
    assert max(unit.end for unit in found) == len(content)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("h264_closed.mp4", b"stsz"),
        ("vp9.webm", b"\x1f\x43\xb6\x75"),
        ("mpeg4.avi", b"strh"),
        ("h264_open.flv", b"\x09"),
        ("vp8.ogg", b"OggS"),
    ],
)
def test_units_are_found_where_they_are(name: str, kind: bytes, tmp_path: Path) -> None:
    content = generate(BY_NAME[name], tmp_path).read_bytes()
    heads = [content[unit.start : unit.start + 8] for unit in units(content)]
    assert any(kind in head for head in heads)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_mutations_damage_the_file_the_same_way_every_time(mutation, name, tmp_path) -> None:
    content = generate(BY_NAME[name], tmp_path).read_bytes()
    donor = generate(BY_NAME["prores.mov"], tmp_path).read_bytes()
    changed = 0
    for seed in range(12):
        one = mutation(content, donor, random.Random(seed))
        assert one == mutation(content, donor, random.Random(seed))
        assert isinstance(one, bytes)
        changed += one != content
    assert changed >= 3


def test_swapped_units_keep_every_byte(tmp_path: Path) -> None:
    content = generate(BY_NAME["h264_closed.mp4"], tmp_path).read_bytes()
    for seed in range(20):
        swapped = swap_units(content, b"", random.Random(seed))
        if len(Counter(swapped) - Counter(content)) == 0:
            assert len(swapped) == len(content)


def test_a_name_gives_the_same_damage_and_another_name_another(tmp_path: Path) -> None:
    content = generate(BY_NAME["vp9.webm"], tmp_path).read_bytes()
    donor = generate(BY_NAME["mpeg4.avi"], tmp_path).read_bytes()
    assert mutate(content, donor, seed="a") == mutate(content, donor, seed="a")
    assert len({mutate(content, donor, seed=str(n))[0] for n in range(20)}) > 15
