"""What is written down about one feature."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One number that describes a video.

    Attributes:
        name: Column name in every feature table; begins with its group.
        group: The cue family it belongs to; groups are switched on and off together.
        formula: How it is computed, in words and symbols that need no source code. Left out are
            the small constants that keep a ratio finite when both sides vanish.
        source: Where the measure comes from, or ``container`` for what the file says of itself.
    """

    name: str
    group: str
    formula: str
    source: str
