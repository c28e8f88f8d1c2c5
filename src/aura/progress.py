"""What long work tells about itself while it runs.

Rooms report to a `Progress`; who prints it (a terminal, a log, nobody) is decided at the top.
"""

from typing import Protocol


class Progress(Protocol):
    """Where long work reports its steps."""

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        """Begin the work called ``name``; of ``total`` steps, ``done`` need not be repeated."""
        ...

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        """Say that ``steps`` more are done, with a few words on how it stands."""
        ...

    def finish(self, name: str, *, note: str = "") -> None:
        """Say that the work called ``name`` has ended."""
        ...

    def log(self, message: str) -> None:
        """Show a sentence that outlives the progress bars."""
        ...


class Silent:
    """A `Progress` that shows nothing."""

    def start(self, name: str, *, total: int | None, done: int = 0) -> None:
        """Show nothing."""

    def advance(self, name: str, *, steps: int = 1, note: str = "") -> None:
        """Show nothing."""

    def finish(self, name: str, *, note: str = "") -> None:
        """Show nothing."""

    def log(self, message: str) -> None:
        """Show nothing."""
