from collections.abc import Callable

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def make_table() -> Callable[..., pl.DataFrame]:
    """Return a table of videos with the given columns."""

    def make(n: int, **columns: list) -> pl.DataFrame:
        own = {
            "video_id": [f"v{i:03}" for i in range(n)],
            "label": [i % 2 for i in range(n)],
            "sha256": [f"s{i}" for i in range(n)],
        }
        return pl.DataFrame(own | columns)

    return make


@pytest.fixture
def swapped() -> pl.DataFrame:
    """Videos of 12 persons, and fakes that put every person's face on every other."""
    persons = [f"p{i:02}" for i in range(12)]
    rows = [{"label": 0, "identities": one, "clip": one} for one in persons for _ in range(2)]
    rows += [
        {"label": 1, "identities": f"{one};{two}", "clip": one}
        for one in persons
        for two in persons
        if one != two
    ]
    order = np.random.default_rng(0).permutation(len(rows))
    table = pl.DataFrame([rows[i] for i in order])
    return table.select(
        pl.format("v{}", pl.int_range(len(rows)).cast(pl.String).str.zfill(3)).alias("video_id"),
        "label",
        "identities",
        pl.format("clip:{}", "clip").alias("ties"),
        pl.format("s{}", pl.int_range(len(rows))).alias("sha256"),
    )
