from aura.acquire.corpus_addresses import addresses_of
from aura.datasets import DataConfig
from aura.datasets.fvc_metadata import FvcRow, read_metadata
from aura.datasets.fvc_urls import parse_url


def _row(url, word="fake") -> FvcRow:
    return FvcRow(file="FVC.csv", number=2, cascade="f0", url=url, word=word, video=parse_url(url))


def test_a_video_is_asked_for_once_whatever_its_addresses():
    rows = [_row("https://youtu.be/Y7MJlmbnLQA"), _row("http://youtube.com/v/Y7MJlmbnLQA")]
    (address,), notes = addresses_of(rows)
    assert (address.key, address.platform) == ("youtube:Y7MJlmbnLQA", "youtube")
    assert address.url == "https://youtu.be/Y7MJlmbnLQA"
    assert notes == []


def test_labels_are_chosen_in_any_case_and_the_others_counted():
    rows = [
        _row("https://youtu.be/Y7MJlmbnLQA", "Fake"),
        _row("https://youtu.be/aaaaaaaaaaa", "parody"),
        _row("https://youtu.be/bbbbbbbbbbb", None),
    ]
    (address,), notes = addresses_of(rows, ["fake", "real"])
    assert address.label == "fake"
    assert notes == ["left out by download.corpus.labels: rows labelled 1 (none), 1 parody"]
    assert len(addresses_of(rows)[0]) == 3


def test_addresses_that_name_no_video_are_counted():
    addresses, notes = addresses_of([_row("https://example.org/a"), _row("nonsense")])
    assert addresses == []
    assert notes[0].startswith("2 rows have an address that names no video")


def test_the_released_corpus_has_so_many_videos_a_platform(shared_data):
    found = read_metadata(shared_data / "meta" / "fvc", DataConfig())
    addresses, notes = addresses_of(found.rows, ["real", "fake"])
    counts = {}
    for address in addresses:
        counts[address.platform] = counts.get(address.platform, 0) + 1
    assert counts.keys() == {"youtube", "facebook", "twitter"}
    assert 4950 < len(addresses) <= 2920 + 2164
    assert len({address.key for address in addresses}) == len(addresses)
    assert "89 debunked, 66 parody, 340 uncertain" in notes[0]
