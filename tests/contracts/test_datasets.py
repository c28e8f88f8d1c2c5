"""What every layout must do, on a small tree of each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tree_fvc import build_fvc
from trees import BUILDERS

from aura.datasets import DataConfig, Listing, list_videos
from aura.datasets.layouts import LAYOUTS


def build_folder(folder: Path) -> Path:
    root = folder / "plain"
    for name in ("real/1.mp4", "real/deep/2.mp4", "real/3.mkv", "fake/1.mp4", "fake/4.mp4"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"8 bytes!")
    return root


def build_table(folder: Path) -> Path:
    root = build_folder(folder)
    files = sorted(path.relative_to(root) for path in root.rglob("*.m*"))
    rows = [f"{path},{path.parts[0]},scene {number // 2}" for number, path in enumerate(files)]
    table = root / "videos.csv"
    table.write_text("\n".join(("path,label,group_id", *rows, "")))
    return table


TREES: dict[str, Callable[[Path], Path]] = {
    "folder": build_folder,
    "table": build_table,
    "fvc": build_fvc,
    **BUILDERS,
}


@pytest.fixture(params=sorted(LAYOUTS))
def layout(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def root(layout: str, tmp_path: Path) -> Path:
    return TREES[layout](tmp_path)


def listing_of(root: Path, layout: str, **settings: str) -> Listing:
    return list_videos(root, DataConfig(layout=layout, **settings))


def ids(listing: Listing) -> list[str]:
    return [video.video_id for video in listing.videos]


def folder_of(root: Path) -> Path:
    return root if root.is_dir() else root.parent


def test_videos_are_complete_and_their_ids_unique(root, layout):
    listing = listing_of(root, layout)
    assert len(listing.videos) >= 5
    assert len(set(ids(listing))) == len(listing.videos)
    assert {video.label for video in listing.videos} == {0, 1}
    assert all(video.path.is_absolute() and video.path.is_file() for video in listing.videos)
    assert all(video.group_id or video.group_id is None for video in listing.videos)
    assert not listing.failures


def test_a_listing_is_repeatable_to_the_last_note(root, layout):
    assert listing_of(root, layout) == listing_of(root, layout)


def test_every_column_is_text_and_several_values_are_apart(root, layout):
    for video in listing_of(root, layout).videos:
        assert all(value is None or value for value in video.extras.values())
        for column in ("identities", "ties"):
            values = (video.extras.get(column) or "").split(";")
            assert values == sorted(set(values))
        ties = filter(None, (video.extras.get("ties") or "").split(";"))
        assert all(kind and value for kind, _, value in (tie.partition(":") for tie in ties))


def test_auto_takes_the_layout_for_what_it_is(root, layout):
    named, found = listing_of(root, layout), listing_of(root, "auto")
    assert found.videos == named.videos
    if layout not in ("folder", "table"):
        assert f"data.layout={layout}" in found.notes[0]


def test_only_its_own_layout_recognises_a_published_data_set(root, layout):
    published = [name for name in LAYOUTS if name not in ("folder", "table")]
    found = [name for name in published if LAYOUTS[name].recognises(root)]
    assert found == ([layout] if layout in published else [])


def test_alien_files_change_nothing_but_notes(root, layout):
    before = listing_of(root, layout)
    (folder_of(root) / "notes.txt").write_text("by hand")
    (folder_of(root) / "stranger.mp4").write_bytes(b"8 bytes!")
    (folder_of(root) / ".hidden.mp4").write_bytes(b"8 bytes!")
    assert listing_of(root, layout).videos == before.videos


def test_a_missing_file_takes_only_itself_away(root, layout):
    before = listing_of(root, layout)
    gone = next(video for video in before.videos if video.label == before.videos[-1].label)
    gone.path.unlink()
    after = listing_of(root, layout)
    assert ids(after) == [video.video_id for video in before.videos if video != gone]


def test_an_unreadable_link_is_no_crash(root, layout):
    before = listing_of(root, layout)
    broken = before.videos[0].path
    broken.unlink()
    broken.symlink_to(broken.parent / "nowhere.mp4")
    after = listing_of(root, layout)
    assert ids(after) == ids(before)[1:]


@pytest.mark.parametrize("name", ["a b  c", "видео – 映像", "it's [a] {test} 100%"])
def test_the_place_may_have_any_name(layout, tmp_path, name):
    root = TREES[layout](tmp_path / name)
    assert len(listing_of(root, layout).videos) >= 5
    assert listing_of(root, "auto").videos == listing_of(root, layout).videos


def test_a_root_reached_through_a_link_is_the_same_data_set(root, layout, tmp_path):
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "elsewhere"
    link.symlink_to(folder_of(root))
    reached = link if root.is_dir() else link / root.name
    assert listing_of(reached, layout).videos == listing_of(root, layout).videos


def test_ids_and_groups_stay_when_the_data_set_moves_and_is_named(root, layout, tmp_path):
    before = listing_of(root, layout, dataset="mine")
    inside = root.relative_to(folder_of(root))
    (tmp_path / "moved").mkdir()
    moved = folder_of(root).rename(tmp_path / "moved" / "other name")
    after = listing_of(moved / inside, layout, dataset="mine")
    assert ids(after) == ids(before)
    assert {video.dataset for video in after.videos} == {"mine"}
    assert [v.group_id for v in after.videos] == [v.group_id for v in before.videos]
    assert [v.extras for v in after.videos] == [v.extras for v in before.videos]


def test_the_order_does_not_follow_the_file_system(root, layout):
    before = listing_of(root, layout)
    moved = before.videos[0].path
    copy = moved.with_suffix(".copying")
    copy.write_bytes(moved.read_bytes())
    moved.unlink()
    copy.replace(moved)
    assert listing_of(root, layout).videos == before.videos


def test_what_is_left_out_says_what_and_why(root, layout):
    for row in listing_of(root, layout).left_out:
        assert row.what
        assert row.kind
