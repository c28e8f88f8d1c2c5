"""A frame of each video of a leaking pair, or a note why there is none."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from aura.audit.findings import LeakPair, Side
from aura.errors import AuraError, MediaError
from aura.evaluation import Thumbnail
from aura.evaluation.mistakes import jpeg_bytes
from aura.media import MediaLimits, open_video
from aura.progress import Progress

_MAX_SIDE_PX = 240

Moments = Mapping[tuple[str, str], tuple[float, float]]
"""For two video ids, in order, the seconds at which both show the same."""


def with_frames(
    pairs: Sequence[LeakPair], *, moments: Moments, limits: MediaLimits, progress: Progress
) -> tuple[LeakPair, ...]:
    """Return the pairs with a frame of both videos, where their files can be read.

    Args:
        pairs: What to show.
        moments: When to look; the middle of a video where a pair is not among them.
        limits: What a video may claim of this machine.
        progress: Told as pairs are done.
    """
    shown: list[LeakPair] = []
    for pair in pairs:
        at = moments.get((pair.first.video_id, pair.second.video_id), (None, None))
        first, second = (
            _with_frame(side, seconds, limits=limits)
            for side, seconds in zip((pair.first, pair.second), at, strict=True)
        )
        shown.append(LeakPair(pair.ties, first, second))
        progress.advance("audit", note="frames")
    return tuple(shown)


def _with_frame(side: Side, seconds: float | None, *, limits: MediaLimits) -> Side:
    try:
        return dataclasses.replace(side, frame=_frame(Path(side.path), seconds, limits=limits))
    except AuraError as error:
        return dataclasses.replace(side, note=f"No frame to show: {error}")


def _frame(path: Path, seconds: float | None, *, limits: MediaLimits) -> Thumbnail:
    with open_video(path, limits=limits) as video:
        if seconds is None:
            frames = video.frames_at(indices=[video.info.n_frames // 2], max_side=_MAX_SIDE_PX)
        else:
            frames = video.frames_at(seconds=[seconds], max_side=_MAX_SIDE_PX)
    if not len(frames.data):
        raise MediaError(f"{path}: the frame to show is damaged")
    return Thumbnail(jpeg_bytes(frames.data[0]), f"{frames.pts_seconds[0]:.2f} s")
