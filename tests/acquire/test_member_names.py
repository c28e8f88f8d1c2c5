import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.acquire.member_names import folded, is_junk, printable_name, safe_path, tar_name, zip_name
from aura.errors import ArchiveError

EVIL_PARTS = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "/",
        "\\",
        "C:",
        "~",
        "\0",
        "con",
        "x" * 300,
        ".aura-setup",
        "\n",
        "é",
        "…",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(EVIL_PARTS, max_size=8).map("/".join)), st.booleans())
def test_no_name_leads_out_of_the_root(name, windows):
    root = Path("/root/of/data")
    try:
        path = safe_path(name, windows=windows)
    except ArchiveError:
        return
    lands = Path(os.path.normpath(root / path))
    assert root in lands.parents
    assert lands == root / path
    assert lands.relative_to(root).parts[0].casefold() != ".aura-setup"
    assert safe_path(path, windows=windows) == path
    assert len(os.fsencode(lands.name)) <= 255


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("\\\\server\\share\\a.mp4", "absolute"),
        ("C:\\a.mp4", "drive letter"),
        ("c:a.mp4", "drive letter"),
        ("FVC1/../../a.mp4", "'..'"),
        ("FVC1\\..\\..\\a.mp4", "'..'"),
        ("", "empty"),
        ("./", "empty"),
        ("a\0b.mp4", "zero byte"),
        ("FVC1/" + "ü" * 128 + ".mp4", "260 bytes"),
        ("d/" * 2100 + "a.mp4", "longer than"),
        (".Aura-Setup/record.jsonl", "belongs to the set-up"),
        ("\ud800.mp4", "not text"),
    ],
)
def test_a_refused_name_says_why(name, reason):
    with pytest.raises(ArchiveError, match=reason):
        safe_path(name)


@pytest.mark.parametrize("name", ["a?.mp4", "aux", "com1.mp4", "a. ", "aa:b.mp4", "x/nul.txt/y"])
def test_names_with_a_meaning_on_windows_are_refused_there_only(name):
    assert safe_path(name, windows=False) == name
    with pytest.raises(ArchiveError, match="Windows"):
        safe_path(name, windows=True)


def test_ordinary_names_of_all_scripts_stay():
    for name in ("FVC1/видео 1.mp4", "FVC 2/[a] (b) #1 'q'.mp4", "..a/b...mp4", "a\nb.mp4"):
        assert safe_path(name, windows=False) == name


def test_junk_is_what_desktops_add():
    junk = ["__MACOSX/a.mp4", "FVC1/.DS_Store", "FVC1/Thumbs.db", "x/desktop.ini"]
    assert [is_junk(path) for path in junk] == [True] * 4
    assert not is_junk("FVC1/thumbs.mp4")


def test_zip_names_without_the_flag_are_utf8_where_they_can_be():
    assert zip_name("é.mp4".encode().decode("cp437"), 0) == "é.mp4"
    assert zip_name("é.mp4", 0x800) == "é.mp4"
    assert zip_name(b"\x82.mp4".decode("cp437"), 0) == "é.mp4"  # code page 437 itself


def test_tar_names_are_text_whatever_their_bytes():
    assert tar_name("é.mp4") == "é.mp4"
    assert tar_name(os.fsdecode(b"caf\xe9.mp4")) == "café.mp4"


def test_names_that_a_disk_takes_for_one_fold_alike():
    assert folded("FVC1/É.mp4") == folded("fvc1/E\u0301.MP4")
    assert folded("a") != folded("b")


@settings(deadline=None)
@given(st.text())
def test_a_printable_name_is_one_line(name):
    assert printable_name(name).isprintable()
