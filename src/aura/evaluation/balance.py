"""How many real and fake videos there are, by any column of the videos table."""

import polars as pl

from aura.errors import DataError
from aura.tables import FAKE, REAL


def class_balance(
    videos: pl.DataFrame, column: str, *, max_rows: int = 12, missing: str = "none"
) -> pl.DataFrame:
    """Return the counts of both classes for each value of ``column``.

    Args:
        videos: A table of `aura.tables.VIDEOS`.
        column: One of its columns.
        max_rows: At most how many values stand alone; the rarest further ones share a last row.
        missing: What a missing value is called.

    Returns:
        The columns ``column`` (text), ``real`` and ``fake``: numbers in rising order, names by
        falling count.

    Raises:
        DataError: There is no such column.
    """
    if column not in videos.columns:
        raise DataError(
            f"expected a column {column} in the videos table, which has {', '.join(videos.columns)}"
        )
    is_number = videos[column].dtype.is_numeric()
    counts = (
        videos.group_by(column)
        .agg(real=(pl.col("label") == REAL).sum(), fake=(pl.col("label") == FAKE).sum())
        .with_columns(total=pl.col("real") + pl.col("fake"))
    )
    by_count = counts.sort("total", column, descending=[True, False], nulls_last=True)
    kept = by_count.head(max_rows) if counts.height > max_rows else by_count
    rest = by_count.tail(counts.height - kept.height)
    if is_number:
        kept = kept.sort(column, nulls_last=True)
    table = kept.select(
        pl.col(column).cast(pl.String).fill_null(missing),
        pl.col("real").cast(pl.Int64),
        pl.col("fake").cast(pl.Int64),
    )
    if not rest.height:
        return table
    further = pl.DataFrame(
        {
            column: [f"{rest.height} others"],
            "real": [int(rest["real"].sum())],
            "fake": [int(rest["fake"].sum())],
        }
    )
    return pl.concat([table, further])
