import io

import pytest
from rich.console import Console

from aura.cli.terminal import Bars, Lines, show_progress
from aura.progress import Silent


def test_nothing_is_shown_when_quiet():
    assert isinstance(show_progress(quiet=True, verbose=True), Silent)


@pytest.mark.parametrize("verbose", [False, True])
def test_a_log_gets_lines_and_no_bars(verbose):
    assert isinstance(show_progress(quiet=False, verbose=verbose), Lines)


def test_a_terminal_gets_bars_unless_lines_are_asked_for(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    assert isinstance(show_progress(quiet=False, verbose=False), Bars)
    assert isinstance(show_progress(quiet=False, verbose=True), Lines)


def test_lines_tell_the_start_each_video_and_the_end(capsys):
    lines = Lines(interval_s=0.0)
    lines.start("scale", total=3, done=1)
    lines.advance("scale", note="1 failed")
    lines.advance("scale")
    lines.finish("scale", note="1 failed")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "scale: 1/3 goes on",
        "scale: 2/3 1 failed",
        "scale: 3/3",
        "scale: 3/3 done 1 failed",
    ]


def test_lines_do_not_flood_a_log(capsys):
    lines = Lines(interval_s=3600.0)
    lines.start("scale", total=None)
    for _ in range(50):
        lines.advance("scale")
    lines.finish("scale")
    assert capsys.readouterr().err.splitlines() == ["scale: 0 starts", "scale: 50 done"]


def test_nothing_starts_where_all_is_done_already(capsys):
    lines = Lines(interval_s=0.0)
    lines.start("scale", total=3, done=3)
    lines.finish("scale")
    assert capsys.readouterr().err.splitlines() == ["scale: 3/3 done"]


def test_bars_follow_several_steps_and_show_names_as_they_are():
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, width=120))
    bars.start("scale", total=2)
    bars.start("train", total=1)
    bars.advance("scale", steps=2)
    bars.finish("scale")
    bars.log("a [sentence] with brackets")
    bars.advance("train")
    bars.finish("train")
    bars.start("evaluate", total=1)
    bars.finish("evaluate", note="[bold]odd[/strange].mp4")
    shown = screen.getvalue()
    assert "2/2" in shown
    assert "a [sentence] with brackets" in shown
    assert "evaluate" in shown
    assert "[bold]odd[/strange].mp4" in shown
