"""The exceptions AURA raises, all below one root.

::

    AuraError                  anything AURA can explain; exit code 1
    ├── UsageError             the command or configuration is wrong; exit code 2
    │   ├── ConfigError        an unknown key, a value out of range, an unreadable config file
    │   └── MissingExtraError  an optional dependency is needed and absent
    ├── DataError              a table, folder or manifest that cannot be used
    │   ├── TableError         a table whose columns, types or keys are not as promised
    │   ├── LeakageError       groups that straddle folds or splits
    │   ├── ArchiveError       an archive that cannot be unpacked, or must not be
    │   └── SampleError        a stored sample that is not what was written
    ├── MediaError             one video cannot be read or written
    │   ├── LimitError         one video exceeds a limit of size, time or memory
    │   └── AccessError        the system does not hand the file out; another time it may
    ├── DownloadError          what a server was asked for did not come
    ├── InsufficientEvidence   one video has too little usable material for a statement
    ├── TrainingError          training cannot start or cannot go on
    └── TooManyFailures        more videos failed than the run allows

Each message says what was expected, what arrived, where, and what to do next. Foreign exceptions
are translated once, where the foreign library is called, and chained with ``from``.
"""


class AuraError(Exception):
    """Anything AURA can explain to its user."""

    exit_code = 1


class UsageError(AuraError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration key or value that cannot be accepted."""


class MissingExtraError(UsageError):
    """An optional dependency is needed and not installed."""

    def __init__(self, package: str, *, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs {package}, which is not installed: "
            f"pip install 'aura-forensics[{extra}]'"
        )


class DataError(AuraError):
    """A table, folder or manifest that cannot be used as it is."""


class TableError(DataError):
    """A table whose columns, types or keys are not as promised."""


class LeakageError(DataError):
    """Groups that straddle folds or splits."""


class ArchiveError(DataError):
    """An archive that cannot be unpacked, or must not be."""


class SampleError(DataError):
    """A stored sample that is not what was written."""


class MediaError(AuraError):
    """One video cannot be read or written."""


class LimitError(MediaError):
    """One video exceeds a configured limit."""


class AccessError(MediaError):
    """The system does not hand a file out: absent, forbidden, on a disk that fails or is full."""


class DownloadError(AuraError):
    """A server refused, stayed away or sent something else."""


class InsufficientEvidence(AuraError):  # noqa: N818  a state of the evidence, not a malfunction
    """One video has too little usable material for a statement."""


class TrainingError(AuraError):
    """Training cannot start or cannot go on."""


class TooManyFailures(AuraError):  # noqa: N818  reads as the sentence it prints
    """More videos failed than the run allows."""
