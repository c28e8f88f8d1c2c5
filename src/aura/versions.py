"""The versions of what results depend on besides the configuration and the data."""

import importlib.metadata
import platform

from aura import __version__

LIBRARIES = ("av", "numpy", "opencv-python-headless", "polars", "scikit-learn", "scipy", "torch")
"""What a run records of its surroundings."""


def versions_of(*names: str) -> dict[str, str]:
    """Return the installed versions of distributions by name.

    >>> versions_of("no-such-distribution")
    {'no-such-distribution': 'not installed'}
    """
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def all_versions() -> dict[str, str]:
    """Return the versions of AURA, Python and the libraries results depend on."""
    here = {"aura": __version__, "python": platform.python_version()}
    return here | versions_of(*LIBRARIES)
