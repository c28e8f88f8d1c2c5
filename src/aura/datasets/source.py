"""From what a user gives as --data to a listing."""

from pathlib import Path

from aura.datasets.folder import list_folder
from aura.datasets.listing import DataConfig, Listing, printable
from aura.datasets.table import list_table
from aura.errors import DataError

_TABLE_SUFFIXES = (".csv", ".parquet", ".arrow")


def list_videos(path: Path, config: DataConfig) -> Listing:
    """Return the videos of a folder with real/ and fake/, or of a table.

    Raises:
        DataError: There is nothing there, or it is neither.
    """
    if path.is_dir():
        return list_folder(path, config)
    if not path.exists():
        raise DataError(f"{printable(path)}: there is no such folder or table")
    if path.suffix.lower() in _TABLE_SUFFIXES:
        return list_table(path, config)
    raise DataError(
        f"{printable(path)}: expected a folder with real/ and fake/, "
        f"or a table ({', '.join(_TABLE_SUFFIXES)})"
    )
