"""What every page of ours shares: style sheet, macros, filters, and the tables they show."""

import base64
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import jinja2
import markupsafe

from aura.evaluation.drawing import Drawing
from aura.evaluation.report_data import Thumbnail
from aura.tables import FAKE

_FOLDER = Path(__file__).parent

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table for a page; numbers stand right, text left, and None is a dash."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A drawing, or a note why there is none, and the table of its numbers."""

    title: str
    drawing: Drawing | None
    table: Table
    note: str = ""


def page_environment(folder: Path) -> Any:
    """Return the Jinja environment of the page templates in ``folder``.

    A template gets the macros by ``{% from "page_macros.html.j2" import table %}``, escapes what
    it shows, and stops at a name it does not know.
    """
    environment: Any = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _FOLDER], encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        cell=_cell, is_number=_is_number, jpeg_uri=_jpeg_uri, file_name=_file_name, truth=_truth
    )
    # For drawings, which are ours and escape the names they show.
    environment.globals["markup"] = markupsafe.Markup
    return environment


def style_sheet(*more: Path) -> markupsafe.Markup:
    """Return the house's CSS, followed by the files ``more``."""
    sheets = (_FOLDER / "report.css", *more)
    # The style sheets are ours.
    return markupsafe.Markup("".join(s.read_text(encoding="utf-8") for s in sheets))  # noqa: S704


def _printable(value: Any) -> Any:
    """Return text that UTF-8 can hold: file names may carry bytes that are no characters."""
    if isinstance(value, str) and not isinstance(value, markupsafe.Markup):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _jpeg_uri(thumbnail: Thumbnail) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(thumbnail.data).decode("ascii")


def _file_name(path: str) -> str:
    return PurePath(path).name


def _truth(label: int | None) -> str:
    if label is None:
        return "unknown"
    return "fake" if label == FAKE else "real"
