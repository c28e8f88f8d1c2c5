"""Finding and reading the small text files that come with a data set."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from aura.datasets.listing import DataConfig, printable
from aura.errors import DataError


def given_metadata(config: DataConfig) -> Path | None:
    """Return what ``data.metadata`` names, a file or a folder; None where it is not set.

    Raises:
        DataError: There is nothing at that place.
    """
    if config.metadata is None:
        return None
    path = Path(config.metadata).expanduser()
    if not path.exists():
        raise DataError(f"data.metadata={config.metadata}: there is no such file or folder")
    return path.resolve()


def find_metadata(home: Path, config: DataConfig, *, names: Collection[str]) -> Path | None:
    """Return the first metadata file of one of ``names``, in any case.

    A file that ``data.metadata`` names is taken as it is, in a folder that it names the file is
    looked for; without the setting, in ``home`` and the folder above it.

    Raises:
        DataError: ``data.metadata`` names nothing, or a folder without such a file.
    """
    given = given_metadata(config)
    if given is not None and given.is_file():
        return given
    for folder in [home, home.parent] if given is None else [given]:
        found = _file_in(folder, names)
        if found is not None:
            return found
    if given is not None:
        raise DataError(f"data.metadata={config.metadata}: holds no {' or '.join(names)}")
    return None


def _file_in(folder: Path, names: Collection[str]) -> Path | None:
    wanted = {name.casefold() for name in names}
    try:
        found = sorted(path for path in folder.iterdir() if path.name.casefold() in wanted)
    except OSError as error:
        raise DataError(f"{printable(folder)}: cannot be listed: {error.strerror}") from error
    return next((path for path in found if path.is_file()), None)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without a byte order mark.

    Raises:
        DataError: It cannot be read, or is no UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{printable(path)}: expected text in UTF-8, found something else at byte "
            f"{error.start}; save it as UTF-8"
        ) from error


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        DataError: It cannot be read, or is no JSON.
    """
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{printable(path)}: is no valid JSON: {error}") from error
