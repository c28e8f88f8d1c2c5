import dataclasses

import polars as pl
import pytest

from aura.evaluation import gather_report
from aura.evaluation.report_sections import (
    balance_blocks,
    folds_table,
    model_blocks,
    results_table,
    roc_block,
)


def test_results_hold_every_model_and_then_the_shortcut(report_data):
    rows = results_table(report_data).rows
    assert [row[0] for row in rows] == ["good", "weak", "container:logistic_regression"]
    assert rows[0][1] == report_data.best.overall.auc
    assert rows[0][-1].endswith("better")
    assert rows[2][-1] == "the shortcut itself"


def test_folds_hold_one_column_a_fold(report_data):
    table = folds_table(report_data)
    assert table.header == ("Model", "Fold 0", "Fold 1", "Fold 2", "Fold 3")
    assert table.rows[0][1:] == tuple(report_data.best.folds[k].auc for k in range(4))


def test_every_figure_has_the_table_of_its_numbers(report_data):
    blocks = [roc_block(report_data), *balance_blocks(report_data)]
    for model in model_blocks(report_data):
        assert len(model.figures) == 3
        blocks.extend(model.figures)
    for block in blocks:
        assert block.drawing is not None
        assert block.table.rows
        assert all(len(row) == len(block.table.header) for row in block.table.rows)


def test_tables_count_every_video(report_data):
    confusion, calibration, scores = model_blocks(report_data)[0].figures
    assert sum(sum(row[1:]) for row in confusion.table.rows) == 40
    assert sum(row[3] for row in calibration.table.rows) == 40
    assert sum(row[1] + row[2] for row in scores.table.rows) == 40


def test_balance_is_drawn_by_what_tells_videos_apart(report_data):
    platforms = report_data.videos.with_columns(
        platform=pl.when(pl.col("label") == 1).then(pl.lit("here")).otherwise(pl.lit("there"))
    )
    data = dataclasses.replace(report_data, videos=platforms)
    assert [block.table.header[0] for block in balance_blocks(report_data)] == ["fold"]
    assert [block.table.header[0] for block in balance_blocks(data)] == ["fold", "platform"]


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_gives_a_note_instead_of_a_curve(make_videos, make_predictions, run_facts, label):
    videos = make_videos(12)
    predictions = make_predictions(videos).filter(pl.col("label") == label)
    data = gather_report("t", run_facts, videos=videos, predictions=predictions, n_bootstrap=0)
    block = roc_block(data)
    assert block.drawing is None
    assert "one class" in block.note
    assert model_blocks(data)[0].figures[0].drawing is not None
