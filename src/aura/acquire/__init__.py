"""How a data set comes to lie on this disk: archives unpacked and taken down again, downloads."""

from aura.acquire.limits import ArchiveConfig
from aura.acquire.manifest_claim import manifest_claimed, manifest_obstacle
from aura.acquire.setup import SetupReport, set_up_fvc
from aura.acquire.subsets import SUBSETS, Subset
from aura.acquire.teardown import TeardownPlan, TeardownReport, plan_teardown, tear_down_fvc
from aura.acquire.unpack import Problem

__all__ = [
    "SUBSETS",
    "ArchiveConfig",
    "Problem",
    "SetupReport",
    "Subset",
    "TeardownPlan",
    "TeardownReport",
    "manifest_claimed",
    "manifest_obstacle",
    "plan_teardown",
    "set_up_fvc",
    "tear_down_fvc",
]
