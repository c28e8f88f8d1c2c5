"""Videos that show the same footage, however they were compressed, scaled, framed or cut.

`fingerprint_video` says in a few hundred bytes what a video looks like, `near_duplicate_pairs`
and `near_groups` compare the fingerprints of any number of videos, `matched_moments` shows where
two of them agree.
"""

from aura.duplicates.config import DuplicateConfig
from aura.duplicates.fingerprint import FINGERPRINT_VERSION, VideoFingerprint, fingerprint_video
from aura.duplicates.moments import matched_moments
from aura.duplicates.search import groups_of, near_duplicate_pairs, near_groups

__all__ = [
    "FINGERPRINT_VERSION",
    "DuplicateConfig",
    "VideoFingerprint",
    "fingerprint_video",
    "groups_of",
    "matched_moments",
    "near_duplicate_pairs",
    "near_groups",
]
