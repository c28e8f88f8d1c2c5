import re
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import pytest

from aura.evaluation.drawing import INK, SERIES, finish, house_style, new_figure, plain


def _draw(name="one", title="A title", label="a line"):
    with house_style():
        figure = new_figure(2.0)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=SERIES[0], label=label)
        axes.plot([0, 1], [1, 0], color=INK)
        figure.legend()
        return finish(figure, name=name, title=title, description="What it says")


def test_a_drawing_is_one_svg_element_with_words_for_those_who_cannot_see():
    root = ElementTree.fromstring(_draw().svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    texts = {element.get("id"): element.text for element in root.iter()}
    assert [texts[name] for name in named] == ["A title", "What it says"]


def test_colours_are_the_pages():
    svg = _draw().svg
    assert "var(--series-1)" in svg
    assert "var(--ink)" in svg
    assert re.findall(r"#[0-9a-fA-F]{6}\b", svg) == []


def test_equal_drawings_are_equal_bytes():
    assert _draw().svg == _draw().svg


def test_the_users_own_style_changes_nothing_and_is_left_alone():
    ours = _draw().svg
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert _draw().svg == ours
        assert mpl.rcParams["font.size"] == 30


def test_no_id_occurs_twice_on_a_page_of_two_drawings():
    page = _draw(name="one").svg + _draw(name="two").svg
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r'href="#([^"]+)"', page))
    assert used
    assert used <= set(ids)


@pytest.mark.parametrize("text", ["<script>x</script>", 'a "b" & c', "$x_1^$", "日本語", "%s {0}"])
def test_any_name_can_stand_in_a_drawing(text):
    svg = _draw(title=text, label=text).svg
    texts = ["".join(e.itertext()).strip() for e in ElementTree.fromstring(svg).iter()]
    assert texts.count(text) >= 2
    assert "<script" not in svg


def test_control_characters_and_length_are_tamed():
    assert plain("a\x00b\x1bc\r\nd") == "a b c  d"
    assert len(plain("x" * 500)) == 34
