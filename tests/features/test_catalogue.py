import re
import subprocess
import sys
from collections import Counter

import pytest
from pydantic import ValidationError

from aura.features import (
    FEATURES,
    GROUPS,
    FeatureConfig,
    compute,
    feature_groups,
    feature_names,
    feature_table,
)


def test_names_are_unique_column_names_that_begin_with_their_group():
    names = feature_names()
    assert Counter(names).most_common(1)[0][1] == 1
    for name, group in feature_groups().items():
        assert re.fullmatch(rf"{group}_[a-z0-9_]+", name)


def test_every_feature_has_a_formula_and_a_source():
    for feature in FEATURES:
        assert feature.formula, feature.name
        assert feature.source == "container" or re.search(r"\d{4}", feature.source), feature.name


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_computes_exactly_the_features_it_documents(group, scene, facts):
    config = FeatureConfig(groups=(group,))
    documented = [feature.name for feature in FEATURES if feature.group == group]
    assert list(feature_names(config)) == documented
    assert list(compute([scene], facts, config=config)) == documented


def test_leaving_out_the_codec_group_leaves_the_other_features_as_they_are(scene, facts):
    config = FeatureConfig(groups=tuple(group for group in GROUPS if group != "codec"))
    everything = compute([scene], facts)
    pictures = compute([scene], facts, config=config)
    assert not any(name.startswith("codec_") for name in pictures)
    assert pictures == {name: everything[name] for name in pictures}


def test_the_order_in_which_groups_are_named_changes_nothing():
    there = FeatureConfig(groups=("noise", "temporal"))
    back = FeatureConfig(groups=("temporal", "noise", "temporal"))
    assert there == back
    assert feature_names(there) == feature_names(back)


@pytest.mark.parametrize(
    "wrong",
    [{"groups": ()}, {"groups": ("colour",)}, {"burst_frames": 2}, {"crop_px": 100}, {"crop": 64}],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        FeatureConfig(**wrong)


def test_the_table_has_one_whole_row_for_each_feature():
    rows = feature_table().splitlines()[2:]
    assert len(rows) == len(FEATURES)
    for row, feature in zip(rows, FEATURES, strict=True):
        assert row.startswith(f"| {feature.name} | {feature.group} | ")
        assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_importing_the_room_loads_no_heavy_library():
    heavy = "{'cv2', 'av', 'torch', 'sklearn', 'matplotlib'}"
    code = f"import sys, aura.features; print(sorted({heavy} & set(sys.modules)))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
