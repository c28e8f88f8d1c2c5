"""``aura models``."""

from typing import Annotated

import typer

from aura.cli.options import AsJson, Quiet, Verbose


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(models)


def models(
    name: Annotated[
        str | None, typer.Argument(help="One model, in full.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,  # noqa: ARG001  nothing here takes long
    verbose: Verbose = False,
) -> None:
    """List the models of the catalogue, or describe one.

    Example: aura models naive_cnn
    """
    import dataclasses
    import json

    from aura.models import list_models, model_card

    cards = list_models() if name is None else (model_card(name),)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(card) for card in cards], indent=2))
        return
    for card in cards:
        if name is None and not verbose:
            typer.echo(f"{card.name:24} {card.kind:9} {card.summary}")
        else:
            typer.echo(card.name)
            for field in dataclasses.fields(card):
                if field.name != "name":
                    typer.echo(f"  {field.name:14} {_in_words(getattr(card, field.name))}")
            _print_settings(card.name)


def _print_settings(name: str) -> None:
    """Print what can be set of a model, with defaults."""
    from aura.models import create_model

    config = create_model(name).config
    typer.echo(f"  settings, each as training.settings.{name}.KEY=VALUE")
    for key, field in type(config).model_fields.items():
        typer.echo(f"    {key:14} {getattr(config, key)}  {field.description or ''}".rstrip())


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if value is None:
        return "depends on the data"
    return str(value)
