"""The videos that a corpus names, each once."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aura.datasets.fvc_metadata import FvcRow

_FILE_NAME = re.compile(r"[\w-][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """One video; ``key`` is the same for all its addresses, ``label`` is the metadata's word."""

    key: str
    platform: str
    video_id: str
    url: str
    label: str


def addresses_of(
    rows: Iterable[FvcRow], labels: Sequence[str] = ()
) -> tuple[list[Address], list[str]]:
    """Return the videos that metadata names, and remarks on what is left out.

    Args:
        rows: The metadata.
        labels: The label words that are wanted, in any case; all when empty.
    """
    wanted = {word.casefold() for word in labels}
    found: dict[str, Address] = {}
    other_labels, n_unknown = Counter[str](), 0
    for row in rows:
        word = (row.word or "").strip()
        if wanted and word.casefold() not in wanted:
            other_labels[word or "(none)"] += 1
        elif row.video is None or not _FILE_NAME.fullmatch(row.video.video_id):
            n_unknown += 1
        else:
            video = row.video
            address = Address(video.key, video.platform, video.video_id, row.url, word.casefold())
            found.setdefault(video.key, address)
    notes: list[str] = []
    if other_labels:
        words = ", ".join(f"{n} {word}" for word, n in sorted(other_labels.items()))
        notes.append(f"left out by download.corpus.labels: rows labelled {words}")
    if n_unknown:
        notes.append(f"{n_unknown} rows have an address that names no video of a known platform")
    return list(found.values()), notes
