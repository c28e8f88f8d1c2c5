import numpy as np

from aura.shards import seen as module
from aura.shards.seen import SeenIds


def test_all_that_was_added_is_in_and_nothing_else(monkeypatch):
    monkeypatch.setattr(module, "_RECENT", 16)
    seen = SeenIds()
    for number in range(1000):
        assert f"id {number}" not in seen
        seen.add(f"id {number}")
    assert len(seen) == 1000
    assert all(f"id {number}" in seen for number in range(1000))
    assert not any(f"id {number}" in seen for number in range(1000, 2000))


def test_an_id_takes_sixteen_bytes_in_few_runs(monkeypatch):
    monkeypatch.setattr(module, "_RECENT", 16)
    seen = SeenIds()
    for number in range(4096):
        seen.add(str(number))
    assert sum(run.nbytes for run in seen._runs) <= 16 * 4096
    assert len(seen._runs) <= np.log2(4096 / 16) + 1
