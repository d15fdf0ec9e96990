"""`hookscope schema`: the JSON Schemas of the formats that other programs read and write."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from hookscope.cli import output
from hookscope.cli.common import shared_options
from hookscope.cli.config_keys import KEYS
from hookscope.formats import event_schema

_SCALARS = {"integer": "integer", "integer range": "integer", "float": "number", "float range": "number"}
"""The JSON type of an option's value, by the name of its type in click."""

_TEXT = ["string", "integer"]
"""The type of all other values: TOML needs no quotes around an app id."""


def _own_keys() -> event_schema.Schema:
    """Return the schema of the screen's keys, by action."""
    from hookscope.views.keymap import changeable

    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in changeable()},
        "additionalProperties": False,
    }


def settings() -> event_schema.Schema:
    """Return the schema of `.hookscope.toml`: each key with its type, its choices, and the help of its option."""
    from hookscope.cli.run.command import command as run_command

    options = {option.name: option for option in run_command.params if isinstance(option, click.Option)}
    keys = {name: _key(options[name], is_list=key.is_list, is_switch=key.is_switch) for name, key in KEYS.items()}
    hyphenated = {name.replace("_", "-"): schema for name, schema in keys.items()}
    return {
        "$schema": event_schema.DIALECT,
        "title": "Settings of hookscope run",
        "type": "object",
        "properties": keys | hyphenated | {"keys": _own_keys()},
        "additionalProperties": False,
    }


def _key(option: click.Option, *, is_list: bool, is_switch: bool) -> event_schema.Schema:
    about = {"description": option.help} if option.help else {}
    if is_switch:
        return {"type": "boolean", **about}
    value: dict[str, Any] = {"type": _SCALARS.get(option.type.name, _TEXT)}
    if isinstance(option.type, click.Choice):
        value = {"enum": [str(choice) for choice in option.type.choices]}
    if is_list:
        return {"anyOf": [value, {"type": "array", "items": value}], **about}
    return {**value, **about}


_SCHEMAS: Mapping[str, tuple[str, Callable[[], event_schema.Schema]]] = {
    "stream": ("a line that run, replay, or trigger writes with --json", event_schema.stream),
    "capture": ("a capture, as captures show --json prints it", event_schema.capture),
    "fixture": ("a line of captures export --format ndjson", event_schema.fixture),
    "settings": (".hookscope.toml and config.toml", settings),
}
_ABOUT = "\b\n" + "\n".join(f"{name:<9} {about}" for name, (about, _) in _SCHEMAS.items())


@click.command("schema", epilog=_ABOUT)
@click.argument("name", type=click.Choice(list(_SCHEMAS)))
@shared_options
def command(name: str) -> None:
    """Print the JSON Schema of the event stream, a capture, an exported line, or the settings file."""
    output.write_data(json.dumps(_SCHEMAS[name][1](), indent=2))
