"""JSON Schemas of the tools' arguments and results, and the check of arguments against them.

A parameter is `Annotated[type, "description"]`. Types are `str`, `int`, `CaptureName`, and a `Sequence` of one; results
are Structs of such values, `bool`, `float`, None, lists, and each other.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from msgspec.structs import fields

from hookscope.errors import UsageError
from hookscope.meta.catalog import nearest
from hookscope.model.capture_id import LAST, CaptureName, SharedNumber, parse_name

Schema = dict[str, Any]

_SCALARS = {str: "string", SharedNumber: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_NAMED = {str: "a text", int: "a whole number", CaptureName: "a whole number or a text", Sequence: "a list"}
_MANY = (list, Sequence)

_MOST_ITEMS = 100
_LARGEST_NUMBER = 2**63 - 1


def result_schema(result: type) -> Schema:
    """Return the schema of a Struct."""
    hints = get_type_hints(result)
    return {
        "type": "object",
        "description": " ".join((result.__doc__ or "").split()),
        "properties": {one.name: _value_schema(hints[one.name]) for one in fields(result)},
        "required": [one.name for one in fields(result)],
        "additionalProperties": False,
    }


def argument_schema(function: Callable[..., Any]) -> Schema:
    """Return the schema of a tool's arguments: all parameters except the first, the `Access`."""
    parameters = _parameters(function)
    return {
        "type": "object",
        "properties": {name: _parameter_schema(one) for name, one in parameters.items()},
        "required": [name for name, one in parameters.items() if one.default is inspect.Parameter.empty],
        "additionalProperties": False,
    }


def read_arguments(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked arguments for a tool. Raises UsageError for an unknown, missing, or ill-typed one."""
    known = _parameters(function)
    if unknown := next((name for name in given if name not in known), None):
        meant = nearest(unknown, tuple(known))
        hint = f"did you mean {meant}?" if meant else f"the arguments are: {', '.join(known) or 'none'}"
        raise UsageError(f"there is no argument {unknown[:60]!r}", hint=hint)
    required = [name for name, one in known.items() if one.default is inspect.Parameter.empty]
    if missing := next((name for name in required if name not in given), None):
        raise UsageError(f"the argument {missing} is missing", hint=f"give {_described(known[missing])}")
    return {name: _read(known[name], value) for name, value in given.items()}


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    _, *others = inspect.signature(function).parameters.values()
    return {one.name: one.replace(annotation=hints[one.name]) for one in others}


def _parameter_schema(parameter: inspect.Parameter) -> Schema:
    wanted, description = get_args(parameter.annotation)
    shown = {**_value_schema(wanted), "description": description}
    return shown if parameter.default is inspect.Parameter.empty else {**shown, "default": _plain(parameter.default)}


def _value_schema(wanted: Any) -> Schema:
    if isinstance(wanted, UnionType):
        return {"anyOf": [_value_schema(one) for one in get_args(wanted)]}
    if get_origin(wanted) in _MANY:
        return {"type": "array", "items": _value_schema(get_args(wanted)[0])}
    return {"type": _SCALARS[wanted]} if wanted in _SCALARS else result_schema(wanted)


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default


def _described(parameter: inspect.Parameter) -> str:
    wanted, description = get_args(parameter.annotation)
    return f"{_NAMED[wanted if wanted in _NAMED else get_origin(wanted)]}: {description}"


def _read(parameter: inspect.Parameter, value: Any) -> Any:
    wanted = get_args(parameter.annotation)[0]
    try:
        converted = _converted(wanted, value)
    except ValueError as error:
        raise UsageError(f"the argument {parameter.name} is wrong", hint=f"give {_described(parameter)}") from error
    if get_origin(wanted) in _MANY:
        _check_number_of(converted, parameter.name)
    return converted


def _check_number_of(items: Sequence[Any], name: str) -> None:
    if len(items) > _MOST_ITEMS:
        raise UsageError(
            f"the argument {name} has {len(items):,} items, and at most {_MOST_ITEMS} are read",
            done="nothing was sent",
            hint="give the others in a further call",
        )


def _converted(wanted: Any, value: Any) -> Any:
    """Return the value in the wanted type; clients also pass numbers and lists as text. Raises ValueError."""
    if get_origin(wanted) in _MANY:
        items = json.loads(value) if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError
        return [_converted(get_args(wanted)[0], item) for item in items]
    if wanted is int and isinstance(value, str):
        value = int(value.removeprefix("#"))
    if wanted == CaptureName and isinstance(value, str):
        value = parse_name(value)
        if value == LAST:  # An assistant has seen the ids, and `last` may have become another one.
            raise ValueError
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise ValueError
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ValueError
    return value
