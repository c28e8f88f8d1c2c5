import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aura.datasets.demo import DemoConfig, generate_demo, plan_demo
from aura.datasets.demo_manipulations import MANIPULATIONS
from aura.errors import DataError
from aura.fingerprint import sha256_of
from aura.media import open_video, probe
from aura.progress import Silent

SMALL = DemoConfig(
    n_groups=5,
    takes_per_group=1,
    widths=(96, 112),
    heights=(64, 80),
    min_duration_s=0.8,
    max_duration_s=1.0,
)


class Interrupted(Exception):
    """Stands for whatever ends a run half-way."""


class StopAfterFirst(Silent):
    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        raise Interrupted


class Counting(Silent):
    def __init__(self) -> None:
        self.steps = 0
        self.done = 0

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        self.done = done

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        self.steps += steps


def contents(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): sha256_of(path) for path in files}


@pytest.fixture(scope="module")
def small_demo(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("small") / "demo"
    assert generate_demo(root, config=SMALL) == root / "videos.csv"
    return root


@pytest.fixture(scope="module")
def default_demo(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("default") / "demo"
    generate_demo(root, workers=2)
    return root


def test_the_tables_name_every_video_once_and_nothing_else(small_demo):
    listed = set()
    for table in (small_demo / "videos.csv", small_demo / "held_out" / "held_out.csv"):
        paths = pl.read_csv(table)["path"].to_list()
        assert len(paths) == len(set(paths))
        listed |= {table.parent / path for path in paths}
    assert listed == set(small_demo.rglob("*.mp4"))


def test_labels_are_balanced_within_every_group_and_match_the_folder(small_demo):
    table = pl.read_csv(small_demo / "videos.csv")
    assert table.columns == ["path", "label", "group_id", "source", "method", "parameters"]
    assert table["group_id"].n_unique() == SMALL.n_groups
    for _, group in table.group_by("group_id"):
        assert sorted(group["label"]) == ["fake", "real"]
    for row in table.iter_rows(named=True):
        assert row["path"].split("/")[0] == row["label"]
        assert (row["method"] is None) == (row["label"] == "real")
        assert (row["parameters"] is None) == (row["label"] == "real")


def test_every_manipulation_occurs_with_its_settings(small_demo):
    fakes = pl.read_csv(small_demo / "videos.csv").filter(pl.col("label") == "fake")
    assert set(fakes["method"]) == {kind.name for kind in MANIPULATIONS}
    assert all(json.loads(parameters) for parameters in fakes["parameters"])


def test_held_out_videos_show_scenes_of_their_own(small_demo):
    table = pl.read_csv(small_demo / "videos.csv")
    held_out = pl.read_csv(small_demo / "held_out" / "held_out.csv")
    assert set(held_out["label"]) == {"real", "fake"}
    assert not set(table["group_id"]) & set(held_out["group_id"])


def test_both_copies_of_a_take_have_the_same_container(small_demo):
    for scene in plan_demo(SMALL):
        folder = (small_demo / scene.table).parent
        for take in scene.takes:
            genuine, forged = probe(folder / take.genuine_path), probe(folder / take.forged_path)
            for fact in (
                *("container", "codec", "pixel_format", "width", "height", "fps", "n_frames"),
                *("has_audio", "audio_codec", "audio_rate_hz", "duration_s"),
            ):
                assert getattr(genuine, fact) == getattr(forged, fact), fact
            assert (genuine.width, genuine.height) == (scene.width, scene.height)
            assert genuine.n_frames == take.n_frames
            assert genuine.fps == pytest.approx(take.fps)
            assert genuine.has_audio
            assert forged.size_bytes == pytest.approx(genuine.size_bytes, rel=0.08)


def test_a_forged_copy_differs_from_the_genuine_take_only_in_its_pictures(small_demo):
    for scene in plan_demo(SMALL):
        folder = (small_demo / scene.table).parent
        for take in scene.takes:
            pictures = []
            for path in (take.genuine_path, take.forged_path):
                with open_video(folder / path) as video:
                    pictures.append(video.frames_at(indices=range(take.n_frames)).data)
            change = np.abs(pictures[0].astype(int) - pictures[1])
            assert 0.3 < change.mean() < 25, (scene.group_id, take.manipulation)


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_workers(small_demo, tmp_path):
    generate_demo(tmp_path / "again", config=SMALL, workers=2)
    assert contents(tmp_path / "again") == contents(small_demo)


def test_another_seed_gives_other_videos(small_demo, tmp_path):
    few = SMALL.model_copy(update={"n_groups": 1, "seed": SMALL.seed + 1})
    generate_demo(tmp_path / "other", config=few)
    known = set(contents(small_demo).values())
    assert not any(
        digest in known for name, digest in contents(tmp_path / "other").items() if "mp4" in name
    )


def test_a_complete_folder_is_left_alone(small_demo):
    before = {path: path.stat().st_mtime_ns for path in small_demo.rglob("*")}
    counting = Counting()
    assert generate_demo(small_demo, config=SMALL, progress=counting) == small_demo / "videos.csv"
    assert {path: path.stat().st_mtime_ns for path in small_demo.rglob("*")} == before
    assert counting.steps == 0


def test_an_interrupted_run_has_no_table_and_is_completed_to_the_same_bytes(small_demo, tmp_path):
    root = tmp_path / "demo"
    with pytest.raises(Interrupted):
        generate_demo(root, config=SMALL, progress=StopAfterFirst())
    assert not (root / "videos.csv").exists()
    counting = Counting()
    generate_demo(root, config=SMALL, progress=counting)
    assert counting.done == 1
    assert counting.done + counting.steps == SMALL.n_groups + SMALL.n_held_out
    assert contents(root) == contents(small_demo)


def test_a_video_that_went_missing_is_made_again(small_demo, tmp_path):
    root = tmp_path / "demo"
    shutil.copytree(small_demo, root)
    next((root / "fake").iterdir()).unlink()
    counting = Counting()
    generate_demo(root, config=SMALL, progress=counting)
    assert counting.steps == 1
    assert contents(root) == contents(small_demo)


def test_a_demo_of_another_configuration_is_not_mixed_in(small_demo):
    with pytest.raises(DataError, match="another configuration"):
        generate_demo(small_demo, config=SMALL.model_copy(update={"seed": 7}))


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(DataError, match="expected an empty folder"):
        generate_demo(tmp_path, config=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "demo").write_text("")
    with pytest.raises(DataError, match="found a file"):
        generate_demo(tmp_path / "demo", config=SMALL)


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written there"):
        generate_demo(tmp_path / "file" / "demo", config=SMALL)


def test_a_broken_marker_is_explained(tmp_path):
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(DataError, match=r"demo\.json: cannot be read"):
        generate_demo(tmp_path, config=SMALL)


@pytest.mark.parametrize(
    "settings",
    [
        {"min_duration_s": 3, "max_duration_s": 2},
        {"min_bits_per_pixel": 0.8, "max_bits_per_pixel": 0.4},
        {"widths": (97,)},
        {"widths": ()},
        {"n_groups": 0},
        {"colour": "blue"},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        DemoConfig(**settings)


def test_the_plan_draws_the_facts_of_a_container_without_the_label():
    scenes = plan_demo(DemoConfig())
    takes = [take for scene in scenes for take in scene.takes]
    assert sum(2 * len(scene.takes) for scene in scenes if not scene.held_out) == 72
    assert len({scene.width for scene in scenes}) > 2
    assert len({scene.height for scene in scenes}) > 2
    assert {take.fps for take in takes} == {24, 25, 30}
    assert len({take.bit_rate_bps for take in takes}) == len(takes)


def test_names_do_not_order_the_labels():
    scenes = plan_demo(DemoConfig())
    pairs = [(take.genuine_path[5:], take.forged_path[5:]) for s in scenes for take in s.takes]
    genuine_first = sum(genuine < forged for genuine, forged in pairs)
    assert len(pairs) / 4 < genuine_first < 3 * len(pairs) / 4
    assert len({name for pair in pairs for name in pair}) == 2 * len(pairs)


def grouped_auc(model, table: pl.DataFrame, facts: np.ndarray) -> float:
    """Mean AUC of out-of-fold scores over three grouped partitions."""
    labels = (table["label"] == "fake").to_numpy().astype(int)
    groups = table["group_id"].to_numpy()
    aucs = []
    for seed in range(3):
        folds = StratifiedGroupKFold(6, shuffle=True, random_state=seed)
        chances = cross_val_predict(
            model, facts, labels, groups=groups, cv=folds, method="predict_proba"
        )
        aucs.append(roc_auc_score(labels, np.asarray(chances)[:, 1]))
    return float(np.mean(aucs))


MODELS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)),
    "gradient boosting": GradientBoostingClassifier(random_state=0),
}


def container_facts(root: Path, table: pl.DataFrame, *, forged_size: float = 1.0) -> np.ndarray:
    """What the containers say, with the bytes of forged videos multiplied by ``forged_size``."""
    facts = []
    for path, label in table.select("path", "label").iter_rows():
        i, factor = probe(root / path), forged_size if label == "fake" else 1.0
        size_bytes, n_pixels = i.size_bytes * factor, i.n_frames * i.width * i.height
        facts.append(
            (
                *(size_bytes, i.bit_rate_bps * factor, size_bytes / n_pixels),
                *(i.duration_s, i.fps, i.n_frames, i.width, i.height, i.has_audio),
            )
        )
    return np.array(facts, dtype=float)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_what_containers_say_does_not_tell_the_labels(default_demo, name):
    table = pl.read_csv(default_demo / "videos.csv")
    # With 36 videos of either label the 95% interval of a chance AUC is about 0.5 +- 0.13.
    facts = container_facts(default_demo, table)
    assert 0.37 < grouped_auc(MODELS[name], table, facts) < 0.63
    # The same check does notice smaller forged files.
    facts = container_facts(default_demo, table, forged_size=0.6)
    assert grouped_auc(MODELS[name], table, facts) > 0.75


@pytest.mark.slow
def test_forged_files_are_as_large_as_their_genuine_takes(default_demo):
    ratios = np.array(
        [
            (default_demo / take.forged_path).stat().st_size
            / (default_demo / take.genuine_path).stat().st_size
            for scene in plan_demo(DemoConfig())
            for take in scene.takes
            if not scene.held_out
        ]
    )
    assert np.abs(ratios - 1).max() < 0.06
    assert abs(ratios.mean() - 1) < 0.01


@pytest.mark.slow
def test_what_pictures_show_does_tell_the_labels(default_demo):
    table = pl.read_csv(default_demo / "videos.csv")
    traces = np.array([traces_of(default_demo / path) for path in table["path"]])
    assert 0.75 < grouped_auc(MODELS["logistic regression"], table, traces) < 0.99


def traces_of(path: Path) -> list[float]:
    """A dozen plain statistics of noise, sharpness and change over time."""
    with open_video(path) as video:
        frames = np.asarray(video.frames_at(indices=range(24)).data.mean(axis=-1))
    residual = (
        frames[:, 1:-1, 1:-1]
        - (frames[:, :-2, 1:-1] + frames[:, 2:, 1:-1] + frames[:, 1:-1, :-2] + frames[:, 1:-1, 2:])
        / 4
    )
    change, swing = np.abs(np.diff(frames, axis=0)), np.abs(np.diff(frames, n=2, axis=0))
    blocks = [
        field[:, :136, :184].reshape(len(field), 17, 8, 23, 8).mean(axis=(2, 4))
        for field in (residual**2, change, swing)
    ]
    means = np.abs(np.diff(frames, n=2, axis=0).mean(axis=(1, 2))).mean()
    statistics = [np.log(np.percentile(b, q) + 0.1) for b in blocks for q in (5, 25, 50, 95)]
    return [float(s) for s in (*statistics, np.log(means + 0.01), (blocks[1] < 0.7).mean())]
