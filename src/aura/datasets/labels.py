"""Label words of metadata: what they stand for, which are left out, which nobody knows."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from aura.datasets.listing import DataConfig
from aura.errors import DataError

_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0*")
_BOOLEANS = {"true": "1", "false": "0"}
_SHOWN = 5


def label_of(word: str | None, config: DataConfig) -> int | None:
    """Return the label of a word; numbers and booleans that are no words of their own are 0 or 1.

    >>> [label_of(word, DataConfig()) for word in ("Real", "1.0", "true", "0.5", None)]
    [0, 1, 1, None, None]
    """
    word = word or ""
    label = config.label_of(word)
    if label is not None:
        return label
    plain = word.strip().casefold()
    number = _WHOLE_NUMBER.fullmatch(plain)
    return config.label_of(number[1] if number else _BOOLEANS.get(plain, word))


def labels_of(
    words: Sequence[str | None], numbers: Sequence[int], *, config: DataConfig, where: str
) -> list[int | None]:
    """Return the label of each row, None where its word is one of ``data.ignored_words``.

    Args:
        words: The label word of each row.
        numbers: The number of each row, as the user counts.
        config: What each word stands for.
        where: The file, for the message.

    Raises:
        DataError: Words are neither real, fake nor ignored; it gives the rows and the words.
    """
    labels = [label_of(word, config) for word in words]
    unknown = [
        (number, word)
        for number, word, label in zip(numbers, words, labels, strict=True)
        if label is None and not config.is_ignored(word or "")
    ]
    if unknown:
        raise DataError(f"{where}: {_unknown_message(unknown, config)}")
    return labels


def _unknown_message(unknown: Sequence[tuple[int, str | None]], config: DataConfig) -> str:
    first, word = unknown[0]
    if len(unknown) == 1:
        found, way_out = f"row {first} has the label {word!r}", "leave the row out"
    else:
        rows = ", ".join(str(number) for number, _ in unknown[:_SHOWN])
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        counts = Counter(word for _, word in unknown).most_common()
        words = ", ".join(f"{word!r} ({n} times)" for word, n in counts[:_SHOWN])
        rest = f" and {len(counts) - _SHOWN} other words" if len(counts) > _SHOWN else ""
        found = f"{len(unknown)} rows have labels nobody knows: {words}{rest}, in rows {rows}{more}"
        way_out = "leave the rows out"
    return (
        f"{found}; expected one of {', '.join(config.real_words)} (real) or "
        f"{', '.join(config.fake_words)} (fake), {way_out}, or set data.real_words and "
        "data.fake_words if it means one of them, data.ignored_words if it means neither"
    )


def ignored_note(words: Iterable[str | None]) -> tuple[str, ...]:
    """Return a note that counts the rows left out for their word, if there are any.

    >>> ignored_note(["parody", "Parody "])[0][:63]
    'rows that are neither real nor fake, left out: 2 (2 parody); to'
    """
    counts = Counter((word or "").strip().casefold() for word in words)
    if not counts:
        return ()
    listed = ", ".join(f"{n} {word}" for word, n in counts.most_common())
    return (
        f"rows that are neither real nor fake, left out: {counts.total()} ({listed}); to use "
        "them, put their word into data.real_words or data.fake_words",
    )
