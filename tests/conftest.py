"""What several test rooms share: the real clips, where they are at hand."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(
    os.environ.get("AURA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips and metadata files; tests that need it skip where it is absent."""
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    message = f"{SHARED_DATA} is absent; set AURA_SHARED_DATA to the folder of real clips"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def real_clips(shared_data: Path) -> list[Path]:
    """The 63 real-world clips, sorted."""
    clips = sorted(p for p in (shared_data / "clips").glob("*/*") if p.is_file())
    assert len(clips) == 63
    return clips
