import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from aura.evaluation import (
    HeldOutVerdict,
    LineageStep,
    Mistake,
    Thumbnail,
    gather_report,
)
from aura.evaluation.mistakes import jpeg_bytes
from aura.evaluation.report import metrics_record, render_report, write_metrics, write_report
from aura.tables import FAILURES, Failure

NASTY = "<script>alert('x')</script> \"quoted\" & 'single'\nnew line 日本語 %s {{ 7*7 }}.mp4"
_VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Page(HTMLParser):
    """What a browser would make of a page: elements, text, and whether tags pair up."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words, self.open, self.ids = [], [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend((tag, name, value) for name, value in attrs)
        self.ids.extend(value for name, value in attrs if name == "id")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture
def full_data(report_data):
    thumbnail = Thumbnail(jpeg_bytes(np.full((9, 16, 3), 90, dtype=np.uint8)), "0.50 s")
    return dataclasses.replace(
        report_data,
        title=NASTY,
        run=dataclasses.replace(
            report_data.run,
            command=NASTY,
            config_text=NASTY,
            versions={NASTY: NASTY},
            lineage=(LineageStep("frames", "ab12", NASTY),),
        ),
        failures=FAILURES.from_rows(
            [Failure(video_id="x", path=NASTY, stage="frames", reason=NASTY)]
        ),
        mistakes=(
            Mistake(
                model="good", video_id="v1", path=NASTY, label=0, probability=0.97, fold=2,
                thumbnails=(thumbnail, thumbnail),
            ),
            Mistake(
                model="good", video_id="v2", path="/d/gone.mp4", label=1, probability=0.02,
                fold=None, note=NASTY,
            ),
        ),
        held_out=(
            HeldOutVerdict(
                path=NASTY, model="good", decision="fake", probability=0.91, label=1,
                reasons=(NASTY,), thumbnails=(thumbnail,),
            ),
            HeldOutVerdict(
                path="/d/dark.mp4", model="good", decision="insufficient-evidence", probability=None
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def page(full_data):
    return _Page(render_report(full_data))


def test_the_page_is_well_formed_and_ids_are_unique(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    targets = {v[1:] for _, n, v in page.attributes if n in ("href", "xlink:href") and v[0] == "#"}
    assert targets <= set(page.ids)


def test_the_page_needs_no_other_file_and_runs_nothing(full_data, page):
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            assert value.startswith(("#", "data:image/jpeg;base64,")), value
    html = render_report(full_data)
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    assert "http://" not in html
    assert "https://" not in html


def test_names_are_shown_as_they_are_and_never_obeyed(full_data, page):
    html = render_report(full_data)
    assert "<script" not in html
    assert "{{ 7*7 }}" in page.text
    assert "日本語" in page.text
    assert NASTY in page.words
    alt = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
    assert len(alt) == 3
    assert all("0.50 s" in text for text in alt)


def test_model_names_are_escaped_too(make_videos, make_predictions, run_facts):
    videos = make_videos(16)
    predictions = make_predictions(videos, model="<b>$x$</b>")
    data = gather_report("t", run_facts, videos=videos, predictions=predictions, n_bootstrap=0)
    page = _Page(render_report(data))
    assert "b" not in page.tags
    assert page.open == []
    assert "<b>$x$</b>" in page.text


def test_names_with_bytes_that_are_no_characters_can_be_written(full_data, tmp_path):
    verdict = dataclasses.replace(full_data.held_out[0], path="/d/bad\udcff.mp4")
    data = dataclasses.replace(full_data, held_out=(verdict,))
    write_report(data, tmp_path / "report.html")
    write_metrics(data, tmp_path / "metrics.json")
    assert r"bad\udcff.mp4" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_reader_finds_the_main_facts(full_data, page):
    best = full_data.best
    for fact in (
        f"{best.overall.auc:.3f}",
        f"{best.overall.auc_low:.3f} to {best.overall.auc_high:.3f}",
        f"{best.auc_mean:.3f} ± {best.auc_std:.3f}",
        "container:logistic_regression",
        "What this does not show",
        "insufficient-evidence",
        "0.970",
        "da7a",
        "c0ffee",
        "ab12",
    ):
        assert fact in page.text, fact


def test_every_figure_has_a_table_and_words_for_screen_readers(page):
    assert page.tags.count("svg") >= 1 + 1 + 3 * 2
    assert page.tags.count("details") >= page.tags.count("svg")
    assert page.tags.count("desc") == page.tags.count("svg")


def test_light_dark_and_print_are_provided_for(full_data):
    html = render_report(full_data)
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert 'name="viewport"' in html
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", html))
    for block in re.findall(r":root \{([^}]*)\}", html):
        assert used <= set(re.findall(r"(--[a-z0-9-]+):", block))


def test_equal_data_give_equal_bytes(full_data, tmp_path):
    write_report(full_data, tmp_path / "a.html")
    write_report(full_data, tmp_path / "b" / "report.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()


def test_a_run_without_mistakes_failures_or_held_out_videos_says_so(report_data):
    text = _Page(render_report(report_data)).text
    assert "Every video passed every stage." in text
    assert "None were set aside." in text
    assert "None are listed." in text


@pytest.mark.parametrize("label", [0, 1])
def test_predictions_of_one_class_still_give_a_report(
    make_videos, make_predictions, run_facts, label, tmp_path
):
    videos = make_videos(12)
    predictions = make_predictions(videos).filter(pl.col("label") == label)
    data = gather_report("t", run_facts, videos=videos, predictions=predictions, n_bootstrap=20)
    assert _Page(render_report(data)).open == []
    write_metrics(data, tmp_path / "metrics.json")
    record = json.loads((tmp_path / "metrics.json").read_text())
    assert record["models"]["noise_cnn"]["overall"]["auc"] is None


def test_metrics_hold_the_reports_numbers(full_data, tmp_path):
    write_metrics(full_data, tmp_path / "metrics.json")
    record = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(metrics_record(full_data), allow_nan=False))
    assert record["best_model"] == "good"
    assert record["n_videos"] == 40
    assert record["n_groups"] == 20
    assert record["n_failures"] == 1
    assert record["models"]["good"]["overall"]["auc"] == full_data.best.overall.auc
    assert sorted(record["models"]["good"]["folds"]) == ["0", "1", "2", "3"]
    assert record["versus_shortcut"]["good"]["verdict"] == "better"
    assert record["held_out"][1]["decision"] == "insufficient-evidence"
