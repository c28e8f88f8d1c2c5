"""Small trees in the exact layouts of the published data sets; every video is an empty file."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

AV_RELEASED = "source,target1,target2,method,category,type,race,gender,path,"
AV_NORMALISED = "source,target1,target2,method,category,type,race,gender,filename,path"


def touch(root: Path, names: Iterable[str]) -> Path:
    """Make empty files below ``root`` and return it."""
    made: set[Path] = set()
    for name in names:
        path = root / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.touch()
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def dfd_names(fake_folder: str, real_folder: str) -> list[str]:
    """Return four originals and five fakes of three actors."""
    reals = ["01__exit_phone_room", "01__walking", "02__exit_phone_room", "03__talking"]
    fakes = [
        *("01_02__exit_phone_room__YVGY8LOK", "01_02__walking__YVGY8LOK"),
        *("02_01__exit_phone_room__0AB2XYZ9", "03_02__talking__Q1W2E3R4"),
        "03_01__talking__AAAA1111",
    ]
    return [f"{real_folder}/{name}.mp4" for name in reals] + [
        f"{fake_folder}/{name}.mp4" for name in fakes
    ]


def build_dfd(folder: Path) -> Path:
    nested = "DFD_manipulated_sequences/DFD_manipulated_sequences"
    return touch(folder / "DFD", dfd_names(nested, "DFD_original sequences"))


def build_faceforensics(folder: Path) -> Path:
    root = folder / "FaceForensics++"
    original = "original_sequences/youtube/c23/videos"
    touch(root, (f"{original}/{clip}.mp4" for clip in ("071", "054", "087", "081")))
    fakes = ("071_054", "054_071", "087_081")
    for method in ("Deepfakes", "NeuralTextures"):
        touch(root, (f"manipulated_sequences/{method}/c23/videos/{f}.mp4" for f in fakes))
    return root


AV_CLIPS = (
    ("id00076", "African/men", "A", "real", "-", "-", "00109.mp4"),
    ("id00166", "African/men", "A", "real", "-", "-", "00010.mp4"),
    ("id00056", "Asian (East)/women", "A", "real", "-", "-", "00012.mp4"),
    ("id00076", "African/men", "B", "rtvc", "fake.mp4", "-", "00109_fake.mp4"),
    ("id00056", "Asian (East)/women", "B", "rtvc", "fake.mp4", "-", "00012_fake.mp4"),
    ("id00076", "African/men", "C", "faceswap", "1.mp4", "-", "00109_1.mp4"),
    ("id00166", "African/men", "C", "wav2lip", "id00076", "-", "00010_id00076_wavtolip.mp4"),
    ("id00076", "African/men", "D", "faceswap-wav2lip", "10", "-", "00109_10_id00173_wavtolip.mp4"),
    ("id00056", "Asian (East)/women", "D", "fsgan-wav2lip", "id00061", "Egh9mW5y4",
     "00012_id00061_Egh9mW5y4_id00062_wavtolip.mp4"),
)  # fmt: skip
AV_KINDS = {
    "A": "RealVideo-RealAudio",
    "B": "RealVideo-FakeAudio",
    "C": "FakeVideo-RealAudio",
    "D": "FakeVideo-FakeAudio",
}


def av_line(clip: tuple[str, ...], *, prefix: str = "FakeAVCeleb", category: str = "") -> str:
    """Return the row of a clip; the cells stand in the same order under both headers."""
    source, people, letter, method, target1, target2, name = clip
    race, gender = people.split("/")
    folder = f"{prefix}/{AV_KINDS[letter]}/{people}/{source}"
    cells = (source, target1, target2, method, category or letter, AV_KINDS[letter], race, gender)
    return ",".join((*cells, name, folder))


def av_path(clip: tuple[str, ...]) -> str:
    return f"{AV_KINDS[clip[2]]}/{clip[1]}/{clip[0]}/{clip[6]}"


def build_fakeavceleb(folder: Path) -> Path:
    root = touch(folder / "FakeAVCeleb_v1.2", map(av_path, AV_CLIPS))
    lines = [AV_RELEASED, *map(av_line, AV_CLIPS)]
    write(root / "meta_data.csv", "\n".join(lines) + "\n")
    return root


CELEB_TEST = (
    "1 YouTube-real/00170.mp4\n1 Celeb-real/id1_0000.mp4\n0 Celeb-synthesis/id1_id0_0000.mp4\n"
)


def build_celeb_df(folder: Path) -> Path:
    root = touch(
        folder / "Celeb-DF-v2",
        [
            *(f"Celeb-real/id{i}_000{j}.mp4" for i in range(2) for j in range(2)),
            *(f"YouTube-real/{name}.mp4" for name in ("00170", "00208")),
            *(f"Celeb-synthesis/id{i}_id{1 - i}_000{j}.mp4" for i in range(2) for j in range(2)),
        ],
    )
    write(root / "List_of_testing_videos.txt", CELEB_TEST)
    return root


def dfdc_json(path: Path, entries: Mapping[str, object]) -> Path:
    return write(path, json.dumps(entries))


def build_dfdc(folder: Path) -> Path:
    root = folder / "dfdc"
    sample = {
        "real0.mp4": {"label": "REAL", "split": "train", "original": None},
        "fake0.mp4": {"label": "FAKE", "split": "train", "original": "real0.mp4"},
        "fake1.mp4": {"label": "FAKE", "split": "train", "original": "real1.mp4"},
    }
    part = {
        "real1.mp4": {"label": "REAL", "split": "train"},
        "real2.mp4": {"label": "REAL", "split": "train"},
        "fake2.mp4": {"label": "FAKE", "split": "train", "original": "absent.mp4"},
        "fake3.mp4": {"label": "FAKE", "split": "train", "original": "absent.mp4"},
    }
    for name, entries in (("train_sample_videos", sample), ("dfdc_train_part_0", part)):
        dfdc_json(root / name / "metadata.json", entries)
        touch(root / name, entries)
    write(root / "test/labels.csv", "filename,label\nt0.mp4,0\nt1.mp4,1\n")
    touch(root / "test/videos", ["t0.mp4", "t1.mp4"])
    return root


BUILDERS: dict[str, Callable[[Path], Path]] = {
    "dfd": build_dfd,
    "fakeavceleb": build_fakeavceleb,
    "faceforensics": build_faceforensics,
    "celeb-df": build_celeb_df,
    "dfdc": build_dfdc,
}
