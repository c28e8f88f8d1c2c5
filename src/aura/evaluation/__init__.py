"""What predictions are worth: metrics with intervals, calibration, shortcuts and the report.

Reports are written by `aura.evaluation.report`, which draws figures and so loads matplotlib; what
is offered here loads no more than NumPy and polars until it is used.
"""

from aura.evaluation.calibration import ReliabilityCurve, reliability
from aura.evaluation.intervals import AucDifference, auc_difference
from aura.evaluation.metrics import BinaryMetrics, Confusion, binary_metrics
from aura.evaluation.mistakes import mistake_frames, worst_mistakes
from aura.evaluation.report_data import (
    HeldOutVerdict,
    LineageStep,
    Mistake,
    ReportData,
    RunFacts,
    Thumbnail,
    gather_report,
)
from aura.evaluation.results import ModelResult, compare_models, model_results
from aura.evaluation.shortcuts import ShortcutConfig, container_baseline

__all__ = [
    "AucDifference",
    "BinaryMetrics",
    "Confusion",
    "HeldOutVerdict",
    "LineageStep",
    "Mistake",
    "ModelResult",
    "ReliabilityCurve",
    "ReportData",
    "RunFacts",
    "ShortcutConfig",
    "Thumbnail",
    "auc_difference",
    "binary_metrics",
    "compare_models",
    "container_baseline",
    "gather_report",
    "mistake_frames",
    "model_results",
    "reliability",
    "worst_mistakes",
]
