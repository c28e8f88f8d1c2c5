"""Each published layout, scanned end to end with the defaults."""

import numpy as np
import pytest
from tree_fvc import build_fvc
from trees import BUILDERS

from aura.audit import run_audit
from aura.config import load_config
from aura.datasets import DataConfig, list_videos
from aura.leakage import leaks
from aura.media import encode_video
from aura.pipeline import scan_data
from aura.splits import SplitConfig, assign_folds
from aura.tables import VIDEOS

TREES = {"fvc": build_fvc, **BUILDERS}


@pytest.fixture(scope="module")
def one_video(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("one") / "video.mp4"
    frames = np.random.default_rng(0).integers(0, 255, (12, 48, 64, 3), dtype=np.uint8)
    encode_video(path, frames, fps=12)
    return path.read_bytes()


@pytest.fixture(params=sorted(TREES))
def tree(request, tmp_path, one_video):
    """The root of a layout's tree, each of whose files is a video with bytes of its own."""
    root = TREES[request.param](tmp_path / request.param)
    for number, video in enumerate(list_videos(root, DataConfig()).videos):
        # An empty box of the container: other bytes, the same video.
        video.path.write_bytes(one_video + (16).to_bytes(4) + b"free" + number.to_bytes(8))
    return root


def test_every_layout_is_scanned_by_the_defaults_with_or_without_folds(tree, tmp_path):
    listing = list_videos(tree, DataConfig())
    config = load_config(None, ["duplicates.enabled=false", "engine.workers=1"])
    result = scan_data(tree, tmp_path / "videos.parquet", config=config)
    videos = VIDEOS.read(result.out)
    assert sorted(videos["video_id"]) == sorted(video.video_id for video in listing.videos)
    assert sum(result.left_out.values()) == len(listing.left_out)
    assert leaks(videos).is_empty()
    if result.undivided is not None:
        assert set(videos["split"]) == {"unused"}
        assert "set split." in result.undivided
    assert run_audit(videos).leaks.groups == ()
    loose = assign_folds(videos, split=SplitConfig(folds=2, test=0, identities="ignored"))
    assert set(loose["split"]) == {"train"}
