import pytest

from aura.acquire.subsets import folder_for, summarise


@pytest.mark.parametrize(
    ("archive", "members", "folder"),
    [
        ("/x/FVC1.zip", ["a.mp4", "sub/b.mp4"], "FVC1"),
        ("fvc_2 (1).tar.gz", ["a.mp4"], "FVC2"),
        ("my-fvc-3.zip", ["a.mp4"], "FVC3"),
        ("FVC1.zip", ["FVC1/a.mp4"], ""),
        ("FVC1.zip", ["videos/fvc1/a.mp4"], ""),
        ("FVC1.zip", ["FVC1"], "FVC1"),  # a file of that name is no folder
        ("FVC.zip", ["a.mp4"], ""),
        ("FVC12.zip", ["a.mp4"], ""),
        ("xfvc1.zip", ["a.mp4"], ""),
        ("FVC1/videos.zip", ["a.mp4"], ""),
    ],
)
def test_an_archive_named_after_a_part_goes_into_its_folder(archive, members, folder):
    assert folder_for(archive, members) == folder


def test_parts_are_found_by_their_outermost_folder(tmp_path):
    paths = ["videos/fvc 1/FVC1/a.MP4", "videos/fvc 1/b.txt", "FVC-2/a.avi", "x/FVC21/a.mp4", "r"]
    for path in (*paths, ".aura-setup/FVC3/a.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"12")
    (tmp_path / "FVC3").symlink_to(tmp_path / "FVC-2")
    found = summarise(tmp_path, suffixes=(".mp4", ".avi"))
    assert [(s.name, s.folder, s.n_files, s.n_videos, s.n_bytes) for s in found.subsets] == [
        ("FVC1", "videos/fvc 1", 2, 1, 4),
        ("FVC2", "FVC-2", 1, 1, 2),
    ]
    assert found.missing() == ("FVC3",)
    assert found.files_by_folder == {
        ".": 1,
        "FVC-2": 1,
        "videos/fvc 1": 1,
        "videos/fvc 1/FVC1": 1,
        "x/FVC21": 1,
    }


def test_an_empty_part_counts_as_found(tmp_path):
    (tmp_path / "FVC1").mkdir()
    (subset,) = summarise(tmp_path, suffixes=(".mp4",)).subsets
    assert (subset.name, subset.n_files) == ("FVC1", 0)
