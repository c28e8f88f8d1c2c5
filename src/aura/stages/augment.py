"""Changed versions of each video, with its sound where it still fits."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.augment import (
    AugmentConfig,
    apply,
    describe,
    draw_crf,
    draw_operations,
    keeps_timing,
)
from aura.engine import Item, Scalar, StageOutput
from aura.errors import MediaError
from aura.media import EncodeConfig, MediaLimits, VideoWriter, open_video
from aura.stages.scan import pixel_libraries


def version_id(video_id: str, number: int) -> str:
    """Return the name of a video's version; versions count from 1.

    >>> version_id("clip-1a2b", 1)
    'clip-1a2b~aug1'
    """
    return f"{video_id}~aug{number}"


@dataclass(frozen=True)
class AugmentStage:
    """Writes ``n_versions`` changed copies of each video at its own size.

    What is done to a version follows from the seed, the video's id and the version's number alone.
    Frames keep their times unless some are dropped or doubled; such a version has a constant frame
    rate.
    """

    config: AugmentConfig
    limits: MediaLimits = field(default_factory=MediaLimits)
    name: str = "augment"
    version: int = 2

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration, what a video may at most be, and what makes its pixels."""
        return {
            "augment": self.config.model_dump(mode="json"),
            "media": self.limits.model_dump(),
        } | pixel_libraries()

    @property
    def columns(self) -> dict[str, type]:
        """One row a version."""
        return {
            "video_id": str,
            "parent_id": str,
            "file": str,
            "n_frames": int,
            "crf": int,
            "has_audio": bool,
            "operations": str,
        }

    def process(self, item: Item, folder: Path) -> StageOutput:
        """Write all versions of one video."""
        rows = tuple(
            self._write_version(item, folder, number=number)
            for number in range(1, self.config.n_versions + 1)
        )
        return StageOutput(rows=rows, files=tuple(str(row["file"]) for row in rows))

    def _write_version(self, item: Item, folder: Path, *, number: int) -> dict[str, Scalar]:
        seed_parts = (item.video_id, number)
        operations = draw_operations(self.config, seed_parts=seed_parts)
        crf = draw_crf(self.config, seed_parts=seed_parts)
        name = f"{version_id(item.video_id, number)}.mp4"
        n_frames = 0
        with open_video(item.path, limits=self.limits) as video:
            info = video.info
            # Frames dropped or doubled have no times of their own, and no sound fits them.
            is_timed = keeps_timing(operations)
            sound = item.path if info.has_audio and is_timed else None
            times_s: deque[float] = deque()

            def decoded() -> Iterator[NDArray[np.uint8]]:
                for frame in video.stream():
                    times_s.append(frame.pts_s)
                    yield frame.data

            with VideoWriter(
                folder / name,
                width=info.width,
                height=info.height,
                fps=info.fps,
                config=EncodeConfig(crf=crf),
                audio_from=sound,
            ) as writer:
                for frame in apply(operations, decoded()):
                    writer.write(frame, pts_s=times_s.popleft() if is_timed else None)
                    n_frames += 1
                if not n_frames:
                    raise MediaError(f"{item.path}: no frame of it can be decoded")
        return {
            "video_id": version_id(item.video_id, number),
            "parent_id": item.video_id,
            "file": name,
            "n_frames": n_frames,
            "crf": crf,
            "has_audio": sound is not None,
            "operations": describe(operations),
        }
