"""Writes the reference pages that follow from the code: features and configuration.

Run ``python docs/make_reference.py`` after a change to a feature or a setting; the pages are
committed, so that they can be read without installing anything.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from aura.atomic import write_text
from aura.config import Config
from aura.features import FEATURES, feature_groups, feature_table
from aura.models import create_model, list_models

_DEFAULT_IN_WORDS = {"engine.workers": "one a core"}
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} of them",
}

_FEATURES_HEAD = """\
# Features

Written by `python docs/make_reference.py`; do not edit. {n_features} numbers a video in
{n_groups} groups: {groups}.

They are measured twice: on the video as it is (columns `full.…` in a model's recipe) and on its
scaled copy (`scaled.…`, without the group `codec`, since the container of our own copy says
nothing). What is looked at: `features.n_bursts` runs of `features.burst_frames` consecutive
frames, spread evenly, luma only, the central window of `features.crop_px`. `aura features` writes
them as a table; in Python:

```python
from aura.features import extract

extract("clip.mp4")["noise_sigma_mean"]
```

The group `codec` is measured and, by default, not learned from (`training.without_groups`): what
a container says tells data sets apart as readily as fakes.

"""

_CONFIGURATION_HEAD = """\
# Configuration

Written by `python docs/make_reference.py`; do not edit.

Settings come from four places, later ones win:

1. the defaults below,
2. a YAML file of sections, `--config settings.yaml`,
3. the environment, `AURA_TRAINING__EPOCHS=30`,
4. the command line, `training.epochs=30`.

Values are read as YAML: `training.models=[logistic_regression]`. A setting that does not exist is
refused by name, with the nearest one that does. A run writes all settings in force to
`RUN/config.yaml`, which `--config` reads back.

"""


def features_page() -> str:
    """Return the page of all features."""
    groups = list(dict.fromkeys(feature_groups().values()))
    head = _FEATURES_HEAD.format(
        n_features=len(FEATURES), n_groups=len(groups), groups=", ".join(groups)
    )
    return head + feature_table()


def configuration_page() -> str:
    """Return the page of all settings, section by section, and of the models' own."""
    parts = [_CONFIGURATION_HEAD]
    for name, field in Config.model_fields.items():
        section = field.annotation
        assert isinstance(section, type), name
        assert issubclass(section, BaseModel), name
        parts.append(f"## {name}\n\n{field.description}\n\n{_settings_table(section, name)}\n")
    parts.append(
        "## Settings of single models\n\nGiven as "
        "`training.settings.MODEL.KEY=value`, for example "
        "`training.settings.logistic_regression.C=1.0`.\n"
    )
    for card in list_models():
        config = type(create_model(card.name).config)
        table = _settings_table(config, f"training.settings.{card.name}")
        parts.append(f"\n### {card.name}\n\n{card.summary}\n\n{table}")
    return "".join(parts)


def _settings_table(model: type[BaseModel], path: str) -> str:
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    lines = ["| setting | default | accepts | what it does |", "|---|---|---|---|"]
    for name in model.model_fields:
        facts = _resolved(schema["properties"][name], definitions)
        accepts = ", ".join(_accepted(facts, definitions))
        cells = (f"`{path}.{name}`", _default(facts, f"{path}.{name}"), accepts)
        description = facts.get("description", "")
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in (*cells, description)) + " |")
    return "\n".join(lines) + "\n"


def _resolved(facts: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with what it refers to in place; its own entries win."""
    if "$ref" not in facts:
        return dict(facts)
    target = definitions[facts["$ref"].rpartition("/")[2]]
    return {**target, **{key: value for key, value in facts.items() if key != "$ref"}}


def _default(facts: Mapping[str, Any], path: str) -> str:
    if path in _DEFAULT_IN_WORDS:
        return _DEFAULT_IN_WORDS[path]
    value = facts["default"]
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(f"`{entry}`" for entry in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _accepted(facts: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a setting accepts, in words."""
    if "anyOf" in facts:
        for choice in facts["anyOf"]:
            if choice.get("type") == "null":
                yield "or none"
            else:
                yield from _accepted(_resolved(choice, definitions), definitions)
        return
    if "enum" in facts:
        yield "one of " + ", ".join(f"`{value}`" for value in facts["enum"])
        return
    words = {"array": "a list", "object": "a mapping", "boolean": "true or false"}
    kind: str = facts.get("type", "any value")
    yield words.get(kind, kind)
    yield from (phrase.format(facts[key]) for key, phrase in _BOUNDS.items() if key in facts)
    items = _resolved(facts.get("items", {}), definitions)
    if "enum" in items:
        yield "of " + ", ".join(f"`{value}`" for value in items["enum"])


def main() -> None:
    """Write both pages beside this file."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write_text(folder / "features.md", features_page())
    write_text(folder / "configuration.md", configuration_page())


if __name__ == "__main__":
    main()
