"""Small trees of the Fake Video Corpus, to the layouts its archives are unpacked to."""

from collections.abc import Iterable
from pathlib import Path

HEADER = "cascade_id,video_url,label"
WATCH = "https://www.youtube.com/watch?v="
PAGE = "https://www.facebook.com/somebody/videos/"
STATUS = "https://twitter.com/somebody/status/"

FIRST = (
    f"f0,{WATCH}Y7MJlmbnLQA,fake",
    f"f1,{WATCH}-EPvSo8bE2_,fake",
    f"r0,{WATCH}emNPHuWnXGU,real",
)
DUPLICATES = (
    f"f0,{PAGE}1542574069191584/,fake",
    f"f0,{STATUS}668495176038510592,real",
    f"f1,{WATCH}XiASPGAWYXE,uncertain",
    f"r0,{WATCH}uqZeCGo0LnE,real",
    f"r0,{WATCH}missing_vid,real",
)
FILES = (
    "FVC1/youtube/Y7MJlmbnLQA/video.mp4",
    "FVC1/youtube/-EPvSo8bE2_/video.mp4",
    "FVC2/youtube/emNPHuWnXGU/video.mkv",
    "FVC2/facebook/1542574069191584/video.mp4",
    "FVC3/twitter/668495176038510592/video.mp4",
    "FVC3/youtube/XiASPGAWYXE/video.mp4",
    "FVC3/youtube/uqZeCGo0LnE/video.webm",
)


def write_files(root: Path, names: Iterable[str]) -> None:
    """Make tiny files; listing opens none of them."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"8 bytes!")


def write_metadata(
    folder: Path, first: Iterable[str] = FIRST, duplicates: Iterable[str] = DUPLICATES
) -> None:
    """Write the two files as they are released: the second has the line ends of Windows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "FVC.csv").write_bytes("\n".join((HEADER, *first, "")).encode())
    (folder / "FVC_dup.csv").write_bytes("\r\n".join((HEADER, *duplicates, "")).encode())


def build_fvc(folder: Path) -> Path:
    """Return the root of a small corpus, unpacked as users have it."""
    root = folder / "fvc"
    write_files(root, FILES)
    write_metadata(root / "Metadata")
    return root
