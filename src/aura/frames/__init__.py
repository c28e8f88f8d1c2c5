"""Frames of every video of a data set as JPEG files, with an account of them.

`list_source` finds the videos, `extract_frames` writes the tree and its report,
`verify_frames` reads every frame again and says what is wrong.
"""

from aura.frames.extract import ExtractionPlan, extract_frames
from aura.frames.selection import select_videos
from aura.frames.source import FrameSource, list_source
from aura.frames.verify import Verification, verify_frames

__all__ = [
    "ExtractionPlan",
    "FrameSource",
    "Verification",
    "extract_frames",
    "list_source",
    "select_videos",
    "verify_frames",
]
