import json
from pathlib import Path

import polars as pl
import pytest

from aura.tables import VIDEOS, Video

SETTINGS = ("audit.n_bootstrap=100", "audit.folds=2")


@pytest.fixture
def manifest(tmp_path) -> Path:
    """24 videos in 12 groups and three folds; the files do not exist, and need not."""
    rows = [
        Video(
            video_id=f"v{n:02}", path=f"/data/v{n:02}.mp4", label=n % 2, dataset="made",
            group_id=f"g{n // 2:02}", declared_group=f"g{n // 2:02}", fold=n // 2 % 3,
            split="train", sha256=f"{n:064}", codec="h264", width=640, height=480, fps=25.0,
            n_frames=75, duration_s=3.0, has_audio=True, source="ab"[n // 12],
        )
        for n in range(24)
    ]  # fmt: skip
    VIDEOS.write(VIDEOS.from_rows(rows), tmp_path / "videos.parquet")
    return tmp_path / "videos.parquet"


def change(manifest: Path, video_id: str, **cells) -> None:
    is_it = pl.col("video_id") == video_id
    columns = {
        name: pl.when(is_it).then(pl.lit(value)).otherwise(pl.col(name))
        for name, value in cells.items()
    }
    VIDEOS.write(VIDEOS.read(manifest).with_columns(**columns), manifest)


def test_a_sound_table_is_0_and_says_what_was_looked_at(manifest, aura):
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "24 videos in 12 groups"
    assert lines[1].split() == ["fold", "0", "4", "real", "4", "fake"]
    assert lines[-1].startswith("Nothing leaks")
    assert [path.name for path in manifest.parent.iterdir()] == ["videos.parquet"]


def test_a_group_in_two_folds_is_named_and_1(manifest, aura):
    change(manifest, "v00", fold=2)
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 1
    assert "leak: group g00 lies in more than one fold or split" in ended.out
    assert ended.out.splitlines()[-1].startswith("Not fit for training")
    record = json.loads(aura("data", "audit", manifest, *SETTINGS, "--json").out)
    assert record["leaking_groups"] == ["g00"]
    assert record["label_conflicts"] == []


def test_copies_in_two_folds_are_found_whatever_their_groups_say(manifest, aura):
    change(manifest, "v00", sha256=f"{3:064}")
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 1
    assert "leak: group g00 lies" in ended.out
    assert "24 videos in 11 groups" in ended.out
    assert "1 tie by exact copy (2 videos)" in ended.out


def test_a_test_video_with_a_fold_is_named_and_1(manifest, aura):
    change(manifest, "v00", split="test")
    change(manifest, "v01", split="test")
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 1
    assert "video v00 has the split 'test' and the fold 0" in ended.out
    assert "leak: " not in ended.out
    assert ended.out.splitlines()[-1].endswith("folds and splits contradict each other.")


def test_a_table_that_cannot_be_read_is_1_and_one_line(manifest, aura):
    ended = aura("data", "audit", manifest.with_name("none.parquet"), *SETTINGS)
    assert (ended.code, ended.out) == (1, "")
    assert "none.parquet: cannot be read" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_equal_files_with_different_labels_are_named_and_1(manifest, aura):
    change(manifest, "v00", sha256=f"{1:064}")
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 1
    assert "conflict by exact copy: different labels of v00, v01" in ended.out
    assert "leak: " not in ended.out
    record = json.loads(aura("data", "audit", manifest, *SETTINGS, "--json").out)
    assert record["label_conflicts"][0]["video_ids"] == ["v00", "v01"]


def test_the_page_and_its_figures_are_written_side_by_side(manifest, aura):
    change(manifest, "v00", fold=2)
    page = manifest.parent / "made" / "audit.html"
    ended = aura("data", "audit", manifest, *SETTINGS, "--out", page)
    assert ended.code == 1
    assert f"{page}: the page; {page.with_suffix('.json')}: its figures" in ended.out
    html = page.read_text(encoding="utf-8")
    assert "Audit of videos.parquet" in html
    assert "No frame to show: " in html
    record = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["leaking_groups"] == ["g00"]
    assert record["settings"]["folds"] == 2


def test_long_lists_are_cut_on_the_terminal_and_whole_in_json(manifest, aura):
    table = pl.concat(
        VIDEOS.read(manifest).with_columns(
            pl.col("video_id", "group_id", "declared_group", "sha256") + f"-{part}"
        )
        for part in range(3)
    ).with_row_index("n")
    VIDEOS.write(table.with_columns(fold=pl.col("n") % 2).drop("n"), manifest)
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.out.count("leak: group") == 20
    assert "  and 16 more (--json lists all)" in ended.out
    assert (
        len(json.loads(aura("data", "audit", manifest, "--json", *SETTINGS).out)["leaking_groups"])
        == 36
    )


def test_a_table_without_folds_is_audited_for_the_rest(manifest, aura):
    table = VIDEOS.read(manifest).drop("fold", "split")
    table.write_parquet(manifest)
    ended = aura("data", "audit", manifest, *SETTINGS)
    assert ended.code == 0
    assert "The table has no folds or splits" in ended.out


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--out", "audit.pdf"], "--out audit.pdf: the page's name ends in .html"),
        (["audit.fold=3"], "did you mean audit.folds?"),
        (["audit.folds=1"], "audit.folds"),
    ],
)
def test_wrong_usage_is_2(options, part, manifest, aura):
    ended = aura("data", "audit", manifest, *options)
    assert ended.code == 2
    assert part in ended.err
