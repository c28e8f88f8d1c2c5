"""Tables of videos with known faults."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import settings

from aura.audit import AuditConfig
from aura.tables import VIDEOS, Video

# A slow machine is no reason for a test to fail.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture(scope="session")
def make_videos() -> Callable[..., pl.DataFrame]:
    """Return a maker of n videos, a real and a fake one a group, four folds of whole groups."""

    def make(
        n: int, change: Callable[[int], dict[str, object]] = lambda number: {}
    ) -> pl.DataFrame:
        def video(number: int) -> Video:
            values: dict[str, object] = {
                "video_id": f"v{number:04d}",
                "path": f"/data/v{number:04d}.mp4",
                "label": number % 2,
                "dataset": "made",
                "group_id": f"g{number // 2:03d}",
                "declared_group": f"g{number // 2:03d}",
                "fold": (number // 2) % 4,
                "split": "train",
                "sha256": f"{number:064d}",
                "codec": "h264",
                "width": 640,
                "height": 480,
                "fps": 25.0,
                "n_frames": 75,
                "duration_s": 3.0,
                "has_audio": True,
                "bit_rate_bps": 500_000 + 1000 * ((7 * number // 2) % 11),
                "container": "mp4",
            }
            return Video(**(values | change(number)))  # type: ignore[arg-type]

        return VIDEOS.from_rows(video(number) for number in range(n))

    return make


@pytest.fixture(scope="session")
def quick() -> AuditConfig:
    return AuditConfig(n_bootstrap=100, folds=3)
