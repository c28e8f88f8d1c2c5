import json
from pathlib import Path

import pytest
from tree_fvc import DUPLICATES, FIRST, HEADER, WATCH, write_files, write_metadata

from aura.datasets.fvc_metadata import read_metadata
from aura.datasets.listing import DataConfig
from aura.errors import DataError

CONFIG = DataConfig()


@pytest.mark.parametrize(
    "folder",
    ["", "metadata", "Metadata", "archive", "data", "FVC1", "videos", "videos/Metadata"],
)
def test_metadata_is_found_where_users_keep_it_and_the_place_is_said(tmp_path, folder):
    write_metadata(tmp_path / folder)
    metadata = read_metadata(tmp_path, CONFIG)
    assert len(metadata.rows) == len(FIRST) + len(DUPLICATES)
    place = Path(folder, "FVC.csv")
    assert metadata.notes[0].startswith(f"metadata read: {place}, ")


def test_metadata_beside_a_root_that_is_one_level_too_low_is_found(tmp_path):
    write_metadata(tmp_path / "data")
    (tmp_path / "videos").mkdir()
    assert read_metadata(tmp_path / "videos", CONFIG).rows


def test_each_file_comes_from_the_first_folder_that_has_it(tmp_path):
    write_metadata(tmp_path / "metadata")
    write_metadata(tmp_path / "data", first=[f"f7,{WATCH}aaaaaaaaaaa,fake"])
    assert read_metadata(tmp_path, CONFIG).rows[0].cascade == "f0"


@pytest.mark.parametrize("named", ["elsewhere", "elsewhere/FVC.csv"])
def test_the_setting_wins_over_what_lies_near(tmp_path, named):
    write_metadata(tmp_path / "root", first=[f"f7,{WATCH}aaaaaaaaaaa,fake"])
    write_metadata(tmp_path / "elsewhere")
    config = DataConfig(metadata=str(tmp_path / named))
    assert read_metadata(tmp_path / "root", config).rows[0].cascade == "f0"


def test_a_setting_that_leads_nowhere_is_an_error(tmp_path):
    write_metadata(tmp_path)
    with pytest.raises(DataError, match="no such file or folder"):
        read_metadata(tmp_path, DataConfig(metadata=str(tmp_path / "gone")))


def test_no_metadata_names_the_files_where_they_come_from_and_the_setting(tmp_path):
    write_files(tmp_path, ["FVC1/youtube/Y7MJlmbnLQA/video.mp4"])
    with pytest.raises(DataError) as caught:
        read_metadata(tmp_path, CONFIG)
    for words in ("FVC.csv", "FVC_dup.csv", "own repository", "data.metadata"):
        assert words in str(caught.value)


def test_windows_line_ends_names_in_other_case_and_spaces_do_no_harm(tmp_path):
    (tmp_path / "fvc.CSV").write_bytes(
        f"\ufeff{HEADER}\r\n f0 , {WATCH}Y7MJlmbnLQA ,fake\r\n".encode()
    )
    (row,) = read_metadata(tmp_path, CONFIG).rows
    assert (row.cascade, row.key, row.word) == ("f0", "youtube:Y7MJlmbnLQA", "fake")
    assert row.place == "FVC.csv row 2"


def test_one_of_the_two_files_will_do_and_is_said(tmp_path):
    write_metadata(tmp_path)
    (tmp_path / "FVC_dup.csv").unlink()
    metadata = read_metadata(tmp_path, CONFIG)
    assert len(metadata.rows) == len(FIRST)
    assert "FVC_dup.csv is absent" in metadata.notes[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"cascade_id,url,label\nf0,{WATCH}Y7MJlmbnLQA,fake\n", "columns video_url are missing"),
        (f"{HEADER}\n,{WATCH}Y7MJlmbnLQA,fake\n", "row 2 lacks its cascade_id or video_url"),
        ("", "FVC.csv: cannot be read as CSV: the file is empty"),
    ],
)
def test_damaged_metadata_says_where(tmp_path, text, message):
    (tmp_path / "FVC.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_metadata(tmp_path, CONFIG)


def test_titles_of_events_are_joined_by_cascade(tmp_path):
    write_metadata(tmp_path)
    (tmp_path / "FVC_text_queries.csv").write_text(
        f'{HEADER},event_title,french\nf0,{WATCH}Y7MJlmbnLQA,fake,"Volcano, lava","volcan"'
    )
    rows = read_metadata(tmp_path, CONFIG).rows
    assert {row.event_title for row in rows if row.cascade == "f0"} == {"Volcano, lava"}
    assert {row.event_title for row in rows if row.cascade != "f0"} == {None}


INDEX = [
    {
        **{"subset": "FVC1", "platform": "youtube", "video_id": "Y7MJlmbnLQA", "label": 1},
        **{"video_path": "FVC1/youtube/Y7MJlmbnLQA/video.mp4", "fps": 25.0, "dup_group": "f0"},
    },
    {
        **{"subset": "FVC2", "platform": None, "video_id": "1542574069191584", "label": 0},
        **{"video_path": "FVC2/facebook/1542574069191584/video.mp4", "dup_group": None},
    },
]


def test_an_index_gives_the_paths_and_leaves_the_truth_to_the_corpus(tmp_path):
    write_metadata(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/video_index_input.json").write_text(json.dumps(INDEX))
    metadata = read_metadata(tmp_path, CONFIG)
    assert len(metadata.rows) == len(FIRST) + len(DUPLICATES)
    assert metadata.paths["facebook:1542574069191584"].endswith("1542574069191584/video.mp4")


def test_an_index_alone_stands_in_for_the_corpus_and_says_so(tmp_path):
    lines = ["subset,platform,video_id,video_path,label,dup_group"]
    lines += [
        ",".join(
            str(row[name] or "")
            if name != "label"
            else str(row[name])
            for name in lines[0].split(",")
        )
        for row in INDEX
    ]  # fmt: skip
    (tmp_path / "video_index_input.csv").write_text("\n".join(lines))
    metadata = read_metadata(tmp_path, CONFIG)
    assert [(row.key, row.cascade, row.word) for row in metadata.rows] == [
        ("youtube:Y7MJlmbnLQA", "f0", "1"),
        ("facebook:1542574069191584", "", "0"),
    ]
    assert "labels and groups are those of video_index_input.csv" in metadata.notes[1]


def test_an_index_without_ids_is_refused(tmp_path):
    (tmp_path / "video_index_input.csv").write_text("video_path,label\nx.mp4,1\n")
    with pytest.raises(DataError, match="expected a column video_id or video_url"):
        read_metadata(tmp_path, CONFIG)
