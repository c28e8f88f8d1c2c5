import jinja2
import pytest

from aura.evaluation.page import Table, page_environment, style_sheet


@pytest.fixture
def render(tmp_path):
    def make(template: str, **values: object) -> str:
        (tmp_path / "page.html.j2").write_text(template, encoding="utf-8")
        return page_environment(tmp_path).get_template("page.html.j2").render(**values)

    return make


def test_what_a_page_shows_is_escaped_and_what_utf8_cannot_hold_is_spelled_out(render):
    assert render("{{ x }}", x="<b>&") == "&lt;b&gt;&amp;"
    assert render("{{ x }}", x="a\udcffb") == "a\\udcffb"


def test_a_name_that_a_template_does_not_know_stops_it(render):
    with pytest.raises(jinja2.UndefinedError):
        render("{{ missing }}")


def test_macros_are_at_hand_from_any_folder(render):
    table = Table(("name", "n"), (("a", 1), ("b", None)))
    html = render(
        '{% from "page_macros.html.j2" import chip, table %}{{ chip("fake") }}{{ table(t) }}',
        t=table,
    )
    assert '<span class="chip fake">fake</span>' in html
    assert '<td class="number">1</td>' in html
    assert '<td class="number">–</td>' in html


def test_a_page_adds_its_own_rules_to_the_house_style(tmp_path):
    (tmp_path / "more.css").write_text(".mine { color: red; }", encoding="utf-8")
    sheet = style_sheet(tmp_path / "more.css")
    assert sheet.startswith(style_sheet())
    assert sheet.endswith(".mine { color: red; }")
