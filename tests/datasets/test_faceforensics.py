import json
from importlib import resources
from pathlib import Path

import pytest
from trees import build_faceforensics, touch, write

from aura.datasets import DataConfig, ListedVideo
from aura.datasets.dfd import list_dfd
from aura.datasets.faceforensics import list_faceforensics
from aura.datasets.ffpp_protocol import read_protocol
from aura.errors import ConfigError, DataError

CONFIG = DataConfig()
METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")


def listed(root: Path, config: DataConfig = CONFIG) -> dict[str, ListedVideo]:
    listing = list_faceforensics(root, config)
    return {video.path.relative_to(root).as_posix(): video for video in listing.videos}


def ties_of(video: ListedVideo) -> set[str]:
    return set((video.extras["ties"] or "").split(";"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All 1,000 clips and all five methods at one compression, named as published."""
    root = tmp_path_factory.mktemp("ffpp") / "FaceForensics++"
    touch(root / "original_sequences/youtube/c23/videos", (f"{i:03d}.mp4" for i in range(1000)))
    packaged = resources.files("aura.datasets") / "protocols" / "ffpp.json"
    protocol = json.loads(packaged.read_text(encoding="utf-8"))
    pairs = [pair for split in ("train", "val", "test") for pair in protocol[split]]
    names = [f"{x}_{y}.mp4" for a, b in pairs for x, y in ((a, b), (b, a))]
    for method in METHODS:
        touch(root / f"manipulated_sequences/{method}/c23/videos", names)
    return root


def test_official_lists_divide_the_whole_data_set_as_published(whole):
    videos = list_faceforensics(whole, CONFIG).videos
    counts = {
        (split, label): sum(
            v.extras["official_split"] == split and v.label == label for v in videos
        )
        for split in ("train", "val", "test")
        for label in (0, 1)
    }
    assert counts == {
        ("train", 0): 720, ("train", 1): 3600,
        ("val", 0): 140, ("val", 1): 700,
        ("test", 0): 140, ("test", 1): 700,
    }  # fmt: skip


def test_the_packaged_lists_are_the_published_ones(shared_data):
    published = shared_data / "meta" / "ffpp"
    protocol = read_protocol(Path("nowhere"), DataConfig(metadata=str(published)))
    assert protocol.files == tuple(
        published.resolve() / f"{s}.json" for s in ("train", "val", "test")
    )
    assert protocol.split_of == read_protocol(Path("nowhere"), CONFIG).split_of
    assert len(protocol.split_of) == 1000


def test_clips_of_one_youtube_video_are_tied_and_the_divided_ones_are_told(whole):
    videos, notes = listed(whole), list_faceforensics(whole, CONFIG).notes
    originals = "original_sequences/youtube/c23/videos"
    first, second = (videos[f"{originals}/{clip}.mp4"] for clip in ("605", "606"))
    assert ties_of(first) & ties_of(second) == {"footage:ffpp/605"}
    assert (first.extras["official_split"], second.extras["official_split"]) == ("train", "val")
    assert any("7 YouTube videos gave clips to two official lists" in note for note in notes)


def test_a_fake_belongs_to_both_its_identities(tmp_path):
    videos = listed(build_faceforensics(tmp_path))
    fake = videos["manipulated_sequences/Deepfakes/c23/videos/071_054.mp4"]
    assert fake.extras["identities"] == "ffpp/054;ffpp/071"
    original = videos["original_sequences/youtube/c23/videos/071.mp4"]
    assert original.extras["identities"] == "ffpp/071"
    assert ties_of(fake) & ties_of(original) == {"clip:ffpp/071"}


def test_the_same_name_under_five_methods_is_five_videos(tmp_path):
    root = build_faceforensics(tmp_path)
    for method in METHODS:
        touch(root, [f"manipulated_sequences/{method}/c23/videos/071_054.mp4"])
    same = [v for v in listed(root).values() if v.path.stem == "071_054"]
    assert {v.extras["method"] for v in same} == set(METHODS)
    assert len({v.video_id for v in same}) == len({v.extras["ties"] for v in same}) == 5


def test_compressions_of_one_video_are_tied_and_told_apart(tmp_path):
    root = build_faceforensics(tmp_path)
    folder = "manipulated_sequences/Deepfakes/{}/videos/071_054.mp4"
    touch(root, [folder.format(name) for name in ("raw", "c40")])
    videos = [listed(root)[folder.format(name)] for name in ("raw", "c23", "c40")]
    assert [v.extras["compression"] for v in videos] == ["raw", "c23", "c40"]
    assert len({v.extras["ties"] for v in videos}) == 1
    assert "video:ffpp/Deepfakes/071_054" in ties_of(videos[0])
    assert len({v.video_id for v in videos}) == 3


def test_wanted_compressions_are_kept_and_unknown_ones_named(tmp_path):
    root = build_faceforensics(tmp_path)
    touch(root, ["original_sequences/youtube/c40/videos/071.mp4"])
    touch(root, ["manipulated_sequences/Deepfakes/c40/videos/071_054.mp4"])
    kept = listed(root, DataConfig(compressions=("C40",)))
    assert {v.extras["compression"] for v in kept.values()} == {"c40"}
    assert len(kept) == 2
    with pytest.raises(ConfigError, match="no video here is of raw; known here: c23, c40"):
        listed(root, DataConfig(compressions=("raw",)))


def test_masks_are_no_videos_and_are_counted(tmp_path):
    root = build_faceforensics(tmp_path)
    touch(root, ["manipulated_sequences/Deepfakes/masks/videos/071_054.mp4"])
    listing = list_faceforensics(root, CONFIG)
    assert len(listing.videos) == 10
    assert "1 videos of masks are not listed" in listing.notes
    assert listing.left_out == ()


def test_deepfakedetection_inside_has_its_actors_and_no_official_split(tmp_path):
    root = build_faceforensics(tmp_path)
    real = "original_sequences/actors/c23/videos/01__walking.mp4"
    fake = "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__walking__YVGY8LOK.mp4"
    videos = listed(touch(root, [real, fake]))
    assert videos[fake].extras["identities"] == "dfd/01;dfd/02"
    assert videos[fake].extras["compression"] == "c23"
    assert (videos[real].label, videos[fake].label) == (0, 1)
    assert "scene-source:dfd/01__walking" in ties_of(videos[fake]) & ties_of(videos[real])
    assert videos[fake].extras.get("official_split") is None
    assert not any("have no official split" in n for n in list_faceforensics(root, CONFIG).notes)


def test_the_copy_inside_and_the_copy_of_its_own_are_tied(tmp_path):
    names = {"o": "01__walking.mp4", "f": "01_02__walking__YVGY8LOK.mp4"}
    inside = touch(tmp_path / "in", [f"original_sequences/actors/raw/videos/{names['o']}",
                   f"manipulated_sequences/DeepFakeDetection/raw/videos/{names['f']}"])  # fmt: skip
    own = touch(tmp_path / "own", [f"DFD_original sequences/{names['o']}",
                f"DFD_manipulated_sequences/{names['f']}"])  # fmt: skip
    ties = [{v.path.name: v.extras["ties"] for v in listing.videos}
            for listing in (list_faceforensics(inside, CONFIG), list_dfd(own, CONFIG))]  # fmt: skip
    assert ties[0] == ties[1]


def test_a_copy_without_the_outer_folders_is_read_with_the_compression_of_its_name(tmp_path):
    root = touch(tmp_path / "FaceForensics++_C23",
                 ["original/071.mp4", "Deepfakes/071_054.mp4", "FaceShifter/071_054.mp4",
                  "DeepFakeDetection/01_02__walking__YVGY8LOK.mp4"])  # fmt: skip
    videos = listed(root)
    assert {name: v.label for name, v in videos.items()} == {
        "original/071.mp4": 0, "Deepfakes/071_054.mp4": 1, "FaceShifter/071_054.mp4": 1,
        "DeepFakeDetection/01_02__walking__YVGY8LOK.mp4": 1,
    }  # fmt: skip
    assert {v.extras["compression"] for v in videos.values()} == {"c23"}


def test_a_fake_across_two_official_lists_is_in_neither(tmp_path):
    root = build_faceforensics(tmp_path)
    odd = "manipulated_sequences/Deepfakes/c23/videos/071_953.mp4"
    listing = list_faceforensics(touch(root, [odd]), CONFIG)
    video = next(v for v in listing.videos if v.path.stem == "071_953")
    assert video.extras["official_split"] is None
    assert any("1 videos have no official split" in note for note in listing.notes)


def test_originals_that_the_lists_name_and_the_tree_lacks_are_counted(tmp_path):
    notes = list_faceforensics(build_faceforensics(tmp_path), CONFIG).notes
    assert "996 of the 1000 clips they name have no original here" in notes


def test_lists_in_the_tree_are_used_and_are_not_alien(tmp_path):
    root = build_faceforensics(tmp_path)
    for split, pair in (
        ("train", ["087", "081"]),
        ("val", ["001", "002"]),
        ("test", ["071", "054"]),
    ):
        write(root / f"splits/{split}.json", json.dumps([pair]))
    listing = list_faceforensics(root, CONFIG)
    splits = {v.path.stem: v.extras["official_split"] for v in listing.videos}
    assert splits == {
        "071": "test", "054": "test", "071_054": "test", "054_071": "test",
        "087": "train", "081": "train", "087_081": "train",
    }  # fmt: skip
    assert "the official lists are read from 3 files of the data set" in listing.notes
    assert not any("not taken for videos" in note for note in listing.notes)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ([["071"]], r"entry 1 is \['071'\]"),
        ([["071", "054"], ["71", "54"]], "entry 2 is"),
        ({"071": "054"}, "expected a list of pairs"),
        ([["071", "001"]], "the id 001 is also in the list"),
    ],
)
def test_lists_that_are_no_lists_of_pairs_are_refused_by_file(tmp_path, train, message):
    root = build_faceforensics(tmp_path)
    for split, pairs in (("train", train), ("val", [["001", "002"]]), ("test", [["003", "004"]])):
        write(root / f"{split}.json", json.dumps(pairs))
    with pytest.raises(DataError, match=message) as caught:
        list_faceforensics(root, CONFIG)
    assert ".json" in str(caught.value)


def test_a_metadata_folder_without_lists_is_refused(tmp_path):
    root = build_faceforensics(tmp_path)
    with pytest.raises(DataError, match=r"expected a folder with train\.json"):
        list_faceforensics(root, DataConfig(metadata=str(tmp_path)))
    with pytest.raises(DataError, match="there is no such file or folder"):
        list_faceforensics(root, DataConfig(metadata=str(tmp_path / "absent")))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("original_sequences/youtube/c23/videos/071_054.mp4", "contradicting labels"),
        ("manipulated_sequences/Deepfakes/c23/videos/071.mp4", "contradicting labels"),
        (
            "manipulated_sequences/Deepfakes/c23/videos/01_02__a__YVGY8LOK.mp4",
            "file without metadata",
        ),
        ("manipulated_sequences/DeepFakeDetection/c23/videos/071_054.mp4", "file without metadata"),
        ("downloaded_videos/--b1Ua-kWJE.mp4", "file without metadata"),
    ],
)
def test_names_out_of_place_are_left_out_with_the_reason(tmp_path, name, kind):
    root = touch(build_faceforensics(tmp_path), [name])
    (left,) = list_faceforensics(root, CONFIG).left_out
    assert (left.kind, left.what) == (kind, str(root / name))
    assert left.detail
