"""Rows out of JSON: a list of objects, or one object a line."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from aura.datasets.listing import printable, several
from aura.errors import TableError

JsonRows = tuple[list[str], list[list[str | None]], list[int], list[str]]
"""Column names, rows of cells, row numbers, and the columns that hold lists or objects."""

_EXPECTED = 'a list of objects, one a video: [{"path": "a.mp4", "label": "real"}, ...]'


def read_json_rows(text: str, *, where: str, lists: Collection[str] = ()) -> JsonRows:
    """Return what a JSON text holds as columns of text.

    Numbers and booleans become text (``1``, ``0.5``, ``true``); what an object lacks is None.

    Args:
        text: The whole file.
        where: Its name, for the message.
        lists: Columns whose lists of texts are joined by semicolons.

    Raises:
        TableError: It is no JSON, or neither a list of objects nor one object a line.

    >>> read_json_rows('[{"path": "a.mp4", "label": 1}]', where="t.json")
    (['path', 'label'], [['a.mp4', '1']], [1], [])
    """
    if not text.strip():
        raise TableError(f"{where}: the file is empty")
    objects = [(number, _with_joined(record, lists)) for number, record in _objects(text, where)]
    columns = list(dict.fromkeys(name.strip() for _, record in objects for name in record))
    nested = {
        name.strip()
        for _, record in objects
        for name, value in record.items()
        if isinstance(value, list | dict)
    }
    rows: list[list[str | None]] = []
    for number, record in objects:
        cells = {name.strip(): _as_text(value) for name, value in record.items()}
        if len(cells) < len(record):
            raise TableError(
                f"{where}: row {number}: two columns differ by the space around them alone"
            )
        rows.append([cells.get(name) for name in columns])
    return columns, rows, [number for number, _ in objects], sorted(nested)


def _objects(text: str, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object and its place in the list, or its line."""
    try:
        content = _parsed(text, where)
    except json.JSONDecodeError as error:
        # A second object after the first one: JSON lines, whatever the ending says.
        if error.msg != "Extra data" or not text.lstrip().startswith("{"):
            raise TableError(f"{where}: {error}") from error
        yield from _lines(text, where)
        return
    if isinstance(content, dict) and "\n" not in text.strip():
        content = [content]  # JSON lines of a single line
    if not isinstance(content, list):
        kind = "an object" if isinstance(content, dict) else "a single value"
        raise TableError(
            f"{where}: found {kind}, expected {_EXPECTED}; from pandas: "
            'table.to_json(path, orient="records")'
        )
    for number, record in enumerate(content, start=1):
        yield number, _object(record, f"{where}: entry {number}")


def _lines(text: str, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _parsed(line, where)
        except json.JSONDecodeError as error:
            raise TableError(f"{where}: line {number} is no JSON object: {error}") from error
        yield number, _object(record, f"{where}: line {number}")


def _parsed(text: str, where: str) -> Any:
    """Return what the text holds, or raise where a name occurs twice in one object."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            names = [name for name, _ in pairs]
            repeated = next(name for name in names if names.count(name) > 1)
            raise TableError(f"{where}: the column {repeated!r} occurs twice; rename or remove one")
        return record

    try:
        # Numbers stay as they are written: ids are longer than what a float keeps.
        return json.loads(text, object_pairs_hook=unique, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise TableError(f"{where}: it is nested too deeply for a table") from error


def _object(record: Any, where: str) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise TableError(f"{where} is no object; expected {_EXPECTED}")
    return record


def _with_joined(record: dict[str, Any], lists: Collection[str]) -> dict[str, Any]:
    """Return the record, lists of texts in the columns of ``lists`` as one text each."""
    return {
        name: several(part for part in value if part)
        if name.strip() in lists and _is_list_of_texts(value)
        else value
        for name, value in record.items()
    }


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(part is None or isinstance(part, str) for part in value)


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return printable(value)  # JSON may hold halves of characters, which no table can
    return json.dumps(value, ensure_ascii=False)
