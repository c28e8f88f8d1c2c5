"""The whole road: labelled videos in, a judged detector and its report out."""

from aura.pipeline.audit import audit_manifest
from aura.pipeline.graph import STEPS, steps_for
from aura.pipeline.run import RunResult, StepSummary, run_pipeline
from aura.pipeline.scan_data import ScanResult, scan_data

__all__ = [
    "STEPS",
    "RunResult",
    "ScanResult",
    "StepSummary",
    "audit_manifest",
    "run_pipeline",
    "scan_data",
    "steps_for",
]
