import pytest

from aura.acquire import turns as room
from aura.acquire.availability import State
from aura.acquire.corpus_addresses import Address
from aura.acquire.download_config import CorpusDownloadConfig
from aura.acquire.turns import Turns


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now, self.naps = 0.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.naps.append(seconds)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(room, "time", clock)
    return clock


def _addresses(**counts):
    return [
        Address(f"{platform}:{n}", platform, str(n), "", "fake")
        for platform, count in counts.items()
        for n in range(count)
    ]


def _asked(turns, clock, answers=lambda address: State.DOWNLOADED):
    order = []
    for address in turns:
        order.append((address.platform, clock.now))
        turns.answered(address, answers(address))
    return order


def test_a_platform_rests_while_others_are_asked(clock):
    config = CorpusDownloadConfig(pause_s=10, pause_jitter=0)
    turns = Turns(_addresses(youtube=3, facebook=2), config, sleep=clock.sleep)
    assert _asked(turns, clock) == [
        ("youtube", 0),
        ("facebook", 0),
        ("youtube", 10),
        ("facebook", 10),
        ("youtube", 20),
    ]


def test_pauses_vary_within_bounds_and_repeat_from_run_to_run(clock):
    config = CorpusDownloadConfig(pause_s=10, pause_jitter=0.5)
    runs = []
    for _ in range(2):
        clock.naps = []
        _asked(Turns(_addresses(youtube=50), config, sleep=clock.sleep), clock)
        runs.append([round(nap, 6) for nap in clock.naps])
    assert runs[0] == runs[1]
    assert all(5 <= nap <= 15 for nap in runs[0])
    assert len(set(runs[0])) > 10


def test_refusals_count_only_in_a_row(clock):
    config = CorpusDownloadConfig(give_up_after=2, pause_s=0)
    turns = Turns(_addresses(youtube=9), config, sleep=clock.sleep)
    refused = {"youtube:0", "youtube:2", "youtube:4", "youtube:5"}
    order = _asked(turns, clock, lambda a: State.RATE_LIMITED if a.key in refused else State.DEAD)
    assert len(order) == 6
    assert "3 addresses before the end" in turns.left_alone[0]


def test_what_nobody_answers_costs_no_pause(clock):
    turns = Turns(_addresses(youtube=5), CorpusDownloadConfig(pause_s=10), sleep=clock.sleep)
    assert len(list(turns)) == 5
    assert clock.naps == []
