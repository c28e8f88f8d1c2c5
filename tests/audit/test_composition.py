import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from aura.audit import AuditConfig
from aura.audit.composition import NOT_GIVEN, compositions, wilson_interval


def of(videos: pl.DataFrame, column: str, config: AuditConfig | None = None):
    table = videos.with_columns(group=pl.col("group_id"))
    found = {one.column: one for one in compositions(table, config=config or AuditConfig())}
    return found[column]


def values(composition) -> dict[str, tuple[int, int]]:
    return {one.value: (one.n_real, one.n_fake) for one in composition.values}


@given(st.integers(1, 500), st.data())
def test_the_interval_is_that_of_an_independent_implementation(n, data):
    hits = data.draw(st.integers(0, n))
    low, high = wilson_interval(np.array([hits]), np.array([n]))
    theirs = binomtest(hits, n).proportion_ci(method="wilson")
    assert low[0] == pytest.approx(theirs.low, abs=1e-9)
    assert high[0] == pytest.approx(theirs.high, abs=1e-9)


def test_classes_are_counted_value_by_value_and_nothing_is_lost(make_videos):
    videos = make_videos(30, lambda n: {"codec": ("h264", "vp9", "av1")[n % 3]})
    codec = of(videos, "codec")
    assert values(codec) == {"av1": (5, 5), "h264": (5, 5), "vp9": (5, 5)}
    assert all(one.low < 0.5 < one.high for one in codec.values)


def test_numbers_fall_into_named_steps_in_their_order(make_videos):
    heights = [100, 240, 359, 480, 719, 720, 1080, 2160]
    videos = make_videos(8, lambda n: {"height": heights[n], "width": 4000})
    assert values(of(videos, "resolution")) == {
        "below 240": (1, 0), "240 to 359": (1, 1), "480 to 719": (1, 1), "720 to 1079": (0, 1),
        "1080 to 1439": (1, 0), "1440 and more": (0, 1),
    }  # fmt: skip
    rates = [23.976, 24.0, 25.0, 29.97, 30.0, 59.94, 8.0, 120.0]
    fps = of(make_videos(8, lambda n: {"fps": rates[n]}), "fps")
    assert [one.value for one in fps.values] == ["8", "24", "25", "30", "60", "above 65"]
    assert values(fps)["24"] == (1, 1)


def test_missing_values_are_a_value_and_empty_columns_are_left_out(make_videos):
    some = make_videos(10, lambda n: {"platform": "youtube" if n < 4 else None})
    assert values(of(some, "platform")) == {NOT_GIVEN: (3, 3), "youtube": (2, 2)}
    with pytest.raises(KeyError):
        of(make_videos(10), "platform")


def test_rare_values_share_a_last_row(make_videos):
    videos = make_videos(40, lambda n: {"source": "big" if n < 20 else f"s{n}"})
    source = of(videos, "source", AuditConfig(max_values=4))
    assert [one.value for one in source.values] == ["big", "s20", "s21", "18 others"]
    assert sum(one.n_real + one.n_fake for one in source.values) == 40
    assert source.values[-1].n_groups == 9


def test_a_missing_value_among_the_rare_ones_is_counted_once(make_videos):
    videos = make_videos(40, lambda n: {"source": None if n == 39 else f"s{n % 20}"})
    source = of(videos, "source", AuditConfig(max_values=4))
    assert sum(one.n_real + one.n_fake for one in source.values) == 40
    assert source.values[-1].value == "18 others"


def test_a_value_that_all_but_tells_the_label_is_said_unless_it_is_rare(make_videos):
    def change(n: int) -> dict[str, object]:
        # "x": 100 fakes in 100 groups; "y": 4 fakes in 4 groups.
        platform = "x" if n % 2 and n < 200 else "y" if n % 2 and n < 208 else "z"
        return {"platform": platform}

    shares = {one.value: one for one in of(make_videos(400, change), "platform").values}
    assert shares["x"].gives_away == "fake"
    assert (shares["y"].is_few, shares["y"].gives_away) == (True, "")
    assert not shares["z"].is_few
    assert shares["z"].gives_away == ""


def test_no_value_tells_what_nearly_all_videos_are_anyway(make_videos):
    videos = make_videos(400, lambda n: {"label": int(n >= 8), "codec": "ab"[n % 2]})
    assert {one.gives_away for one in of(videos, "codec").values} == {""}


def test_the_method_names_fakes_and_is_no_finding(make_videos):
    videos = make_videos(100, lambda n: {"method": "swap" if n % 2 else None})
    assert of(videos, "method").names_label
    assert not of(videos, "codec").names_label
