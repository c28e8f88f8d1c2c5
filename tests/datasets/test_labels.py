import pytest

from aura.datasets.labels import labels_of
from aura.datasets.listing import DataConfig
from aura.errors import DataError

CONFIG = DataConfig()


def read(words: list[str | None]) -> list[int | None]:
    return labels_of(words, range(2, 2 + len(words)), config=CONFIG, where="t.csv")


def test_words_numbers_and_ignored_words():
    assert read([" FAKE ", "0", "1.0", "true", "Debunked"]) == [1, 0, 1, 1, None]


def test_one_unknown_word_is_refused_with_its_row_and_the_settings():
    with pytest.raises(DataError) as caught:
        read(["real", "maybe"])
    for words in ("t.csv: row 3 has the label 'maybe'", "data.fake_words", "data.ignored_words"):
        assert words in str(caught.value)


def test_several_unknown_words_are_counted_and_the_first_rows_named():
    with pytest.raises(DataError) as caught:
        read(["real", *["maybe"] * 6, None, "perhaps"])
    message = str(caught.value)
    assert "8 rows have labels nobody knows: 'maybe' (6 times), None (1 times)" in message
    assert "in rows 3, 4, 5, 6, 7 and 3 more;" in message


def test_many_unknown_words_do_not_fill_the_screen():
    with pytest.raises(DataError, match="and 95 other words, in rows 2, 3, 4, 5, 6 and 95 more"):
        read([f"word {n}" for n in range(100)])


def test_an_ignored_word_that_is_also_set_to_fake_is_fake():
    config = DataConfig(fake_words=("fake", "parody"))
    assert labels_of(["parody"], [2], config=config, where="t.csv") == [1]
