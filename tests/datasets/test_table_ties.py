import json
from pathlib import Path

import polars as pl
import pytest

from aura.datasets import DataConfig, ListedVideo, list_table
from aura.datasets.table_ties import addresses
from aura.errors import TableError
from aura.leakage import group_ids

CONFIG = DataConfig()
NAMES = ("a.mp4", "b.mp4", "c.mp4", "d.mp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def read(folder: Path, *lines: str) -> list[ListedVideo]:
    (folder / "t.csv").write_text("\n".join(lines))
    return list(list_table(folder / "t.csv", CONFIG).videos)


def groups(videos: list[ListedVideo]) -> list[set[str]]:
    """Return the files of each group, as every later step forms them."""
    columns = ("url", "identities", "ties")
    table = pl.DataFrame(
        {
            "video_id": [video.video_id for video in videos],
            "declared_group": [video.group_id for video in videos],
            **{name: [video.extras.get(name) for video in videos] for name in columns},
        },
        schema_overrides=dict.fromkeys(("declared_group", *columns), pl.String),
    )
    found: dict[str, set[str]] = {}
    for group, video in zip(group_ids(table), videos, strict=True):
        found.setdefault(group, set()).add(video.path.stem)
    return list(found.values())


ROWS = [
    {"path": "a.mp4", "label": 0, "identities": ["anna", "ben"]},
    {"path": "b.mp4", "label": 1, "identities": ["ben"]},
    {"path": "c.mp4", "label": 1, "identities": []},
    {"path": "d.mp4", "label": 1, "identities": None},
]


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.json", "t.jsonl"])
def test_lists_of_persons_tie_videos_as_text_does(folder, name):
    frame = pl.DataFrame(ROWS)
    if name.endswith("parquet"):
        frame.write_parquet(folder / name)
    elif name.endswith("arrow"):
        frame.write_ipc(folder / name)
    else:
        lines = [json.dumps(row) for row in ROWS]
        text = f"[{','.join(lines)}]" if name == "t.json" else "\n".join(lines)
        (folder / name).write_text(text)
    listing = list_table(folder / name, CONFIG)
    persons = [video.extras["identities"] for video in listing.videos]
    assert persons == ["anna;ben", "ben", None, None]
    assert groups(list(listing.videos)) == [{"a", "b"}, {"c"}, {"d"}]
    assert not any("left out" in note for note in listing.notes)


@pytest.mark.parametrize("values", [[1, 2], pl.Series([["x"], None], dtype=pl.Array(pl.String, 1))])
def test_numbers_and_arrays_are_values_too(folder, values):
    column = [[value] for value in values] if isinstance(values, list) else values
    frame = pl.DataFrame({"path": NAMES[:2], "label": [0, 1], "ties": column})
    frame.write_parquet(folder / "t.parquet")
    found = [video.extras["ties"] for video in list_table(folder / "t.parquet", CONFIG).videos]
    assert found in (["1", "2"], ["x", None])


@pytest.mark.parametrize("column", ["identities", "ties", "url"])
def test_what_ties_videos_and_cannot_be_read_is_refused_by_name(folder, column):
    frame = pl.DataFrame({"path": NAMES[:2], "label": [0, 1], column: [{"a": 1}, {"a": 2}]})
    frame.write_parquet(folder / "t.parquet")
    with pytest.raises(TableError, match=rf"the column '{column}' holds Struct"):
        list_table(folder / "t.parquet", CONFIG)
    rows = [{"path": "a.mp4", "label": 0, column: [["x"]]}, {"path": "b.mp4", "label": 1}]
    (folder / "t.json").write_text(json.dumps(rows))
    with pytest.raises(TableError, match=rf"the column '{column}' holds lists or objects"):
        list_table(folder / "t.json", CONFIG)


def test_two_addresses_of_one_video_tie_the_files(folder):
    videos = read(
        folder,
        "path,label,url",
        "a.mp4,0,https://youtu.be/Y7MJlmbnLQA?t=3",
        "b.mp4,0, https://www.youtube.com/watch?v=Y7MJlmbnLQA ",
        "c.mp4,1, https://example.org/clip ",
        "d.mp4,1,  ",
    )
    assert [video.extras["url"] for video in videos] == [
        *("youtube:Y7MJlmbnLQA", "youtube:Y7MJlmbnLQA", "https://example.org/clip", None)
    ]
    assert groups(videos) == [{"a", "b"}, {"c"}, {"d"}]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", []),
        (" ; ", []),
        ("youtube:Y7MJlmbnLQA", ["youtube:Y7MJlmbnLQA"]),
        ("youtu.be/Y7MJlmbnLQA;", ["youtube:Y7MJlmbnLQA"]),
        ("http://x.org/a;b=1", ["http://x.org/a;b=1"]),
        ("http://x.org/a; http://x.org/b", ["http://x.org/a", "http://x.org/b"]),
    ],
)
def test_a_cell_holds_one_address_or_several(cell, found):
    assert list(addresses(cell)) == found


def test_several_addresses_of_a_file_all_tie_it(folder):
    urls = [["https://a.org/1", "https://b.org/2"], ["https://b.org/2"], ["https://c.org/3"]]
    frame = pl.DataFrame({"path": NAMES[:3], "label": [0, 1, 1], "url": urls})
    frame.write_parquet(folder / "t.parquet")
    videos = list(list_table(folder / "t.parquet", CONFIG).videos)
    assert groups(videos) == [{"a", "b"}, {"c"}]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_file_that_rows_put_into_two_groups_joins_them(folder, order):
    rows = ["a.mp4,0,g", "a.mp4,0,h", "b.mp4,1,h", "c.mp4,1,g"]
    videos = read(folder, "path,label,group_id", *(rows[place] for place in order), "d.mp4,1,i")
    assert sorted(map(sorted, groups(videos))) == [["a", "b", "c"], ["d"]]


def test_a_repeated_row_keeps_its_persons_ties_and_address(folder):
    videos = read(
        folder,
        "path,label,identities,ties,url",
        "a.mp4,0,anna,clip:1,http://x.org/1",
        "a.mp4,0,ben,clip:2,http://x.org/2",
        "b.mp4,1,ben,,",
        "c.mp4,1,,clip:2,",
        "d.mp4,1,,,http://x.org/2",
    )
    assert videos[0].extras["identities"] == "anna;ben"
    assert groups(videos) == [{"a", "b", "c", "d"}]


def test_what_a_repeated_row_adds_is_said_with_its_failure(folder):
    lines = ["path,label,group_id", "a.mp4,0,g", "a.mp4,0,g", "a.mp4,0,h", "b.mp4,1,"]
    (folder / "t.csv").write_text("\n".join(lines))
    same, further = list_table(folder / "t.csv", CONFIG).failures
    assert same.reason == "row 3 repeats the file of row 2"
    assert further.reason == ("row 4 repeats the file of row 2; what it ties the file to is kept")


def test_a_group_that_only_a_repeated_row_gives_is_the_group(folder):
    videos = read(folder, "path,label,group_id", "a.mp4,0, ", "a.mp4,0, g ", "b.mp4,1,g")
    assert [video.group_id for video in videos] == ["g", "g"]
    assert all("ties" not in video.extras for video in videos)


@pytest.mark.parametrize(
    ("cells", "is_noted"),
    [(("anna, ben", "ben"), True), (("anna;ben", "a, b"), False), (("anna", ""), False)],
)
def test_commas_between_persons_are_noted(folder, cells, is_noted):
    rows = [f'{NAMES[place]},{place},g,"{cell}"' for place, cell in enumerate(cells)]
    (folder / "t.csv").write_text("\n".join(["path,label,group_id,identities", *rows]))
    notes = list_table(folder / "t.csv", CONFIG).notes
    assert any("separated by semicolons" in note for note in notes) == is_noted


def test_a_column_named_as_the_group_is_no_tie_as_well(folder):
    (folder / "t.csv").write_text("path,label,url\na.mp4,0,x\nb.mp4,1,x\n")
    videos = list_table(folder / "t.csv", DataConfig(group_column="url")).videos
    assert [(video.group_id, dict(video.extras)) for video in videos] == [("x", {})] * 2
