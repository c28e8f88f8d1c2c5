import math

import numpy as np
import pytest

from aura.engine import Item
from aura.errors import InsufficientEvidence, LimitError
from aura.features import FeatureConfig, extract, feature_names
from aura.media import MediaLimits, encode_video
from aura.stages import FeatureStage


@pytest.mark.parametrize("groups", [("noise",), ("dct", "codec"), FeatureConfig().groups])
def test_a_row_holds_the_videos_id_and_each_feature_in_order(groups, write, out):
    config = FeatureConfig(groups=groups)
    stage = FeatureStage(config)
    item = write("x.mp4")
    (row,) = stage.process(item, out).rows
    assert list(stage.columns) == ["video_id", *feature_names(config)]
    assert list(row) == list(stage.columns)
    assert row == {"video_id": "x", **extract(item.path, config)}
    assert all(math.isfinite(float(str(row[name]))) for name in feature_names(config))
    assert list(out.iterdir()) == []


def test_its_name_tells_full_size_from_scaled():
    assert FeatureStage(FeatureConfig()).name == "features"
    assert FeatureStage(FeatureConfig(), name="features_scaled").name == "features_scaled"


def test_a_blank_video_has_no_features_and_the_reason_is_said(tmp_path, out):
    encode_video(tmp_path / "x.mp4", np.zeros((20, 64, 96, 3), dtype=np.uint8), fps=25)
    with pytest.raises(InsufficientEvidence, match="0 usable frames"):
        FeatureStage(FeatureConfig()).process(Item("x", tmp_path / "x.mp4", "key"), out)


def test_the_limits_of_the_run_hold_here_too(write, out):
    stage = FeatureStage(FeatureConfig(), limits=MediaLimits(max_frames=10))
    with pytest.raises(LimitError, match="max_frames"):
        stage.process(write("x.mp4"), out)
