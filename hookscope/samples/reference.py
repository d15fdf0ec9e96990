"""References to earlier payloads: `${comment.value.comment_id}` is that value in the step named `comment`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hookscope.meta.json_path import look_up
from hookscope.meta.overrides import assignment_to, place

_REFERENCE = re.compile(r"\$\{([\w-]+)\.([^{}]+)\}")


def resolve(value: Any, named: Mapping[str, Any]) -> Any:
    """Return the value with its references replaced by values from the named payloads.

    A reference that is the whole text keeps its type. Raises ValueError for a reference that leads nowhere.
    """
    match value:
        case str():
            if whole := _REFERENCE.fullmatch(value):
                return _found(whole, named)
            return _REFERENCE.sub(lambda found: str(_found(found, named)), value)
        case dict():
            return {key: resolve(inner, named) for key, inner in value.items()}
        case list():
            return [resolve(inner, named) for inner in value]
        case _:
            return value


def names_in(value: Any) -> Iterator[str]:
    """Yield the names that a value's references use."""
    match value:
        case str():
            yield from (found[1] for found in _REFERENCE.finditer(value))
        case dict():
            for inner in value.values():
                yield from names_in(inner)
        case list():
            for inner in value:
                yield from names_in(inner)
        case _:
            return


def _found(reference: re.Match[str], named: Mapping[str, Any]) -> Any:
    payload = named.get(reference[1])
    try:
        return look_up(payload, place(payload, assignment_to(reference[2], None)))
    except (LookupError, ValueError) as error:
        raise ValueError(f"{reference[0]} does not exist: {error.args[0]}") from error
