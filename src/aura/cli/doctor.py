"""``aura doctor``: what this machine has."""

import json

import typer

from aura.cli.options import AsJson, Quiet, Verbose

_DECODERS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "gif", "aac")
_ENCODERS = ("libx264", "libx264rgb", "aac")
_EXTRAS = {
    "train": ("torch", "lightning_fabric", "safetensors"),
    "download": ("kagglesdk", "yt_dlp"),
}


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(doctor)


def doctor(
    as_json: AsJson = False,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Show what this machine has: cores, memory, codecs, GPU, extras.

    Example: aura doctor --json

    Ends with exit code 1 when something AURA always needs is missing.
    """
    facts = {
        "machine": _machine(),
        "libraries": _libraries(),
        "codecs": _codecs(),
        "gpu": _gpu(),
        "extras": _extras(),
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        for topic, entries in facts.items():
            typer.echo(topic)
            for name, value in entries.items():
                typer.echo(f"  {name:24} {value}")
    if "missing" in facts["codecs"].values():
        raise typer.Exit(1)


def _machine() -> dict[str, str]:
    import platform
    import shutil
    from pathlib import Path

    import psutil

    gib = 1 << 30
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": str(psutil.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / gib:.1f} GiB, "
        f"{psutil.virtual_memory().available / gib:.1f} free",
        "disk here": f"{shutil.disk_usage(Path.cwd()).free / gib:.1f} GiB free",
    }


def _libraries() -> dict[str, str]:
    from aura.versions import all_versions

    return all_versions()


def _codecs() -> dict[str, str]:
    from aura.media import has_decoder, has_encoder

    found = {f"decode {name}": has_decoder(name) for name in _DECODERS}
    found |= {f"encode {name}": has_encoder(name) for name in _ENCODERS}
    return {name: "yes" if there else "missing" for name, there in found.items()}


def _gpu() -> dict[str, str]:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return {"cuda": "unknown: torch is not installed"}
    import torch

    if not torch.cuda.is_available():
        return {"cuda": "none; networks are trained on the CPU"}
    return {
        f"cuda {number}": torch.cuda.get_device_name(number)
        for number in range(torch.cuda.device_count())
    }


def _extras() -> dict[str, str]:
    from importlib.util import find_spec

    return {
        extra: "installed"
        if all(find_spec(module) for module in modules)
        else f"pip install 'aura-forensics[{extra}]'"
        for extra, modules in _EXTRAS.items()
    }
