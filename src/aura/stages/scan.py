"""What a file is: its hash and what its container says. Nothing is decoded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aura.engine import Item, StageOutput
from aura.fingerprint import fingerprint, sha256_of
from aura.media import MediaLimits, probe
from aura.versions import versions_of


def file_key(path: Path) -> str:
    """Return what changes when a file is written to, replaced or given other permissions."""
    try:
        status = path.stat()
    except OSError:
        # The stage itself will meet the same error and say so in a failure row.
        return fingerprint("unreachable")
    return fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def pixel_libraries() -> dict[str, Any]:
    """Return the versions of the libraries that every pixel has passed through.

    They are part of the stages' fingerprints: a table never mixes what two decoders made.
    """
    return {"libraries": versions_of("av", "numpy", "opencv-python-headless")}


@dataclass(frozen=True)
class ScanStage:
    """Hashes and probes each file, so that a bad one is known before any work is spent on it."""

    limits: MediaLimits
    name: str = "scan"
    version: int = 2

    @property
    def settings(self) -> dict[str, Any]:
        """What a video may at most be, and what reads its container."""
        return self.limits.model_dump() | versions_of("av")

    @property
    def columns(self) -> dict[str, type]:
        """One row a file."""
        return {
            "video_id": str,
            "sha256": str,
            "size_bytes": int,
            "codec": str,
            "container": str,
            "width": int,
            "height": int,
            "fps": float,
            "n_frames": int,
            "duration_s": float,
            "has_audio": bool,
            "bit_rate_bps": int,
        }

    def process(self, item: Item, folder: Path) -> StageOutput:  # noqa: ARG002  makes no files
        """Return the facts of one file."""
        info = probe(item.path, limits=self.limits)
        row = {
            "video_id": item.video_id,
            "sha256": sha256_of(item.path),
            "size_bytes": item.path.stat().st_size,
            "codec": info.codec,
            "container": info.container,
            "width": info.width,
            "height": info.height,
            "fps": info.fps,
            "n_frames": info.n_frames,
            "duration_s": info.duration_s,
            "has_audio": info.has_audio,
            "bit_rate_bps": info.bit_rate_bps,
        }
        return StageOutput(rows=(row,))
