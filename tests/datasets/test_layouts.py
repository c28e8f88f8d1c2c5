import subprocess
import sys
from pathlib import Path

import pytest
from tree_fvc import build_fvc, write_metadata
from trees import build_dfd

from aura.datasets.layouts import LAYOUTS, layout_named, recognised
from aura.errors import ConfigError, DataError


def test_the_names_are_those_the_setting_describes():
    from aura.datasets import DataConfig

    described = DataConfig.model_fields["layout"].description or ""
    assert all(name in described for name in LAYOUTS)
    assert list(LAYOUTS) == [layout.name for layout in LAYOUTS.values()]


@pytest.mark.parametrize(
    ("name", "likely"), [("celebdf", "celeb-df"), ("FVC", "fvc"), ("faceforensic", "faceforensics")]
)
def test_an_unknown_name_is_met_with_a_likely_one_and_all_others(name, likely):
    with pytest.raises(ConfigError, match=rf"did you mean {likely}\?.*auto, folder, table, fvc"):
        layout_named(name)


def test_a_name_like_no_other_gets_the_list_alone():
    with pytest.raises(ConfigError) as caught:
        layout_named("zzz")
    assert "did you mean" not in str(caught.value)
    assert "celeb-df, dfdc" in str(caught.value)


def test_a_folder_of_two_data_sets_is_not_guessed(tmp_path):
    build_dfd(tmp_path)
    write_metadata(tmp_path)
    with pytest.raises(DataError, match=r"\(fvc\) and DeepFakeDetection \(dfd\).*--dataset NAME"):
        recognised(tmp_path)


def test_an_unknown_folder_is_a_plain_one_and_a_table_is_known_by_its_ending(tmp_path):
    (tmp_path / "real").mkdir()
    assert recognised(tmp_path).name == "folder"
    assert recognised(build_fvc(tmp_path / "x")).name == "fvc"
    for name in ("t.JSON", "t.tsv", "t.parquet"):
        (tmp_path / name).touch()
        assert recognised(tmp_path / name).name == "table"
    (tmp_path / "movie.mp4").touch()
    with pytest.raises(DataError, match=r"or a table \(\.csv"):
        recognised(tmp_path / "movie.mp4")


def test_importing_the_room_loads_no_heavy_library(tmp_path: Path):
    code = (
        "import sys, aura.datasets; "
        "print([m for m in ('torch', 'cv2', 'av', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
