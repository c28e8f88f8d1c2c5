"""Randomness that repeats, and torch's global state left as it was found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from aura.fingerprint import fingerprint

_CUBLAS_VARIABLE = "CUBLAS_WORKSPACE_CONFIG"
_CUBLAS_DETERMINISTIC = ":4096:8"


def seed_of(*parts: str | int) -> int:
    """Return a seed below 2**63 that depends on ``parts`` alone.

    >>> seed_of(42, "naive_cnn", 0) == seed_of(42, "naive_cnn", 1)
    False
    """
    return int(fingerprint(*parts), 16) >> 1


@contextmanager
def deterministic(seed: int, *, n_threads: int | None = None) -> Iterator[None]:
    """Run a block with torch seeded, on deterministic algorithms and ``n_threads`` CPU threads.

    Afterwards torch's generators, its switches and its thread count are what they were.
    """
    algorithms = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    threads = torch.get_num_threads()
    workspace = os.environ.get(_CUBLAS_VARIABLE)
    with torch.random.fork_rng(devices=list(range(torch.cuda.device_count()))):
        try:
            # CUDA refuses deterministic matrix products without this, read at their first use.
            os.environ.setdefault(_CUBLAS_VARIABLE, _CUBLAS_DETERMINISTIC)
            torch.use_deterministic_algorithms(True)
            torch.backends.cudnn.benchmark = False
            torch.set_num_threads(n_threads or threads)
            torch.manual_seed(seed)
            yield
        finally:
            torch.use_deterministic_algorithms(algorithms, warn_only=warn_only)
            torch.backends.cudnn.benchmark = benchmark
            torch.set_num_threads(threads)
            if workspace is None:
                os.environ.pop(_CUBLAS_VARIABLE, None)
