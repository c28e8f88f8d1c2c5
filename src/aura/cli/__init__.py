"""The command ``aura``: each subcommand loads its configuration, calls one function, prints."""

from aura.cli.main import main

__all__ = ["main"]
