"""The folder one fold leaves, and the marker that says it is complete."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from aura.atomic import write_text
from aura.errors import DataError
from aura.fingerprint import fingerprint, sha256_of
from aura.tables import PREDICTIONS
from aura.training.plan import FoldPlan

MARKER_FILE = "fold.json"
METRICS_FILE = "metrics.jsonl"
PREDICTIONS_FILE = "predictions.parquet"


class FoldFolder:
    """``RUN/training/<model>/fold_<k>``; complete once ``fold.json`` is there, written last.

    Args:
        path: The folder; need not exist.
        model: Whose fold it is.
    """

    def __init__(self, path: Path, model: str) -> None:
        self.path = path
        self._model = model

    def is_finished(self, fingerprint: str) -> bool:
        """Say whether the fold is complete, undamaged and depends on what ``fingerprint`` names."""
        try:
            marker: dict[str, Any] = json.loads((self.path / MARKER_FILE).read_text("utf-8"))
            files: dict[str, str] = marker["files"]
            unchanged = all(sha256_of(self.path / name) == sha for name, sha in files.items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return unchanged and marker.get("fingerprint") == fingerprint

    def begin(self) -> Path:
        """Return the folder, empty; what an earlier or interrupted fold left is gone."""
        # The marker first: killed in between, the rest must not pass for complete.
        (self.path / MARKER_FILE).unlink(missing_ok=True)
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True)
        return self.path

    def finish(self, plan: FoldPlan) -> None:
        """Write the marker: whatever the fold consists of is there and on the disk."""
        files = {file.name: sha256_of(file) for file in sorted(self.path.iterdir())}
        marker = {
            "fingerprint": plan.fingerprint,
            "model": self._model,
            "fold": plan.fold,
            "n_train": sum(sample.parent_id is None for sample in plan.train),
            "n_augmented": sum(sample.parent_id is not None for sample in plan.train),
            "n_validation": len(plan.validation),
            "n_test": len(plan.test),
            "judged": sorted(sample.key for sample in plan.test),
            "files": files,
        }
        write_text(self.path / MARKER_FILE, json.dumps(marker, indent=1) + "\n")

    def read_marker(self) -> tuple[frozenset[str], str]:
        """Return the content keys of the videos the fold has judged, and a name for its files.

        Raises:
            DataError: The fold is not complete.
        """
        path = self.path / MARKER_FILE
        try:
            marker: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return frozenset(marker["judged"]), fingerprint(marker["files"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}: is absent or damaged, so training has not finished there; run it again"
            ) from error

    def read_predictions(self) -> pl.DataFrame:
        """Return the scores of the fold's test videos."""
        return PREDICTIONS.read(self.path / PREDICTIONS_FILE)
