"""The report: one HTML file that needs no other, and the same numbers as JSON."""

import json
from pathlib import Path
from typing import Any

from aura.atomic import write_text
from aura.evaluation.page import page_environment, style_sheet
from aura.evaluation.report_data import ReportData
from aura.evaluation.report_sections import (
    balance_blocks,
    folds_table,
    model_blocks,
    results_table,
    roc_block,
    test_table,
)
from aura.evaluation.report_text import interval_text, limits, outcome

_FOLDER = Path(__file__).parent
_METRICS_VERSION = 1


def write_report(data: ReportData, path: Path) -> None:
    """Write the report to ``path``, whole or not at all; equal data give equal bytes.

    The file shows in any browser without network, scripts or other files.
    """
    write_text(path, render_report(data))


def render_report(data: ReportData) -> str:
    """Return the report as one HTML document."""
    return (
        page_environment(_FOLDER)
        .get_template("report.html.j2")
        .render(
            data=data,
            css=style_sheet(),
            outcome=outcome(data),
            limits=limits(data),
            interval=interval_text(data.best.overall),
            results=results_table(data),
            folds=folds_table(data),
            test=test_table(data),
            roc=roc_block(data),
            balances=balance_blocks(data),
            models=model_blocks(data),
        )
    )


def write_metrics(data: ReportData, path: Path) -> None:
    """Write every number of the report to ``path`` as JSON, whole or not at all."""
    write_text(
        path,
        json.dumps(metrics_record(data), indent=2, sort_keys=True, allow_nan=False) + "\n",
    )


def metrics_record(data: ReportData) -> dict[str, Any]:
    """Return every number of the report as JSON can hold it; None where one is not defined."""
    return {
        "version": _METRICS_VERSION,
        "run": {
            "id": data.run.run_id,
            "config_hash": data.run.config_hash,
            "data_fingerprint": data.run.data_fingerprint,
        },
        "n_videos": data.videos.height,
        "n_groups": data.videos["group_id"].n_unique(),
        "n_failures": data.failures.height,
        "best_model": data.best.name,
        "models": {result.name: result.to_dict() for result in data.models},
        "test": {result.name: result.to_dict() for result in data.test},
        "shortcuts": {result.name: result.to_dict() for result in data.shortcuts},
        "versus_shortcut": {
            name: {
                "auc_difference": difference.value,
                "low": difference.low,
                "high": difference.high,
                "n": difference.n,
                "n_groups": difference.n_groups,
                "verdict": difference.verdict,
            }
            for name, difference in data.versus_shortcut.items()
        },
        "held_out": [
            {
                "path": verdict.path,
                "label": verdict.label,
                "model": verdict.model,
                "decision": verdict.decision,
                "probability": verdict.probability,
                "reasons": list(verdict.reasons),
            }
            for verdict in data.held_out
        ],
    }
