"""Fixtures: files that describe a sequence of notifications.

`{"steps": [...]}`, or the list alone. A step is `{"trigger": NAME}` or `{"payload": {...}}`, with `name`, `set` (an
object of paths and values), `count`, `batch`, `values` (false: only the names of changed fields), `user_ids` (false:
WhatsApp as it was before them), `test` (true: as the dashboard's Test button) and `pause` (seconds before it);
`{"pause": 2}` alone is a step too. A text in `set` and `payload` may refer to what an earlier step has made:
`${comment.value.comment_id}`.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.meta import wire
from hookscope.meta.catalog import nearest
from hookscope.meta.notification import MAX_EVENTS
from hookscope.meta.overrides import Override, assignment_to
from hookscope.samples.catalog import find
from hookscope.samples.payload_builder import Shape
from hookscope.samples.recipe import REPAIR, TriggerStep
from hookscope.samples.reference import names_in

_KEYS = ("name", "trigger", "payload", "set", "add", "count", "batch", "values", "user_ids", "test", "pause")
_EXAMPLE = 'write {"steps": [{"trigger": "page.feed.comment"}]}'
_UNSENT = "nothing was sent"
_LONGEST_PAUSE = 3600.0
_MOST = 100_000


def read_fixture(content: bytes) -> list[TriggerStep]:
    """Return the trigger steps of a fixture. Raises UsageError that names the step and the mistake in it."""
    try:
        value = wire.decode(content.removeprefix(BOM_UTF8))  # Some editors begin a file with a byte order mark.
    except ValueError as error:
        raise UsageError(f"the fixture cannot be read: {error}", hint=_EXAMPLE) from error
    steps = value.get("steps") if isinstance(value, dict) else value
    if not isinstance(steps, list) or not steps:
        raise UsageError("the fixture has no steps", hint=_EXAMPLE)
    recipes: list[TriggerStep] = []
    pause = 0.0
    for number, step in enumerate(steps, 1):
        try:
            pause += _pause(step)
            if set(step) != {"pause"}:
                known = {recipe.name for recipe in recipes if recipe.name}
                recipes.append(replace(_recipe(step, pause, known), step=number))
                pause = 0.0
        except RecursionError as error:
            what = f"step {number} of the fixture is nested too deeply"
            raise UsageError(what, done=_UNSENT, hint=REPAIR) from error
        except (ValueError, UsageError) as error:
            hint = error.hint if isinstance(error, UsageError) else None
            raise UsageError(f"step {number} of the fixture: {error}", done=_UNSENT, hint=hint or REPAIR) from error
    return recipes


def _pause(step: Any) -> float:
    if not isinstance(step, dict):
        raise ValueError("it is not an object")
    for key in step:
        if key not in _KEYS:
            meant = nearest(str(key), _KEYS)
            raise ValueError(f"unknown key {key!r}" + (f"; did you mean {meant!r}?" if meant else ""))
    pause = step.get("pause", 0)
    if isinstance(pause, bool) or not isinstance(pause, int | float) or not 0 <= pause <= _LONGEST_PAUSE:
        raise ValueError(f"'pause' must be a number of seconds from 0 to {_LONGEST_PAUSE:.0f}")
    return float(pause)


def _recipe(step: dict[str, Any], pause: float, known: set[str]) -> TriggerStep:
    if ("trigger" in step) == ("payload" in step):
        raise ValueError("it needs either 'trigger' or 'payload'")
    name = step.get("name", "")
    if not isinstance(name, str):
        raise ValueError("'name' must be a string")
    shape = Shape(
        batch=_number(step, "batch", MAX_EVENTS),
        include_values=_flag(step, "values", default=True),
        is_test=_flag(step, "test", default=False),
        user_ids=_flag(step, "user_ids", default=True),
    )
    if "payload" in step and shape != Shape():
        raise ValueError("'batch', 'values', 'user_ids' and 'test' go with 'trigger'")
    if shape.is_test and (shape.batch > 1 or not shape.include_values):
        raise ValueError("a test has exactly one update, with its values")
    assignments = _assignments(step.get("set", {}), adds=_flag(step, "add", default=False))
    _check_references([step.get("payload"), *(one.value for one in assignments)], known)
    return TriggerStep(
        sample=find(_text(step, "trigger")) if "trigger" in step else None,
        payload=step.get("payload"),
        shape=shape,
        assignments=assignments,
        count=_number(step, "count", _MOST),
        name=name,
        pause=pause,
    )


def _assignments(value: Any, *, adds: bool) -> tuple[Override, ...]:
    if not isinstance(value, dict):
        raise ValueError("'set' must be an object of paths and values")
    return tuple(assignment_to(path, wanted, adds=adds) for path, wanted in value.items())


def _check_references(values: Iterable[Any], known: set[str]) -> None:
    for value in values:
        for name in names_in(value):
            if name not in known:
                raise ValueError(f"no earlier step is named {name!r}")


def _text(step: dict[str, Any], key: str) -> str:
    value = step[key]
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be a string")
    return value


def _number(step: dict[str, Any], key: str, most: int) -> int:
    value = step.get(key, 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{key!r} must be a number from 1 to {most}")
    return value


def _flag(step: dict[str, Any], key: str, *, default: bool) -> bool:
    value = step.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"{key!r} must be true or false")
    return value
