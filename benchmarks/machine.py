"""What a measurement was made on."""

import platform
from pathlib import Path

import psutil

_CPUINFO = Path("/proc/cpuinfo")


def machine_facts() -> dict[str, str | int | float | None]:
    """Return processor, cores, memory and system; nothing that names the machine."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average_before": round(psutil.getloadavg()[0], 2),
    }


def _processor() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"
