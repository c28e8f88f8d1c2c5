"""Figures as inline SVG that takes its colours from the page it stands in."""

import io
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Colours that stand for the page's own. A drawing uses them and no other, and they are replaced
# by CSS variables once it is drawn, so one drawing serves light pages, dark pages and print.
INK = "#010101"
MUTED = "#020202"
GRID = "#030303"
REAL_COLOUR = "#040404"
FAKE_COLOUR = "#050505"
SERIES = ("#060606", "#070707", "#080808", "#090909", "#101010", "#111111")

_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    REAL_COLOUR: "--real",
    FAKE_COLOUR: "--fake",
    **{colour: f"--series-{number}" for number, colour in enumerate(SERIES, start=1)},
}

_WIDTH_IN = 4.3
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: sharp, selectable and in the page's font
    "svg.hashsalt": "aura",  # element ids, and so the bytes, repeat
    "text.parse_math": False,  # a model may be called $x$
    "font.size": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.borderpad": 0.1,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure for a page.

    Attributes:
        title: What it shows, for the caption and for screen readers.
        svg: An ``<svg>`` element, without XML prologue and without references to other files.
    """

    title: str
    svg: str


@contextmanager
def house_style() -> Generator[None]:
    """Draw in the report's style, whatever the user's own matplotlib settings are."""
    settings: Any = mpl
    with settings.rc_context():
        settings.rcdefaults()
        settings.rcParams.update(_STYLE)
        yield


def new_figure(height_in: float) -> Any:
    """Return an empty `Figure` as wide as the report's columns; call it within `house_style`."""
    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
    FigureCanvasSVG(figure)
    drawn: Any = figure
    drawn.get_layout_engine().set(h_pad=0.07)
    return drawn


def finish(figure: Any, *, name: str, title: str, description: str) -> Drawing:
    """Return ``figure`` as an inline drawing; call it within `house_style`.

    Args:
        figure: What `new_figure` gave, drawn upon.
        name: Letters, digits and hyphens, unlike that of any other drawing on the page.
        title: What it shows.
        description: What it says, for those who cannot see it.
    """
    stream = io.StringIO()
    with warnings.catch_warnings():
        # Browsers have the letters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure.savefig(
            stream,
            format="svg",
            transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    return Drawing(title, _inline(stream.getvalue(), name=name, title=title, text=description))


def plain(text: str, *, max_chars: int = 34) -> str:
    r"""Return ``text`` on one line, shortened in the middle, fit to stand in a figure.

    >>> plain("a\nb"), plain("abcdefgh", max_chars=5)
    ('a b', 'ab…gh')
    """
    line = "".join(char if char.isprintable() else " " for char in text)
    if len(line) <= max_chars:
        return line
    kept = max_chars - 1
    return f"{line[: kept - kept // 2]}…{line[len(line) - kept // 2 :]}"


def _inline(svg: str, *, name: str, title: str, text: str) -> str:
    svg = svg[svg.index("<svg") :]
    size = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    assert size is not None, "matplotlib writes a viewBox"
    body = svg[svg.index(">") + 1 :].rstrip()
    # Ids are unique in a drawing but not in a page of several.
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    head = (
        f'<svg class="drawing" viewBox="0 0 {size[1]} {size[2]}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(text)}</desc>'
    )
    return head + body
