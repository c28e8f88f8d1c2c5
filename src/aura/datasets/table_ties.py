"""What ties the rows of a table: their group, persons, addresses and further ties.

Cells are cleaned here, and what several rows say of one file is brought together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aura.datasets.fvc_urls import parse_url
from aura.datasets.listing import ListedVideo, several
from aura.leakage import GROUP, URL

IDENTITIES, TIES, ADDRESS = "identities", "ties", "url"
TIE_COLUMNS = (IDENTITIES, TIES, ADDRESS)
"""The columns of `aura.tables.Video` that hold ties; a cell may hold several values."""

_BEFORE_ADDRESS = re.compile(r";(?=\s*\w+://)")

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RowTies:
    """What ties one file to others, each value once and in the order of the rows."""

    groups: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()

    def joined(self, other: "RowTies") -> "RowTies":
        """Return the ties of two rows of one file.

        >>> RowTies(groups=("a",)).joined(RowTies(groups=("b", "a"))).groups
        ('a', 'b')
        """
        return RowTies(
            groups=_once((*self.groups, *other.groups)),
            addresses=_once((*self.addresses, *other.addresses)),
            identities=_once((*self.identities, *other.identities)),
            ties=_once((*self.ties, *other.ties)),
        )


def ties_of_row(row: Row, *, group_column: str, taken: Iterable[str] = ()) -> RowTies:
    """Return what a row is tied by; blanks around values do not count, empty values are none.

    Args:
        row: The cells by column.
        group_column: The column that holds the group.
        taken: Columns that mean something else in this table.
    """
    cells = {name: row.get(name) or "" for name in TIE_COLUMNS if name not in taken}
    group = (row.get(group_column) or "").strip()
    return RowTies(
        groups=(group,) if group else (),
        addresses=_once(addresses(cells.get(ADDRESS, ""))),
        identities=_once(_parts(cells.get(IDENTITIES, ""))),
        ties=_once(_parts(cells.get(TIES, ""))),
    )


def addresses(cell: str) -> Iterator[str]:
    """Yield the web addresses of a cell, those of one video of a platform as one name.

    >>> list(addresses(" youtu.be/Y7MJlmbnLQA; https://example.org/a;b "))
    ['youtube:Y7MJlmbnLQA', 'https://example.org/a;b']
    """
    parts = list(_parts(cell))
    # A semicolon may be a part of an address that is none of a platform's.
    if not all(map(parse_url, parts)):
        parts = [part.strip() for part in _BEFORE_ADDRESS.split(cell)]
    for part in parts:
        video = parse_url(part)
        yield part if video is None else video.key


def with_ties(videos: Sequence[ListedVideo], ties: Mapping[str, RowTies]) -> list[ListedVideo]:
    """Return the videos with their group and tie columns.

    A video has one group and one address. Where rows gave a file several, the first stays and the
    others become ties, which all other videos of that group or address bear too.

    Args:
        videos: The videos of a table, without ties.
        ties: What ties each of them, by ``video_id``.
    """
    further = {tie for own in ties.values() for tie in _named(own.groups[1:], own.addresses[1:])}
    return [_tied(video, ties[video.video_id], further=further) for video in videos]


def _tied(video: ListedVideo, own: RowTies, *, further: set[str]) -> ListedVideo:
    named = [tie for tie in _named(own.groups, own.addresses) if tie in further]
    cells = {
        ADDRESS: next(iter(own.addresses), None),
        IDENTITIES: several(own.identities),
        TIES: several((*own.ties, *named)),
    }
    present = {name: cell for name, cell in cells.items() if cell or name in video.extras}
    return replace(video, group_id=next(iter(own.groups), None), extras={**video.extras, **present})


def _named(groups: Sequence[str], urls: Sequence[str]) -> Iterator[str]:
    yield from (f"{GROUP}:{value}" for value in groups)
    yield from (f"{URL}:{value}" for value in urls)


def comma_note(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a note where persons seem to be separated by commas, which do not separate."""
    cells = [cell for row in rows if (cell := row.get(IDENTITIES))]
    n_commas = sum("," in cell for cell in cells)
    if n_commas and not any(";" in cell for cell in cells):
        yield (
            f"the column {IDENTITIES} holds commas in {n_commas} rows and no semicolon: each cell "
            "is taken for one person; several are separated by semicolons, as in anna;ben"
        )


def _parts(cell: str) -> Iterator[str]:
    return (part.strip() for part in cell.split(";") if part.strip())


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
