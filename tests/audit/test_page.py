import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from aura.audit import run_audit
from aura.audit.page import render_audit, write_audit
from aura.evaluation import Thumbnail
from aura.evaluation.mistakes import jpeg_bytes

NASTY = "<script>alert('x')</script> \"quoted\" & 'single' 日本語 {{ 7*7 }}"
_VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Page(HTMLParser):
    """What a browser would make of a page: elements, attributes, text, and whether tags pair up."""

    def __init__(self, html: str) -> None:
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
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def faulty(make_videos, quick):
    """An audit of a table that leaks and contradicts itself, with names that try to break out."""

    def change(n: int) -> dict[str, object]:
        return {
            "fold": n % 4,
            "source": NASTY if n % 3 else "ordinary",
            "url": NASTY if n in (0, 1) else None,
            "path": f"/data/{NASTY}.mp4" if n == 0 else f"/data/v{n}.mp4",
        }

    audit = run_audit(make_videos(40, change), config=quick)
    pair = audit.leaks.pairs[0]
    frame = Thumbnail(jpeg_bytes(np.full((9, 16, 3), 90, dtype=np.uint8)), "0.50 s")
    shown = dataclasses.replace(
        pair,
        first=dataclasses.replace(pair.first, frame=frame),
        second=dataclasses.replace(pair.second, note=f"No frame to show: {NASTY}"),
    )
    leaks = dataclasses.replace(audit.leaks, pairs=(shown, *audit.leaks.pairs[1:]))
    return dataclasses.replace(audit, leaks=leaks, unread=((f"/d/{NASTY}", NASTY),))


@pytest.fixture
def page(faulty) -> _Page:
    return _Page(render_audit(faulty, title=NASTY))


def test_the_page_is_well_formed_and_its_links_lead_somewhere(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    targets = {v[1:] for _, n, v in page.attributes if n in ("href", "xlink:href") and v[0] == "#"}
    assert targets <= set(page.ids)


def test_the_page_needs_no_other_file_and_runs_nothing(faulty, page):
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "srcset"):
            assert value.startswith(("#", "data:image/jpeg;base64,")), value
    html = render_audit(faulty, title=NASTY)
    assert "http" not in html.replace("data:image", "")
    assert "@import" not in html


def test_names_are_shown_as_they_are_and_every_picture_has_words(page):
    assert NASTY in page.text
    assert "49" not in page.text.split("日本語")[1][:12]
    pictures = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
    assert pictures
    assert all("Frame of" in words for words in pictures)


def test_a_reader_finds_leaks_conflicts_and_panels(faulty, page):
    assert "Not fit for training as it is" in page.text
    assert "No frame to show" in page.text
    assert f"{len(faulty.leaks.pairs)} of {faulty.leaks.n_values} leaks" in page.text
    assert "declared group" in page.text
    assert "v0000, v0001" in page.text
    assert "seed 0" in page.text
    assert "could not be fingerprinted" in page.text
    assert page.tags.count("svg") >= 1


def test_a_table_without_folds_gets_a_page_that_says_so(make_videos, quick):
    audit = run_audit(make_videos(20).drop("fold", "split"), config=quick)
    text = _Page(render_audit(audit)).text
    assert "no folds or splits" in text
    assert "No two videos with the same bytes" in text


def test_one_class_alone_gets_a_page(make_videos, quick):
    audit = run_audit(make_videos(12, lambda n: {"label": 1}), config=quick)
    page = _Page(render_audit(audit))
    assert "cannot be said" in page.text
    assert "no real video" in page.text


def test_page_and_figures_repeat_byte_for_byte(faulty, tmp_path):
    for name in ("one", "two"):
        beside = write_audit(faulty, tmp_path / f"{name}.html", title="A")
        assert beside == tmp_path / f"{name}.json"
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_figures_beside_the_page_are_strict_json(faulty, tmp_path):
    record = json.loads(
        write_audit(faulty, tmp_path / "a.html").read_text(encoding="utf-8"),
        parse_constant=lambda word: pytest.fail(f"{word} is no JSON"),
    )
    assert record["is_clean"] is False
    assert record["leaking_groups"] == list(faulty.leaks.groups)
    assert record["label_conflicts"][0]["kind"] == "url"
    assert len(record["inflation"]) == len(faulty.judgements)
    assert record["leaks"]["kinds"][0]["n_values"] == faulty.leaks.kinds[0].n_values
    assert record["composition"]["source"][0]["share_fake"] == pytest.approx(0.5, abs=0.1)
