import pytest
from pydantic import ValidationError

from aura.acquire.limits import Allowance, ArchiveAllowance, ArchiveConfig
from aura.errors import ArchiveError


def test_each_limit_names_its_setting():
    config = ArchiveConfig(max_total_bytes=100, max_ratio=2, max_files=1)
    with pytest.raises(ArchiveError, match=r"^a\.zip: .*raise archives\.max_ratio$"):
        ArchiveAllowance("a.zip", 10, Allowance(config)).take_bytes(21)
    with pytest.raises(ArchiveError, match=r"101 bytes or more, .*raise archives\.max_total_bytes"):
        ArchiveAllowance("a.zip", 1000, Allowance(config)).take_bytes(101)
    allowance = ArchiveAllowance("a.zip", 10, Allowance(config))
    allowance.take_file()
    with pytest.raises(ArchiveError, match=r"more than 1 files; .*raise archives\.max_files"):
        allowance.take_file()


def test_what_is_exactly_at_a_limit_passes():
    config = ArchiveConfig(max_total_bytes=100, max_ratio=2, max_files=1)
    allowance = ArchiveAllowance("a.zip", 50, Allowance(config))
    allowance.take_bytes(100)
    allowance.take_file()


def test_archives_share_the_total_and_a_refused_one_gives_its_share_back():
    total = Allowance(ArchiveConfig(max_total_bytes=100))
    refused = ArchiveAllowance("a.zip", 100, total)
    with pytest.raises(ArchiveError):
        refused.take_bytes(101)
    refused.give_back()
    ArchiveAllowance("b.zip", 100, total).take_bytes(60)
    with pytest.raises(ArchiveError, match=r"c\.zip"):
        ArchiveAllowance("c.zip", 100, total).take_bytes(60)


def test_the_defaults_pass_all_that_deflate_can_do():
    allowance = ArchiveAllowance("a.zip", 1 << 20, Allowance(ArchiveConfig()))
    allowance.take_bytes(1032 << 20)


def test_nonsense_limits_are_refused():
    with pytest.raises(ValidationError):
        ArchiveConfig(max_ratio=0.5)
    with pytest.raises(ValidationError):
        ArchiveConfig(max_files=0)
