"""The steps of a run and what each needs."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from aura.errors import UsageError

STEPS: Mapping[str, tuple[str, ...]] = {
    "scan": (),
    "augment": ("scan",),
    "features": ("augment",),
    "scale": ("augment",),
    "features_scaled": ("scale",),
    "clips": ("scale",),
    "train": ("features", "features_scaled", "clips"),
    "evaluate": ("train",),
}
"""Each step and the steps whose results it reads."""


def steps_for(wanted: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the wanted steps and all they depend on, each after what it needs.

    Args:
        wanted: Names of steps; None for all.

    Raises:
        UsageError: There is no such step.

    >>> steps_for(["scale"])
    ('scan', 'augment', 'scale')
    """
    names = list(STEPS if wanted is None else wanted)
    needed: dict[str, tuple[str, ...]] = {}
    while names:
        name = names.pop()
        if name not in STEPS:
            raise UsageError(f"there is no stage {name!r}; the stages are {', '.join(STEPS)}")
        needed[name] = STEPS[name]
        names.extend(STEPS[name])
    in_order = {name: needed[name] for name in STEPS if name in needed}
    return tuple(TopologicalSorter(in_order).static_order())
