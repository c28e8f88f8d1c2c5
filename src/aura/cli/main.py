"""The entry point: where commands are found and where errors become one line and an exit code."""

import io
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from aura import __version__
from aura.cli import data, demo, doctor, frames, models, predict, run, shards, stages
from aura.errors import AuraError

_DEBUG = "--debug"
_INTERRUPTED = 130


class _Interrupted(Exception):  # noqa: N818  the user's wish, not a malfunction
    """Ctrl-C was pressed."""


class _Group(TyperGroup):
    """All commands; tells `main` of Ctrl-C, of which typer would say nothing."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted from error


app = typer.Typer(
    name="aura",
    cls=_Group,
    help="Finds fake and manipulated videos: folders of videos become detectors, detectors give "
    "verdicts.\n\nExample: aura demo\n\nAdd --debug to any command for full tracebacks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich would take half of the time --help may take
    context_settings={"help_option_names": ["-h", "--help"]},
)
demo.register(app)
run.register(app)
predict.register(app)
data.register(app)
frames.register(app)
shards.register(app)
stages.register(app)
models.register(app)
doctor.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aura {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Gives every command the options that belong to none."""


root.__doc__ = None


def main() -> None:
    """Run the command line; no traceback reaches the user unless --debug is given."""
    arguments = sys.argv[1:]
    debug = _DEBUG in arguments
    _print_anything()
    try:
        app(args=[a for a in arguments if a != _DEBUG], standalone_mode=True)
    except AuraError as error:
        _fail(str(error), code=error.exit_code, debug=debug)
    except (_Interrupted, KeyboardInterrupt):
        _fail(
            "interrupted; a run or stage goes on where it stopped when started again",
            code=_INTERRUPTED,
            debug=debug,
        )
    except BrokenPipeError:
        # Whoever read our output has gone; what is left of it goes nowhere, quietly.
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  the last border before the user
        _fail(
            f"internal error: {type(error).__name__}: {error} (add {_DEBUG} for the traceback, "
            "and please report it)",
            code=1,
            debug=debug,
        )


def _print_anything() -> None:
    """Have what the terminal cannot show, such as a file name of other bytes, printed as escapes.

    Inside JSON such an escape is that of JSON, so that nothing is lost there.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(message: str, *, code: int, debug: bool = False) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(f"error: {message}", err=True)
    sys.exit(code)
