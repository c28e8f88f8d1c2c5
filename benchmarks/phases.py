"""Where the time and the memory of an ``aura run`` went, read off its progress."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.process_tree import CommandFailed, Measurement

PHASES = ("start_up", "stages", "training", "evaluation")
"""Each ends where the next begins, and together they are the whole run. Start-up is Python and
imports; stages are the steps that workers share, from ``scan`` to ``clips``; training begins with
the import of torch; evaluation ends with the process."""

_STAGES = frozenset({"scan", "augment", "features", "scale", "features_scaled", "clips"})
_EVENT = re.compile(r"(?P<step>.+): \d+/\d+ (?P<event>starts|done)\b")


@dataclass(frozen=True, slots=True)
class Span:
    """When something began and ended, in seconds after the start of the command."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """How long it took."""
        return self.end_s - self.start_s


def step_spans(lines: Iterable[tuple[float, str]]) -> dict[str, Span]:
    """Return when each step of a run began and ended, in their order.

    >>> step_spans([(1.0, "scan: 0/4 starts"), (1.5, "a note"), (3.0, "scan: 4/4 done")])
    {'scan': Span(start_s=1.0, end_s=3.0)}
    """
    started: dict[str, float] = {}
    spans: dict[str, Span] = {}
    for elapsed_s, line in lines:
        found = _EVENT.match(line)
        if found is None:
            continue
        if found["event"] == "starts":
            started[found["step"]] = elapsed_s
        elif found["step"] in started:
            spans[found["step"]] = Span(started[found["step"]], elapsed_s)
    return spans


def phase_spans(steps: Mapping[str, Span], *, wall_s: float) -> dict[str, Span]:
    """Return when each of the `PHASES` began and ended.

    Raises:
        CommandFailed: The run has not reported all its steps.
    """
    missing = sorted((_STAGES | {"evaluate"}) - set(steps))
    training = [span for name, span in steps.items() if name.startswith("train ")]
    if missing or not training:
        raise CommandFailed(
            f"the run reported {', '.join(steps) or 'no step'}; missing: "
            f"{', '.join(missing) or 'training'}. Does aura still print `<step>: 0/N starts` and "
            "`<step>: N/N done` on stderr?"
        )
    stages = [span for name, span in steps.items() if name in _STAGES]
    first, last = min(s.start_s for s in stages), max(s.end_s for s in stages)
    trained = max(span.end_s for span in training)
    borders = (0.0, first, last, trained, wall_s)
    return {name: Span(*borders[i : i + 2]) for i, name in enumerate(PHASES)}


def peak_bytes(measured: Measurement, span: Span) -> int:
    """Return the highest memory of all processes together within ``span``; 0 without a sample."""
    return max(
        (m.total_bytes for m in measured.memory if span.start_s <= m.elapsed_s <= span.end_s),
        default=0,
    )
