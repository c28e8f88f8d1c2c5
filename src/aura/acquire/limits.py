"""What archives may at most unpack to, and the counting that holds them to it."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from aura.errors import ArchiveError

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class ArchiveConfig(BaseModel, extra="forbid", frozen=True):
    """What archives may at most unpack to; no limit of it looks at names or formats."""

    max_total_bytes: int = Field(
        default=1 << 40, ge=0, description="Bytes that all archives together may unpack to."
    )
    max_ratio: float = Field(
        # The most that Deflate can reach is 1,032; beyond lie bombs made by other means.
        default=2_000.0,
        ge=1.0,
        description="How many times its own size an archive may unpack to.",
    )
    max_files: int = Field(
        default=1_000_000, ge=1, description="Files that all archives together may hold."
    )
    keep_free_bytes: int = Field(
        default=1 << 30, ge=0, description="Bytes that unpacking leaves free on the disk."
    )


@dataclass(slots=True)
class Allowance:
    """What is left of the limits; one for all archives of a set-up."""

    config: ArchiveConfig
    n_files: int = 0
    n_bytes: int = 0

    def take_file(self, where: str) -> None:
        """Count a file.

        Raises:
            ArchiveError: It is one more than the limit; the message names the setting.
        """
        self.n_files += 1
        if self.n_files > self.config.max_files:
            raise ArchiveError(
                f"{where}: the archives hold more than {self.config.max_files:,} files; if that is "
                "right, raise archives.max_files"
            )

    def take_bytes(self, n_bytes: int, where: str) -> None:
        """Count unpacked bytes.

        Raises:
            ArchiveError: They go beyond the limit; the message names the setting.
        """
        self.n_bytes += n_bytes
        if self.n_bytes > self.config.max_total_bytes:
            raise ArchiveError(
                f"{where}: the archives unpack to {self.n_bytes:,} bytes or more, of which "
                f"{self.config.max_total_bytes:,} are allowed; if that is right, raise "
                "archives.max_total_bytes"
            )


@dataclass(slots=True)
class ArchiveAllowance:
    """What one archive may still unpack to: its own ratio, and a share in what all may."""

    where: str
    packed_bytes: int
    total: Allowance
    n_files: int = 0
    n_bytes: int = 0

    def take_file(self) -> None:
        """Count a file; raises as `Allowance.take_file` does."""
        self.n_files += 1
        self.total.take_file(self.where)

    def take_bytes(self, n_bytes: int) -> None:
        """Count unpacked bytes.

        Raises:
            ArchiveError: They go beyond a limit; the message names the setting.
        """
        self.n_bytes += n_bytes
        self.total.take_bytes(n_bytes, self.where)
        limit = self.total.config.max_ratio
        if self.n_bytes > limit * self.packed_bytes:
            ratio = self.n_bytes / max(self.packed_bytes, 1)
            raise ArchiveError(
                f"{self.where}: unpacks to {ratio:,.0f} times its own size or more, of which "
                f"{limit:,.0f} times are allowed; if that is right, raise archives.max_ratio"
            )

    def give_back(self) -> None:
        """Take back all that was counted: the archive is not unpacked."""
        self.total.n_files -= self.n_files
        self.total.n_bytes -= self.n_bytes
        self.n_files = self.n_bytes = 0


def readable_bytes(n_bytes: int) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> readable_bytes(1), readable_bytes(1536), readable_bytes(3 << 40)
    ('1 bytes', '1.5 KiB', '3.0 TiB')
    """
    amount, unit = float(n_bytes), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{n_bytes} bytes"
