import os

import pytest

torch = pytest.importorskip("torch")

from aura.training.determinism import deterministic, seed_of  # noqa: E402


def state():
    return (
        torch.get_rng_state().tolist(),
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.benchmark,
        torch.get_num_threads(),
        os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
    )


def test_global_state_is_what_it_was_even_after_an_error():
    before = state()

    def fail():
        with deterministic(1, n_threads=1):
            torch.rand(3)
            assert torch.are_deterministic_algorithms_enabled()
            assert torch.get_num_threads() == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert state() == before


def test_the_seed_decides():
    with deterministic(1):
        first = torch.rand(3)
    with deterministic(1):
        assert torch.equal(torch.rand(3), first)
    with deterministic(2):
        assert not torch.equal(torch.rand(3), first)


def test_seeds_differ_by_each_part():
    parts = [(42, "a", 0), (42, "a", 1), (42, "b", 0), (43, "a", 0)]
    assert len({seed_of(*p) for p in parts}) == 4
    assert all(0 <= seed_of(*p) < 2**63 for p in parts)
