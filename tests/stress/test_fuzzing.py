import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="address space can be limited on Unix only")

from fuzzing import fuzz
from mutations import MUTATIONS
from reading_stage import WAYS, ReadingStage

from aura.engine import EngineConfig, Item, LocalExecutor, StageOutput, run_stage
from aura.media import MediaLimits


def test_damaged_files_give_frames_or_a_clear_error() -> None:
    summary = fuzz(n=150, seed=1, workers=2, with_clips=False)
    assert summary.findings == []
    assert summary.n_files == 150
    assert sum(summary.containers.values()) == 150
    assert {".mp4", ".mkv", ".webm", ".avi", ".flv", ".mov", ".gif"} <= set(summary.containers)
    assert set(summary.mutations) == {mutation.__name__ for mutation in MUTATIONS}
    for way in WAYS:
        outcomes = summary.outcomes[way]
        assert sum(outcomes.values()) + len(summary.crashes) == 150
        assert outcomes["read"] > 30
        assert outcomes["MediaError"] > 10
        known = {"read", "read, but patched otherwise", "MediaError", "LimitError"}
        assert set(outcomes) <= known


@dataclass(frozen=True)
class Dying(ReadingStage):
    """Stands in for a decoder that crashes, hangs on to memory, prints or raises."""

    way: str = "dies"

    def process(self, item: Item, folder: Path) -> StageOutput:
        if self.way == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().process(item, folder)

    def _probe(self, path: Path) -> None:
        if self.way == "prints":
            os.write(2, b"[h264 @ 0x1] error\n")
        if self.way == "raises":
            raise IndexError("list index out of range")
        if self.way == "swallows memory":
            bytearray(8 << 30)
        super()._probe(path)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("prints", "something was printed"),
        ("raises", "IndexError"),
        ("swallows memory", "ran out of memory"),
    ],
)
def test_what_must_not_be_is_a_finding(way: str, told: str) -> None:
    stage = Dying(MediaLimits(), 1 << 30, way=way)
    summary = fuzz(n=2, seed=1, workers=1, with_clips=False, stage=stage)
    assert len(summary.findings) == 2
    assert all(told in finding for _, finding in summary.findings)


def test_a_decoder_that_dies_is_a_failure_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    stage, kept = Dying(MediaLimits(), 1 << 30), tmp_path / "kept"
    kept.mkdir()
    summary = fuzz(n=2, seed=1, workers=1, with_clips=False, stage=stage, keep=kept)
    assert summary.findings == []
    assert [name for name, _ in summary.crashes] == ["1:0:h264_closed.mp4", "1:1:h264_open.mp4"]
    paths = sorted(kept.iterdir())
    assert [path.name for path in paths] == ["1_00000_h264_closed.mp4", "1_00001_h264_open.mp4"]
    with LocalExecutor(EngineConfig(workers=1, crash_retries=0)) as executor:
        result = run_stage(
            stage,
            [Item("clip", paths[0], "key")],
            folder=tmp_path / "out",
            table="reading.parquet",
            executor=executor,
        )
    (failure,) = result.failures
    assert failure.video_id == "clip"
    assert "the worker process died on this video (signal 11" in failure.reason
